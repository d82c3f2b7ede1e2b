"""Log-ins that are trusted."""

from collections.abc import Mapping
from dataclasses import asdict, fields

from services.identity.domain.issuers import Issuer, IssuerTaken
from services.identity.events import IssuerChanged
from services.kernel.errors import Stale
from services.kernel.outbox.aggregates import Aggregates, Birth
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey, Index

ISSUERS = Collection.of_aggregates("issuers", Index(keys=("issuer",), unique=True))
# Their words may hold dots and dollars, which the database takes for its own in a field's name.
_PAIRS = ("clients", "claims", "fixed", "id_types")


class KeptIssuers:
    """`_id` = name. Two log-ins never have one `iss`, removed or not."""

    def __init__(self, documents: Documents, kept: Aggregates) -> None:
        self._documents, self._kept = documents, kept

    async def find(self, name: str) -> Issuer | None:
        """As it stands, also when removed."""
        document = await self._kept.load(name)
        return _issuer(document) if document else None

    async def find_by_issuer(self, issuer: str) -> Issuer | None:
        """The one with this `iss`, also when removed."""
        found = await self._documents.find(ISSUERS, {"issuer": issuer}, limit=1)
        return _issuer(found[0]) if found else None

    async def keep(self, issuer: Issuer, *, emit: IssuerChanged) -> None:
        """Keep version n over n-1, or raise `Stale` or `IssuerTaken`."""
        state = asdict(issuer) | {name: _pairs(getattr(issuer, name)) for name in _PAIRS}
        del state["version"]
        document = await self._kept.load(issuer.name)
        if (document["version"] if document else 0) != issuer.version - 1:
            raise Stale(f"{issuer.name} was changed a moment ago")
        try:
            if document is None:
                await self._kept.add(Birth(id=issuer.name, state=state, emit=(emit,)))
            else:
                await self._kept.change(document, state, emit=(emit,))
        except DuplicateKey as error:
            holder = await self.find_by_issuer(issuer.issuer)
            if holder is None or holder.name == issuer.name:
                raise Stale(f"{issuer.name} was registered a moment ago") from error
            raise IssuerTaken(f"{holder.name} has this iss") from error


def _pairs(words: Mapping[str, str]) -> list[list[str]]:
    return [[ours, theirs] for ours, theirs in sorted(words.items())]


def _issuer(document: Document) -> Issuer:
    state = {one.name: document[one.name] for one in fields(Issuer)}
    pairs = {name: dict(document[name]) for name in _PAIRS}
    return Issuer(**state | pairs | {"levels": tuple(document["levels"])})
