"""Law 9: work by the clock belongs to the process that holds the lease document."""

from datetime import timedelta

from services.kernel.clock import Clock
from services.kernel.store.documents import Collection, Documents, DuplicateKey

LEASES = Collection(name="leases")


class Lease:
    """Leases of one service, as one process (`owner`) sees them."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock
        self.owner = clock.new_id()

    async def hold(self, name: str, *, seconds: int) -> bool:
        """Take or renew it; False while another process holds it."""
        now = self._clock.now()
        mine = {"owner": self.owner, "until": now + timedelta(seconds=seconds)}
        found = await self._documents.get(LEASES, name)
        if found is None:
            try:
                await self._documents.insert(LEASES, {"_id": name, "version": 1, **mine})
            except DuplicateKey:
                return False
            return True
        if found["owner"] != self.owner and found["until"] > now:
            return False
        return await self._documents.update(LEASES, name, version=found["version"], changes=mine)

    async def release(self, name: str) -> None:
        """Let the next process have it at once."""
        found = await self._documents.get(LEASES, name)
        if found and found["owner"] == self.owner:
            await self._documents.update(
                LEASES, name, version=found["version"], changes={"until": self._clock.now()}
            )
