"""A quota of n is n uses, whoever is at it at once; a code shown once counts once."""

import asyncio
import sys
import uuid

import pytest

from services.kernel.store.memory import MemoryDocuments
from services.kernel.store.mongo import MongoDocuments
from services.space.store import CONCESSION_USES, UseStore
from tests.space.claiming import PERIOD, QUOTA, claim_at_once, use
from tests.space.world import HOLDER, OTHER_HOLDER
from tests.world.yielding import Yielding


class TestAQuota:
    async def test_of_three_gives_three_of_thirty_two_gates_at_once(self) -> None:
        documents = Yielding()
        await documents.prepare([CONCESSION_USES])
        assert await claim_at_once(documents, "gate", 32) == 3

    async def test_counts_one_scan_once_however_often_it_is_told_at_once(self) -> None:
        documents = Yielding()
        await documents.prepare([CONCESSION_USES])
        store = UseStore(documents)
        claims = (store.claim(use("one"), QUOTA, period=PERIOD) for _ in range(8))
        assert all(await asyncio.gather(*claims))
        assert await claim_at_once(documents, "other", 8) == 2

    async def test_is_each_holders_own_and_each_periods(self) -> None:
        documents = MemoryDocuments()
        await documents.prepare([CONCESSION_USES])
        store = UseStore(documents)
        assert await claim_at_once(documents, "gate", 4) == 3
        assert await store.claim(use("other", OTHER_HOLDER), QUOTA, period=PERIOD)
        assert await store.claim(use("tomorrow"), QUOTA, period="2026-03-10")

    async def test_is_one_persons_whichever_document_was_shown_before_they_were_linked(self) -> None:
        documents = MemoryDocuments()
        await documents.prepare([CONCESSION_USES])
        store = UseStore(documents)
        assert await store.claim(use("passport-1", OTHER_HOLDER), QUOTA, period=PERIOD)
        assert await store.claim(use("passport-2", OTHER_HOLDER), QUOTA, period=PERIOD)
        both = (HOLDER, OTHER_HOLDER)
        assert await store.claim(use("linked-1", *both), QUOTA, period=PERIOD)
        assert not await store.has_room(use("linked-2", *both), QUOTA, period=PERIOD)
        assert not await store.claim(use("linked-2", *both), QUOTA, period=PERIOD)

    @pytest.mark.real
    async def test_of_three_gives_three_to_two_processes_at_once(self, mongo_url: str) -> None:
        database = f"test_{uuid.uuid4().hex}"
        documents = MongoDocuments(mongo_url, database)
        await documents.prepare([CONCESSION_USES])
        documents.close()

        async def process(name: str) -> int:
            said = ("-m", "tests.space.claiming", mongo_url, database, name)
            one = await asyncio.create_subprocess_exec(sys.executable, *said, stdout=asyncio.subprocess.PIPE)
            out, _ = await one.communicate()
            return int(out)

        assert sum(await asyncio.gather(process("north"), process("south"))) == 3
