"""Which documents are one person's."""

from collections.abc import Sequence

from services.identity.domain.aliases import Linkage
from services.identity.events import AliasesChanged
from services.kernel.errors import Stale
from services.kernel.holders import HolderId
from services.kernel.outbox.aggregates import Aggregates, Birth
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey

LINKAGES = Collection.of_aggregates("linkages")


class KeptLinkages:
    """`_id` = holder id, registered or not."""

    def __init__(self, documents: Documents, kept: Aggregates) -> None:
        self._documents, self._kept = documents, kept

    async def find(self, holder_id: HolderId) -> Linkage:
        """As it stands; version 0 where there is none."""
        document = await self._kept.load(holder_id)
        return _linkage(document) if document else Linkage(holder_id=holder_id)

    async def find_many(self, holder_ids: Sequence[HolderId]) -> Sequence[Linkage]:
        """In one trip."""
        found = await self._documents.get_many(LINKAGES, holder_ids)
        return [_linkage(document) for document in found.values()]

    async def keep(self, linkage: Linkage, *, emit: AliasesChanged | None = None) -> None:
        """Keep version n over n-1, or raise `Stale`."""
        state = {"aliases": list(linkage.aliases), "alias_of": linkage.alias_of}
        said = (emit,) if emit else ()
        document = await self._kept.load(linkage.holder_id)
        if (document["version"] if document else 0) != linkage.version - 1:
            raise Stale("the links were changed a moment ago")
        if document is not None:
            await self._kept.change(document, state, emit=said)
            return
        try:
            await self._kept.add(Birth(id=linkage.holder_id, state=state, emit=said))
        except DuplicateKey as error:
            raise Stale("the links were changed a moment ago") from error


def _linkage(document: Document) -> Linkage:
    return Linkage(
        holder_id=HolderId(document["_id"]),
        version=document["version"],
        aliases=tuple(document["aliases"]),
        alias_of=document["alias_of"],
    )
