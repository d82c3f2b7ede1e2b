"""The mirror of organisations: what each is called. `_id` = its credit code."""

from collections.abc import Iterable, Mapping, Sequence

from services.kernel.store.documents import Advance, Collection, Documents
from services.space.events import OrganisationRegistered

ORGANISATION_NAMES = Collection(name="organisation_names")


class OrganisationStore:
    """Keeps `ports.Organisations`."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def names(self, codes: Iterable[str]) -> Mapping[str, str]:
        """One read, by id."""
        asked = sorted(set(codes))
        found = await self._documents.get_many(ORGANISATION_NAMES, asked) if asked else {}
        return {code: one["name"] for code, one in found.items()}

    async def advance(self, heard: Sequence[OrganisationRegistered]) -> None:
        """Of several versions the newest alone."""
        newest = {one.organisation: one for one in sorted(heard, key=lambda one: one.version)}
        await self._documents.advance_many(
            ORGANISATION_NAMES,
            [
                Advance(id=code, heard_version=one.version, changes={"name": one.name})
                for code, one in newest.items()
            ],
        )
