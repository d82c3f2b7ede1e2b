"""Ids of assertions that were used, so that each serves once."""

import hashlib
from datetime import datetime, timedelta

from services.kernel.store.documents import Collection, Documents, DuplicateKey, Index

USED_ASSERTIONS = Collection(name="used_assertions", indexes=(Index(keys=("until",), expire_after=0),))
# The engine deletes by its own clock: one that runs ahead of ours must not let an assertion serve again.
_CLOCKS_APART = timedelta(hours=1)


class KeptAssertions:
    """The engine deletes each some time after it would be refused for its age anyway."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def use(self, client_id: str, assertion_id: str, *, until: datetime) -> bool:
        """One insert: the second use is a duplicate key."""
        used = hashlib.sha256(f"{client_id}\0{assertion_id}".encode()).hexdigest()
        try:
            await self._documents.insert(USED_ASSERTIONS, {"_id": used, "until": until + _CLOCKS_APART})
        except DuplicateKey:
            return False
        return True
