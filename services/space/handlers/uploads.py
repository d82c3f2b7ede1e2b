"""What holders keep themselves: brought, shown, taken out and erased."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.kernel.clock import Clock
from services.kernel.errors import Stale
from services.kernel.event import Heard
from services.space.domain import (
    Cards,
    Entry,
    EntryNotOwn,
    EntryUnknown,
    FileMissing,
    HolderNotYetKnown,
    Offer,
    Shelf,
    UploadMaterialUnknown,
    UploadQuotaReached,
    stands,
    uploaded,
)
from services.space.events import HolderErased
from services.space.handlers.names import Doubts
from services.space.ports import Entries, Names, Uploads

# No request takes as long: a file that is loose for longer has lost its process.
_LOOSE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """`digest`: keyed, of a holder's content; equal files of two holders are not equal by it."""

    uploads: Uploads
    entries: Entries
    names: Names
    doubts: Doubts
    cards: Cards
    digest: Callable[[str, bytes], str]
    quota: Shelf
    clock: Clock

    async def keep(self, made_by: str, holder_id: str, offer: Offer) -> Entry:
        """Keep it once: the same file, by whatever request, is the entry that is there."""
        offer = offer.checked()
        material = self.cards.materials.get(offer.material)
        if material is None:
            raise UploadMaterialUnknown(
                f"{offer.material[:40]}: needed one of {', '.join(self.cards.materials)}"
            )
        await self._check_known(holder_id)
        entry_id = self.digest(holder_id, offer.content)
        kept = await self.entries.get(entry_id)
        if kept is not None and stands(kept):
            return kept
        entry = uploaded(
            offer,
            material,
            entry_id=entry_id,
            holder_id=holder_id,
            after=kept,
            made_by=made_by,
            file_id=self.clock.new_id(),
            at=self.clock.now(),
        )
        return await self._kept(entry, offer)

    async def file(self, entry: Entry) -> bytes:
        """Give the bytes of one that the caller may see."""
        if entry.origin == "certificate":
            raise FileMissing("certs draws the face of a certificate")
        content = await self.uploads.content(entry)
        if content is None:
            raise EntryUnknown("no such entry in your space")
        return content

    async def take_out(self, holder_ids: Sequence[str], entry_id: str) -> None:
        """Take an own one out, for good. A repeat finds it done."""
        entry = await self.entries.get(entry_id)
        if entry is None or entry.holder_id not in holder_ids:
            raise EntryUnknown("no such entry in your space")
        if entry.origin != "upload":
            # Of one that is hidden nothing is told, not even whose it is.
            if not await self.doubts.shown([entry]):
                raise EntryUnknown("no such entry in your space")
            raise EntryNotOwn("an authority issued it; its holder can have it corrected there")
        if stands(entry):
            await self.uploads.remove(entry)

    async def take_out_all(self, holder_ids: Sequence[str]) -> int:
        """Erase all that these holders brought, with the key, and give how many; what was issued stays."""
        return sum([await self.uploads.erase(holder_id) for holder_id in holder_ids])

    async def hear_erased(self, batch: Sequence[Heard[HolderErased]]) -> None:
        """First nobody is known by this id, so that nothing more comes; then what came is erased."""
        await self.doubts.hear_holders(batch)
        for one in batch:
            await self.uploads.erase_once(one.event.holder_id, version=one.event.version)

    async def tidy(self) -> int:
        """Take away what lost its process between file and entry."""
        return await self.uploads.tidy(before=self.clock.now() - _LOOSE)

    async def _kept(self, entry: Entry, offer: Offer) -> Entry:
        shelf = await self.uploads.begin(entry)
        try:
            shelf.check(self.quota)
        except UploadQuotaReached:
            await self.uploads.drop(entry)
            raise
        if await self.uploads.add(entry, offer.content, file_name=offer.file_name):
            return entry
        await self.uploads.drop(entry)
        other = await self.entries.get(entry.entry_id)
        if other is None or not stands(other):
            raise Stale("all was taken out meanwhile")
        return other

    async def _check_known(self, holder_id: str) -> None:
        """Of whom nothing is known any more nothing is kept, whatever token is left."""
        known = await self.names.known([holder_id])
        if holder_id not in known.of_holders:
            raise HolderNotYetKnown("the registration of the holder has not arrived here yet")
