"""Who may act for whom."""

from collections.abc import Sequence
from dataclasses import asdict, fields

from services.identity.domain.mandates import Mandate
from services.kernel.holders import HolderId
from services.kernel.outbox.aggregates import Aggregates, Birth, Stale
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey, Index

MANDATES = Collection.of_aggregates(
    "mandates", Index(keys=("principal",)), Index(keys=("agent",)), Index(keys=("certificate_id",))
)
# Far beyond what anybody gives or holds: a helper of a village acts for hundreds.
_MOST_OF_A_HOLDER = 20_000
_MOST_OF_ONE = 100


class KeptMandates:
    """`_id` = mandate id."""

    def __init__(self, documents: Documents, kept: Aggregates) -> None:
        self._documents = documents
        self._kept = kept

    async def find(self, mandate_id: str) -> Mandate | None:
        """As it stands."""
        document = await self._kept.load(mandate_id)
        return _mandate(document) if document else None

    async def of(self, holder_id: HolderId) -> Sequence[Mandate]:
        """Those given or held, newest first."""
        given = await self._documents.find(MANDATES, {"principal": holder_id}, limit=_MOST_OF_A_HOLDER)
        held = await self._documents.find(MANDATES, {"agent": holder_id}, limit=_MOST_OF_A_HOLDER)
        found = {document["_id"]: _mandate(document) for document in (*given, *held)}
        return sorted(found.values(), key=lambda one: one.changed_at, reverse=True)

    async def of_certificates(self, certificate_ids: Sequence[str]) -> Sequence[Mandate]:
        """Open or not; a certificate names a handful in all its versions."""
        if not certificate_ids:
            return ()
        limit = len(certificate_ids) * _MOST_OF_ONE
        found = await self._documents.find(MANDATES, {"certificate_id": tuple(certificate_ids)}, limit=limit)
        return [_mandate(document) for document in found]

    async def add(self, mandate: Mandate) -> bool:
        """Keep it with its facts; False if it is there."""
        try:
            await self._kept.add(Birth(id=mandate.mandate_id, state=_state(mandate), emit=mandate.facts()))
        except DuplicateKey:
            return False
        return True

    async def change(self, mandate: Mandate) -> None:
        """Keep version n over n-1, or raise `Stale`."""
        document = await self._kept.load(mandate.mandate_id)
        if document is None or document["version"] != mandate.version - 1:
            raise Stale("the mandate was changed a moment ago")
        await self._kept.change(document, _state(mandate), emit=mandate.facts())


def _state(mandate: Mandate) -> Document:
    state = asdict(mandate) | {"items": list(mandate.items)}
    del state["version"]
    return state


def _mandate(document: Document) -> Mandate:
    return Mandate(
        **{one.name: document[one.name] for one in fields(Mandate)} | {"items": tuple(document["items"])}
    )
