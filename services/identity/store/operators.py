"""Members of staff."""

from dataclasses import asdict

from services.identity.domain.operators import Operator
from services.identity.events import OperatorChanged
from services.kernel.outbox.aggregates import Aggregates, Birth, Stale
from services.kernel.store.documents import Collection, DuplicateKey

OPERATORS = Collection.of_aggregates("operators")


class KeptOperators:
    """`_id` = operator id."""

    def __init__(self, kept: Aggregates) -> None:
        self._kept = kept

    async def find(self, operator_id: str) -> Operator | None:
        """As it stands."""
        document = await self._kept.load(operator_id)
        if document is None:
            return None
        return Operator(
            operator_id=operator_id,
            version=document["version"],
            organisation=document["organisation"],
            roles=frozenset(document["roles"]),
            removed=document["removed"],
        )

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
