"""Holders."""

import json
from dataclasses import asdict
from datetime import datetime, timedelta

from services.identity.domain.holders import Enrolment, FormerName, HashName, Holder
from services.identity.events import HolderErased
from services.kernel.clock import Clock
from services.kernel.errors import Stale
from services.kernel.event import entry
from services.kernel.holders import HolderId, HolderKind
from services.kernel.keys.vault import Keys, Vault
from services.kernel.outbox.aggregates import Aggregates, Birth
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey, Index

HOLDERS = Collection.of_aggregates("holders")
ECHOES = Collection(name="echoes", indexes=(Index(keys=("until",), expire_after=0),))
_ECHO_LIFE = timedelta(minutes=5)
_WRAPPED_KEY = 60


class KeptHolders:
    """`_id` = holder id; name, number and id type only in the encrypted `profile` (class own).

    Each life has a key of its own: what deletes the key of an ended one cannot harm the next.
    """

    def __init__(
        self, documents: Documents, kept: Aggregates, vault: Vault, clock: Clock, *, hash_name: HashName
    ) -> None:
        self._documents, self._kept, self._vault, self._clock = documents, kept, vault, clock
        self._hash_name = hash_name

    async def kind_of(self, holder_id: HolderId) -> HolderKind | None:
        """Without opening the profile."""
        found = await self.enrolment(holder_id)
        return found.kind if found and found.erased_at is None else None

    async def enrolment(self, holder_id: HolderId) -> Enrolment | None:
        """Without opening the profile, also of one that was erased."""
        document = await self._kept.load(holder_id)
        return _enrolment(document) if document else None

    async def find(self, holder_id: HolderId) -> Holder | None:
        """With the profile opened."""
        document = await self._kept.load(holder_id)
        if document is None or document["erased_at"] is not None:
            return None
        keys = await self._vault.keys([_owner(holder_id, document["life"])], "own", make=False)
        return _holder(document, keys)

    async def seek(self, holder_id: HolderId) -> tuple[Enrolment | None, Holder | None]:
        """One read of the holder and one of its key, past the cache, whether they are there or not."""
        document = await self._kept.load(holder_id)
        owner = _owner(holder_id, document["life"] if document else 1)
        keys = await self._vault.keys([owner], "own", make=False, fresh=True)
        if document is None:
            return None, None
        found = _enrolment(document)
        return found, None if found.erased_at else _holder(document, keys)

    async def add(self, holder: Holder) -> bool:
        """Keep it with its fact; False if it is there."""
        state, emit = await self._state(holder), (holder.registered(self._hash_name),)
        try:
            await self._kept.add(Birth(id=holder.holder_id, state=state, emit=emit))
        except DuplicateKey:
            return False
        return True

    async def revive(self, holder: Holder) -> None:
        """A new life, under a new key, in the document of the old one."""
        document = await self._at(holder.holder_id, holder.version - 1)
        emit = (holder.registered(self._hash_name),)
        await self._kept.change(document, await self._state(holder), emit=emit)

    async def rename(self, holder: Holder) -> None:
        """Under the key of this life, with its fact."""
        document = await self._at(holder.holder_id, holder.version - 1)
        changes = {"profile": (await self._state(holder))["profile"]}
        await self._kept.change(document, changes, emit=(holder.named(self._hash_name),))

    async def echo_add(self, holder: Holder) -> None:
        """A key and a holder, as `add` would write them."""
        echo = self._echo(holder)
        wrapped = {"_id": f"{echo['_id']}:own", "until": echo["until"], "wrapped": bytes(_WRAPPED_KEY)}
        await self._documents.get_many(ECHOES, [wrapped["_id"]])
        await self._documents.insert_many(ECHOES, [wrapped])
        await self._documents.insert(ECHOES, echo)

    async def echo_rename(self, holder: Holder) -> None:
        """Read and write once each, as `rename` would."""
        await self._documents.get(ECHOES, holder.holder_id)
        await self._documents.insert(ECHOES, self._echo(holder))

    async def erase(self, enrolment: Enrolment, *, emit: HolderErased) -> None:
        """What is left says that there was somebody."""
        document = await self._at(enrolment.holder_id, enrolment.version - 1)
        await self._kept.change(document, {"profile": b"", "erased_at": enrolment.erased_at}, emit=(emit,))

    async def forget(self, holder_id: HolderId, *, life: int) -> None:
        """Delete the key of that life, and of no later one."""
        await self._vault.forget(_owner(holder_id, life), "own")

    async def _at(self, holder_id: HolderId, version: int) -> Document:
        document = await self._kept.load(holder_id)
        if document is None or document["version"] != version:
            raise Stale("the holder was changed a moment ago")
        return document

    async def _state(self, holder: Holder) -> Document:
        owner = _owner(holder.holder_id, holder.life)
        keys = await self._vault.keys([owner], "own")
        return {
            "kind": holder.kind,
            "life": holder.life,
            "registered_at": holder.registered_at,
            "erased_at": None,
            "profile": keys.encrypt(owner, _profile(holder), place=_place(holder.holder_id)),
        }

    def _echo(self, holder: Holder) -> Document:
        now = self._clock.now()
        unsaid = entry(holder.registered(self._hash_name), version=holder.version, at=now)
        return {
            "_id": self._clock.new_id(),
            "until": now + _ECHO_LIFE,
            "changed_at": now,
            "kind": holder.kind,
            "profile": bytes(len(_profile(holder))),
            # As large as a first event, where no relay looks for any.
            "unsaid": {name: getattr(unsaid, name) for name in unsaid.__slots__},
        }


def _owner(holder_id: HolderId, life: int) -> str:
    return holder_id if life == 1 else f"{holder_id}.{life}"


def _profile(holder: Holder) -> bytes:
    former = [asdict(one) | {"until": one.until.isoformat()} for one in holder.former_names]
    said = {name: getattr(holder, name) for name in ("id_type", "number", "name", "vouched")}
    return json.dumps(said | {"former_names": former}, ensure_ascii=False).encode()


def _holder(document: Document, keys: Keys) -> Holder:
    holder_id = HolderId(document["_id"])
    sealed, owner = bytes(document["profile"]), _owner(holder_id, document["life"])
    said = json.loads(keys.decrypt(owner, sealed, place=_place(holder_id)))
    former = (
        FormerName(**one | {"until": datetime.fromisoformat(one["until"])})
        for one in said.pop("former_names")
    )
    known = {name: document[name] for name in ("version", "life", "kind", "registered_at")}
    return Holder(holder_id=holder_id, former_names=tuple(former), **known, **said)


def _enrolment(document: Document) -> Enrolment:
    known = ("version", "life", "kind", "registered_at", "erased_at")
    return Enrolment(holder_id=HolderId(document["_id"]), **{name: document[name] for name in known})


def _place(holder_id: HolderId) -> str:
    return f"holders/{holder_id}"
