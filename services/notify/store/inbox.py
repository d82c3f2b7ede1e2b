"""Messages, and the names that their texts need, to documents and back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from services.kernel.keys.vault import ContentErased, Keys, Vault
from services.kernel.store.documents import Collection, Document, Documents, Index
from services.notify.domain import Message
from services.notify.store.pages import page

MESSAGES = Collection(name="messages", indexes=(Index(keys=("holder_id", "at")),))
_PERIODS = (timedelta(days=90),)
NAMES = Collection(name="names")


class StoredMessages:
    """Inboxes; params are encrypted with the holder's key of class `own`."""

    def __init__(self, documents: Documents, vault: Vault) -> None:
        self._documents = documents
        self._vault = vault

    async def keep(self, messages: Sequence[Message]) -> None:
        """One write for all; those that are there stay as they are."""
        keys = await self._vault.keys({one.holder_id for one in messages}, "own")
        await self._documents.insert_many(MESSAGES, [_message_document(one, keys) for one in messages])

    async def newest(self, holder_ids: Sequence[str], *, before: datetime, limit: int) -> list[Message]:
        """Without those whose holder's key is gone: they are erased."""
        equal = {"holder_id": tuple(holder_ids)}
        found = await page(self._documents, MESSAGES, equal, before=before, limit=limit, periods=_PERIODS)
        keys = await self._vault.keys({one["holder_id"] for one in found}, "own", make=False)
        return [message for one in found if (message := _message(one, keys))]


def _message_document(message: Message, keys: Keys) -> Document:
    document = asdict(message)
    plain = json.dumps(message.params, ensure_ascii=False, default=str).encode()
    document["_id"] = document.pop("id")
    document["params"] = keys.encrypt(message.holder_id, plain, place=f"messages/{message.id}")
    return document


def _message(document: Document, keys: Keys) -> Message | None:
    fields = {**document, "id": document["_id"]}
    try:
        plain = keys.decrypt(fields["holder_id"], bytes(fields["params"]), place=f"messages/{fields['id']}")
    except ContentErased:
        return None
    return Message(
        **{name: fields[name] for name in Message.__slots__ if name != "params"}, params=json.loads(plain)
    )


class StoredNames:
    """What codes are called; each process writes a name that it has not seen, once."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._known: set[str] = set()

    async def learn(self, names: Mapping[str, str]) -> None:
        """Keep the first name of each code."""
        new = {code: name for code, name in names.items() if code not in self._known}
        if new:
            await self._documents.insert_many(
                NAMES, [{"_id": code, "name": name} for code, name in new.items()]
            )
            self._known |= new.keys()

    async def of(self, codes: Sequence[str]) -> Mapping[str, str]:
        """Give those that are known."""
        found = await self._documents.get_many(NAMES, codes) if codes else {}
        return {code: document["name"] for code, document in found.items()}
