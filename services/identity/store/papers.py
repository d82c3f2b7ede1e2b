"""Paper codes."""

from collections.abc import Sequence
from dataclasses import asdict, fields

from services.identity.domain.papers import Paper
from services.kernel.errors import Stale
from services.kernel.holders import HolderId
from services.kernel.outbox.aggregates import Aggregates, Birth
from services.kernel.store.documents import Collection, Document, Documents, Index

# Its holder sees what became of it for as long as records of use are kept at least (网络安全法, 21).
_KEPT_S = 183 * 24 * 3600

PAPERS = Collection.of_aggregates(
    "paper_codes", Index(keys=("holder_id",)), Index(keys=("expires_at",), expire_after=_KEPT_S)
)


class KeptPapers:
    """`_id` = a hash of the chance in the address: the paper cannot be made again from what is kept."""

    def __init__(self, documents: Documents, kept: Aggregates) -> None:
        self._documents = documents
        self._kept = kept

    async def find(self, paper_id: str) -> Paper | None:
        """As it stands."""
        document = await self._kept.load(paper_id)
        return _paper(document) if document else None

    async def of(self, holder_id: HolderId) -> Sequence[Paper]:
        """Newest first."""
        found = await self._documents.find(PAPERS, {"holder_id": holder_id}, limit=1000)
        return sorted(map(_paper, found), key=lambda one: one.printed_at, reverse=True)

    async def add(self, paper: Paper) -> None:
        """Keep a new one."""
        await self._kept.add(Birth(id=paper.paper_id, state=_state(paper)))

    async def change(self, paper: Paper) -> None:
        """Keep version n over n-1, or raise `Stale`."""
        document = await self._kept.load(paper.paper_id)
        if document is None or document["version"] != paper.version - 1:
            raise Stale("the paper code was changed a moment ago")
        await self._kept.change(document, _state(paper))


def _state(paper: Paper) -> Document:
    state = asdict(paper)
    del state["version"]
    return state


def _paper(document: Document) -> Paper:
    return Paper(**{one.name: document[one.name] for one in fields(Paper)})
