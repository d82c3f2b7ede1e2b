"""A thousand random changes of a stored log, each found; the small case is tests/kernel/log/test_audit.py."""

import random
import sys
import time
import uuid
from collections import Counter

import pytest

from services.kernel.log.leaves import LogDamaged
from services.kernel.store.mongo import MongoDocuments
from tests.kernel.log.lab import Lab, names
from tests.kernel.log.mutations import MUTATIONS, keep, put_back

pytestmark = [pytest.mark.soak, pytest.mark.real]

TRIES = 1_000
SIZE = 203


class TestAThousandMutations:
    async def test_are_all_found(self, mongo_url: str) -> None:
        documents, chance = MongoDocuments(mongo_url, f"log_{uuid.uuid4().hex}"), random.Random(9162)
        lab = await Lab(documents).prepared()
        await lab.hand_in(*names(SIZE))
        await lab.settle()
        kept, begun, done = await keep(lab), time.monotonic(), Counter[str]()
        for _ in range(TRIES):
            mutation = chance.choice(MUTATIONS)
            what = await mutation(lab, chance)
            with pytest.raises(LogDamaged):
                pytest.fail(f"not found: {what}, {await lab.audit()}")
            done[mutation.__name__] += 1
            await put_back(lab, kept)
        assert await lab.audit() == SIZE
        documents.close()
        sys.stdout.write(f"mutations={TRIES} seconds={time.monotonic() - begun:.0f} kinds={dict(done)}\n")
