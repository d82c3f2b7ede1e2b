"""Log-ins that are trusted."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields

from services.identity.domain.issuers import Issuer, IssuerKind, IssuerTaken
from services.identity.events import IssuerChanged
from services.identity.store.pages import page_of
from services.kernel.errors import Stale
from services.kernel.outbox.aggregates import Aggregates, Birth
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey, Index

# Of those that are trusted alone: a removed log-in frees its `iss`.
ISSUERS = Collection.of_aggregates(
    "issuers",
    Index(keys=("issuer",), unique=True, where={"removed": False}),
)
# Their words may hold dots and dollars, which the database takes for its own in a field's name.
_EVERY = 1000
_PAIRS = ("clients", "claims", "fixed", "id_types")


class KeptIssuers:
    """`_id` = name. No two that are trusted have one `iss`."""

    def __init__(self, documents: Documents, kept: Aggregates) -> None:
        self._documents, self._kept = documents, kept

    async def find(self, name: str) -> Issuer | None:
        """As it stands, also when removed."""
        document = await self._kept.load(name)
        return _issuer(document) if document else None

    async def find_by_issuer(self, issuer: str) -> Issuer | None:
        """The one with this `iss`, unless it was removed."""
        found = await self._documents.find(ISSUERS, {"issuer": issuer, "removed": False}, limit=1)
        return _issuer(found[0]) if found else None

    async def kinds_of(self, issuer: str) -> frozenset[IssuerKind]:
        """Of all that have or had this `iss`: a collection of a few documents."""
        every = await self._documents.find(ISSUERS, {}, limit=_EVERY)
        return frozenset(one["kind"] for one in every if issuer in {one["issuer"], *one.get("formerly", ())})

    async def page(self, *, after: str, limit: int) -> Sequence[Issuer]:
        """By name, those after this one."""
        found = await page_of(self._documents, ISSUERS, after=after, limit=limit)
        return [_issuer(one) for one in found]

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
    state = {one.name: document[one.name] for one in fields(Issuer) if one.name in document}
    pairs = {name: dict(document[name]) for name in _PAIRS}
    listed = {name: tuple(document.get(name, ())) for name in ("levels", "formerly")}
    return Issuer(**state | pairs | listed)
