"""Members of staff."""

from collections.abc import Sequence
from dataclasses import asdict

from services.identity.domain.operators import Operator
from services.identity.events import OperatorChanged
from services.identity.store.pages import page_of
from services.kernel.outbox.aggregates import Aggregates, Birth, Stale
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey, Index

OPERATORS = Collection.of_aggregates("operators", Index(keys=("organisation",)))


class KeptOperators:
    """`_id` = operator id."""

    def __init__(self, documents: Documents, kept: Aggregates) -> None:
        self._documents, self._kept = documents, kept

    async def find(self, operator_id: str) -> Operator | None:
        """As it stands."""
        document = await self._kept.load(operator_id)
        return _operator(document) if document else None

    async def page(self, *, organisation: str | None, after: str, limit: int) -> Sequence[Operator]:
        """By id, those after this one, of one organisation or of all."""
        equal = {"organisation": organisation} if organisation is not None else {}
        found = await page_of(self._documents, OPERATORS, after=after, limit=limit, **equal)
        return [_operator(one) for one in found]

    async def keep(self, operator: Operator, *, emit: OperatorChanged) -> None:
        """Keep version n over n-1, or raise `Stale`."""
        state = asdict(operator) | {"roles": sorted(operator.roles)}
        del state["version"]
        if operator.version == 1:
            try:
                await self._kept.add(Birth(id=operator.operator_id, state=state, emit=(emit,)))
            except DuplicateKey as error:
                raise Stale(f"{operator.operator_id} was registered a moment ago") from error
            return
        document = await self._kept.load(operator.operator_id)
        if document is None or document["version"] != operator.version - 1:
            raise Stale(f"{operator.operator_id} was changed a moment ago")
        await self._kept.change(document, state, emit=(emit,))


def _operator(document: Document) -> Operator:
    return Operator(
        operator_id=document["_id"],
        version=document["version"],
        organisation=document["organisation"],
        roles=frozenset(document["roles"]),
        removed=document["removed"],
        sessions_end_at=document.get("sessions_end_at"),
    )
