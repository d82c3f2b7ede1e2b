"""The mirror of identity's mandates: under which of them nobody acts any more."""

from collections.abc import Sequence
from datetime import datetime

from services.certs.events import MandateChanged
from services.kernel.store.documents import Advance, Collection, Documents

MANDATES = Collection(name="mandates")


class MandateMirror:
    """Read at each use: a token outlives its mandate (design.md, law 9)."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def is_over(self, mandate_id: str, *, at: datetime) -> bool:
        """As last heard; one that was not heard of is as it was when its token was given."""
        found = await self._documents.get(MANDATES, mandate_id)
        if found is None:
            return False
        until: datetime | None = found["until"]
        return found["state"] != "open" or (until is not None and at >= until)

    async def advance(self, heard: Sequence[MandateChanged]) -> None:
        """Keep each that is newer than what is held; each side of a mandate says the same."""
        newest: dict[str, MandateChanged] = {}
        for one in heard:
            if one.version >= newest.get(one.mandate_id, one).version:
                newest[one.mandate_id] = one
        await self._documents.advance_many(
            MANDATES,
            [
                Advance(
                    id=one.mandate_id,
                    heard_version=one.version,
                    changes={"state": one.state, "until": one.until},
                )
                for one in newest.values()
            ],
        )
