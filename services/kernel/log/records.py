"""What a leaf commits to, under its holder's key; and the evidence that somebody can take along.

The log holds no word of a record. Once the holder's data key is deleted nobody opens the leaf any more, and
nobody can try records on it either: its salt is gone with them. The log stays whole.
"""

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from services.kernel.keys.vault import Retention, Vault
from services.kernel.log import checkpoint
from services.kernel.log.leaves import commitment, written
from services.kernel.log.tree import LeafUnknown, Tree
from services.kernel.log.waiting import Entry, Waiting
from services.kernel.store.documents import Collection, Documents

RECORDS = Collection(name="log_records")
RETENTION: Retention = "record"
SALT_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """An event to be logged: `record` is what it said, as a text that evidence repeats to the letter."""

    ce_id: str
    holder_id: str
    record: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A record with the salt of its commitment."""

    record: str
    salt: bytes


class Records:
    """`chance` gives so many random bytes."""

    def __init__(
        self, documents: Documents, vault: Vault, waiting: Waiting, chance: Callable[[int], bytes]
    ) -> None:
        self._documents = documents
        self._vault = vault
        self._waiting = waiting
        self._chance = chance

    async def log(self, notes: Sequence[Note]) -> None:
        """Have each of these events in the log once, however often it is told: a reaction (law 3).

        The salt is drawn once: whoever comes again hands in what was kept the first time, and makes no
        new key for a holder whose key was deleted since.
        """
        wanted = {one.ce_id: one for one in reversed(notes)}
        entries = await self._kept(list(wanted))
        fresh = [one for ce_id, one in wanted.items() if ce_id not in entries]
        if fresh and (beaten := await self._keep(fresh, entries)):
            entries |= await self._kept(sorted(beaten))
        await self._waiting.submit(list(entries.values()))

    async def open(self, ce_id: str) -> Opened:
        """LeafUnknown, or ContentErased."""
        found = await self._documents.get(RECORDS, ce_id)
        if found is None:
            raise LeafUnknown(f"nothing is kept of {ce_id}")
        holder_id = str(found["holder_id"])
        keys = await self._vault.keys([holder_id], RETENTION, make=False)
        plain = keys.decrypt(holder_id, bytes(found["sealed"]), place=_place(ce_id))
        return Opened(record=plain[SALT_BYTES:].decode(), salt=plain[:SALT_BYTES])

    async def _kept(self, ce_ids: Sequence[str]) -> dict[str, Entry]:
        found = await self._documents.get_many(RECORDS, ce_ids)
        return {key: Entry(ce_id=key, commitment=bytes(one["commitment"])) for key, one in found.items()}

    async def _keep(self, notes: Sequence[Note], entries: dict[str, Entry]) -> frozenset[str]:
        """Add their entries; return those for which another process was first."""
        keys = await self._vault.keys({one.holder_id for one in notes}, RETENTION)
        documents = []
        for one in notes:
            salt, record = self._chance(SALT_BYTES), one.record.encode()
            entry = Entry(ce_id=one.ce_id, commitment=commitment(salt, record))
            sealed = keys.encrypt(one.holder_id, salt + record, place=_place(one.ce_id))
            kept = {"holder_id": one.holder_id, "commitment": entry.commitment, "sealed": sealed}
            documents.append({"_id": one.ce_id, **kept})
            entries[one.ce_id] = entry
        return await self._documents.insert_many(RECORDS, documents)


async def evidence(tree: Tree, records: Records, ce_id: str, *, older: str | None = None) -> dict[str, Any]:
    """Give all that is needed to check offline that this event is in the log (docs/evidence.md).

    With an `older` signed head: that the log has only grown since then, too.
    """
    await tree.leaf(ce_id)  # before the head: one that is read after it covers the leaf
    head = await tree.head()
    proof, opened = await tree.inclusion(ce_id, head.size), await records.open(ce_id)
    told: dict[str, Any] = {
        "format": "yima-evidence-v1",
        "record": opened.record,
        "salt": b64encode(opened.salt).decode(),
        "leaf": {"index": proof.leaf.index, "ce_id": ce_id, "time": written(proof.leaf.at)},
        "inclusion": _texts(proof.path),
        "head": head.note,
    }
    if older is not None:
        path = await tree.consistency(checkpoint.read(older).size, head.size)
        told["older"] = {"head": older, "consistency": _texts(path)}
    return told


def _texts(path: Sequence[bytes]) -> list[str]:
    return [b64encode(one).decode() for one in path]


def _place(ce_id: str) -> str:
    return f"{RECORDS.name}/{ce_id}"
