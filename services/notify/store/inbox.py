"""Messages, and the names that their texts need, to documents and back."""

import json
from collections.abc import Collection as Several
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from services.kernel.keys.vault import ContentErased, Keys, Vault
from services.kernel.store.documents import Advance, Collection, Document, Documents, Index
from services.notify.domain import Message
from services.notify.events import OrganisationRegistered
from services.notify.store.pages import page

MESSAGES = Collection(name="messages", indexes=(Index(keys=("holder_id", "at")),))
_PERIODS = (timedelta(days=90),)
NAMES = Collection(name="names")
# `_id` = organisation, `heard_version` = that of the registration heard last.
REGISTERED_NAMES = Collection(name="registered_names")
# `_id` = holder id, `heard_version` = that of the last erasure heard.
ERASURES = Collection(name="erasures")


class StoredMessages:
    """Inboxes; params are encrypted with a key of class `own`, a new one after each erasure of the holder.

    A message names its key: what was told before an erasure stays unreadable, what is told since is read.
    """

    def __init__(self, documents: Documents, vault: Vault) -> None:
        self._documents = documents
        self._vault = vault

    async def keep(self, messages: Sequence[Message]) -> None:
        """One write for all; those that are there stay as they are."""
        owners = await self._owners({one.holder_id for one in messages})
        keys = await self._vault.keys(owners.values(), "own")
        documents = [_message_document(one, owners[one.holder_id], keys) for one in messages]
        await self._documents.insert_many(MESSAGES, documents)

    async def newest(self, holder_ids: Sequence[str], *, before: datetime, limit: int) -> list[Message]:
        """Without those whose key is gone: they are erased."""
        equal = {"holder_id": tuple(holder_ids)}
        found = await page(self._documents, MESSAGES, equal, before=before, limit=limit, periods=_PERIODS)
        keys = await self._vault.keys({_owner_of(one) for one in found}, "own", make=False)
        return [message for one in found if (message := _message(one, keys))]

    async def forget(self, holder_id: str, *, version: int) -> None:
        """Delete the key and begin a new one; an erasure that was dealt with changes nothing."""
        kept = await self._documents.get(ERASURES, holder_id)
        if kept is not None and kept["heard_version"] >= version:
            return
        ended = (await self._owners({holder_id}))[holder_id]
        await self._vault.forget(ended, "own")
        await self._documents.advance_many(
            ERASURES, [Advance(id=holder_id, heard_version=version, changes={})]
        )
        # A message that was on its way may have made it anew.
        await self._vault.forget(ended, "own")

    async def _owners(self, holder_ids: Several[str]) -> dict[str, str]:
        erased = await self._documents.get_many(ERASURES, list(holder_ids))
        return {one: f"{one}.{erased[one]['heard_version']}" if one in erased else one for one in holder_ids}


def _owner_of(document: Document) -> str:
    owner: str = document["key"]
    return owner


def _message_document(message: Message, owner: str, keys: Keys) -> Document:
    document = asdict(message)
    plain = json.dumps(message.params, ensure_ascii=False, default=str).encode()
    document["_id"] = document.pop("id")
    document["key"] = owner
    document["params"] = keys.encrypt(owner, plain, place=f"messages/{message.id}")
    return document


def _message(document: Document, keys: Keys) -> Message | None:
    fields = {**document, "id": document["_id"]}
    try:
        plain = keys.decrypt(_owner_of(document), bytes(fields["params"]), place=f"messages/{fields['id']}")
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

    async def register(self, heard: Sequence[OrganisationRegistered]) -> None:
        """Each that is newer than what is held."""
        news = [
            Advance(id=one.organisation, heard_version=one.version, changes={"name": one.name})
            for one in heard
        ]
        await self._documents.advance_many(REGISTERED_NAMES, news)

    async def of(self, codes: Sequence[str]) -> Mapping[str, str]:
        """Give those that are known; a registered name rather than what an approval called it."""
        if not codes:
            return {}
        found = [await self._documents.get_many(one, codes) for one in (NAMES, REGISTERED_NAMES)]
        return {code: document["name"] for each in found for code, document in each.items()}
