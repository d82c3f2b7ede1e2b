"""The mirror of names, and what was said where one did not fit: hashes and ids alone."""

import asyncio
from collections.abc import Iterable, Sequence

from services.kernel.outbox.aggregates import Aggregates, Hearsay
from services.kernel.store.documents import Advance, Collection, Documents, Index
from services.space.domain import Entry, KnownNames
from services.space.events import EntryDisputed, HolderErased, HolderRegistered, HolderRenamed, NameConfirmed
from services.space.store.documents import one_of

HOLDER_NAMES = Collection(name="holder_names")
CONFIRMED_NAMES = Collection(name="confirmed_names", indexes=(Index(keys=("holder_id",)),))
REPORTS = Collection.of_aggregates("entry_reports")
# Of one holder: authorities that know it by another name, times those names.
_MOST = 1000


class NameStore:
    """`_id` = holder id; and the confirmation's id."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def known(self, holder_ids: Iterable[str]) -> KnownNames:
        """Two reads at once, by id and along the index."""
        ids = sorted(set(holder_ids))
        found, confirmed = await asyncio.gather(
            self._documents.get_many(HOLDER_NAMES, ids),
            self._documents.find(CONFIRMED_NAMES, {"holder_id": one_of(ids)}, limit=_MOST),
        )
        return KnownNames(
            of_holders={
                key: frozenset(one["name_hashes"])
                for key, one in found.items()
                if one["name_hashes"] is not None
            },
            versions={key: one["heard_version"] for key, one in found.items()},
            kinds={key: one["holder_kind"] for key, one in found.items() if one.get("holder_kind")},
            confirmed=frozenset((one["holder_id"], one["authority"], one["name_hash"]) for one in confirmed),
        )

    async def advance(self, heard: Sequence[HolderRegistered | HolderRenamed | HolderErased]) -> None:
        """Of several versions the newest alone: it says all that counts."""
        newest = {one.holder_id: one for one in sorted(heard, key=lambda one: one.version)}
        advances = [
            Advance(id=key, heard_version=one.version, changes={"name_hashes": _hashes(one), **_kind(one)})
            for key, one in newest.items()
        ]
        await self._documents.advance_many(HOLDER_NAMES, advances)

    async def confirm(self, heard: Sequence[NameConfirmed]) -> None:
        """A confirmation has one version."""
        confirmed = {one.confirmation_id: one for one in heard}
        documents = [
            {"_id": key, **{name: getattr(one, name) for name in ("holder_id", "authority", "name_hash")}}
            for key, one in confirmed.items()
        ]
        await self._documents.insert_many(CONFIRMED_NAMES, documents)


class ReportStore:
    """One document for each entry and kind of report: the version of which it was said last."""

    def __init__(self, aggregates: Aggregates) -> None:
        self._aggregates = aggregates

    async def show(self, entries: Sequence[Entry]) -> None:
        """The fact has the id of the one that was said at the arrival: who had that one has it already."""
        await self._aggregates.advance_many(
            [
                Hearsay(id=f"{one.entry_id}:shown", heard_version=one.version, changes={}, emit=[fact])
                for one in entries
                if (fact := one.told())
            ]
        )

    async def dispute(self, disputes: Sequence[tuple[EntryDisputed, int]]) -> None:
        """As one bulk. Against each version of the names anew: with what was erased, its answer was too."""
        await self._aggregates.advance_many(
            [
                Hearsay(
                    id=f"{one.entry_id}:disputed:{names}", heard_version=one.version, changes={}, emit=[one]
                )
                for one, names in disputes
            ]
        )


def _hashes(heard: HolderRegistered | HolderRenamed | HolderErased) -> list[str] | None:
    """None: nobody is known by this id any more, and whoever comes next is to be waited for."""
    if isinstance(heard, HolderErased):
        return None
    if isinstance(heard, HolderRenamed):
        return [heard.name_hash, *heard.former_name_hashes]
    return [heard.name_hash] if heard.name_hash else []


def _kind(heard: HolderRegistered | HolderRenamed | HolderErased) -> dict[str, str]:
    """Only a registration tells it; it is never another."""
    return {"holder_kind": heard.kind} if isinstance(heard, HolderRegistered) and heard.kind else {}
