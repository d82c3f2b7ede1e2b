"""Whether holders' codes work."""

import json

from services.identity.domain.standings import Standing
from services.identity.events import StandingChanged
from services.kernel.errors import Stale
from services.kernel.holders import HolderId
from services.kernel.keys.vault import Vault
from services.kernel.outbox.aggregates import Aggregates, Birth
from services.kernel.store.documents import Collection, Document, DuplicateKey, Index

STANDINGS = Collection.of_aggregates("standings", Index(keys=("sessions_end_at",)))
_PLAIN = ("state", "acting_as", "changed_by", "sessions_end_at")


class KeptStandings:
    """`_id` = holder id, registered or not; what clerks wrote is encrypted (class record).

    `at`: when it was decided, which one that follows from another's shares with it.
    """

    def __init__(self, kept: Aggregates, vault: Vault) -> None:
        self._kept, self._vault = kept, vault

    async def find(self, holder_id: HolderId) -> Standing:
        """As it stands; active at version 0 where nobody has changed it."""
        document = await self._kept.load(holder_id)
        if document is None:
            return Standing(holder_id=holder_id)
        keys = await self._vault.keys([holder_id], "record", make=False)
        written = keys.decrypt(holder_id, bytes(document["written"]), place=_place(holder_id))
        return Standing(
            holder_id=holder_id,
            version=document["version"],
            changed_at=document["at"],
            **{name: document[name] for name in _PLAIN},
            **json.loads(written),
        )

    async def keep(self, standing: Standing, *, emit: StandingChanged) -> None:
        """Keep version n over n-1, or raise `Stale`."""
        state = await self._state(standing)
        document = await self._kept.load(standing.holder_id)
        if (document["version"] if document else 0) != standing.version - 1:
            raise Stale("the standing was changed a moment ago")
        if document is not None:
            await self._kept.change(document, state, emit=(emit,))
            return
        try:
            await self._kept.add(Birth(id=standing.holder_id, state=state, emit=(emit,)))
        except DuplicateKey as error:
            raise Stale("the standing was changed a moment ago") from error

    async def _state(self, standing: Standing) -> Document:
        holder_id = standing.holder_id
        said = {"reason": standing.reason, "checked": standing.checked}
        keys = await self._vault.keys([holder_id], "record")
        written = keys.encrypt(
            holder_id, json.dumps(said, ensure_ascii=False).encode(), place=_place(holder_id)
        )
        plain = {name: getattr(standing, name) for name in _PLAIN}
        return plain | {"at": standing.changed_at, "written": written}


def _place(holder_id: HolderId) -> str:
    return f"standings/{holder_id}"
