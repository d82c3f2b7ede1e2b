"""`python -m tests.space.claiming URL DATABASE NAME`: claim sixteen uses, print how many are given."""

import asyncio
import sys
from datetime import UTC, datetime

from services.kernel.store.documents import Documents
from services.kernel.store.mongo import MongoDocuments
from services.space.domain import ConcessionUse, Quota
from services.space.store import UseStore
from tests.space.world import HOLDER

QUOTA = Quota(uses=3, per="day")
PERIOD = "2026-03-09"
AT = datetime(2026, 3, 9, 2, 30, tzinfo=UTC)


def use(scan_id: str, *holder_ids: str) -> ConcessionUse:
    """One showing of a code."""
    return ConcessionUse(concession="bus", scan_id=scan_id, holder_ids=holder_ids or (HOLDER,), used_at=AT)


async def claim_at_once(documents: Documents, name: str, times: int) -> int:
    """By as many gates, each with a scan of its own."""
    store = UseStore(documents)
    claims = (store.claim(use(f"{name}-{one}"), QUOTA, period=PERIOD) for one in range(times))
    return sum(await asyncio.gather(*claims))


async def main(url: str, database: str, name: str) -> None:
    documents = MongoDocuments(url, database)
    sys.stdout.write(f"{await claim_at_once(documents, name, 16)}\n")
    documents.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
