"""The mirror of identity's organisations: which approvals each may send."""

from collections.abc import Sequence

from services.certs.domain import Organisation
from services.certs.events import OrganisationRegistered
from services.kernel.store.documents import Advance, Collection, Document, Documents

ORGANISATIONS = Collection(name="organisations")


class OrganisationMirror:
    """Read at each use: an entitlement is never taken from memory (design.md, law 9)."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._found: dict[str, Organisation] = {}

    async def find(self, organisation: str) -> Organisation | None:
        """As it stands now."""
        found = await self._documents.get(ORGANISATIONS, organisation)
        if found is None:
            return None
        self._found[organisation] = one = _organisation(found)
        return one

    def guess(self, organisation: str) -> Organisation | None:
        """As it was found last."""
        return self._found.get(organisation)

    async def advance(self, heard: Sequence[OrganisationRegistered]) -> None:
        """Keep each that is newer than what is held."""
        await self._documents.advance_many(ORGANISATIONS, [_advance(one) for one in heard])


def _advance(heard: OrganisationRegistered) -> Advance:
    return Advance(
        id=heard.organisation,
        heard_version=heard.version,
        changes={
            "name": heard.name,
            "certificate_types": list(heard.certificate_types),
            "source_for": [
                {"authority": one.authority, "certificate_types": list(one.certificate_types)}
                for one in heard.source_for
            ],
        },
    )


def _organisation(document: Document) -> Organisation:
    source_for: dict[str, frozenset[str]] = {}
    for one in document["source_for"]:
        known = source_for.get(one["authority"], frozenset())
        source_for[one["authority"]] = known | frozenset(one["certificate_types"])
    return Organisation(
        organisation=document["_id"],
        name=document.get("name", ""),
        certificate_types=frozenset(document["certificate_types"]),
        source_for=source_for,
    )
