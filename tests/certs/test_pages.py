"""However many match, none is dropped in silence: what waits for one holder or of one decision."""

import os
from datetime import UTC, datetime

import pytest

from services.certs.domain import Pending, Told
from services.certs.store import PENDINGS, PendingStore
from services.certs.store.paging import PAGE, pages
from services.kernel.keys.vault import KEYS, Vault
from services.kernel.store.documents import Collection
from services.kernel.store.memory import MemoryDocuments
from tests.certs.test_only_one import as_read
from tests.world.people import a_shop, an_approval

MANY = 1_050
SAYS = Told(approval=as_read(an_approval(a_shop())), id_number_masked="*")
NOON = datetime(2026, 3, 6, 4, 0, tzinfo=UTC)
THINGS = Collection(name="things")


def a_pending(number: int, *, holder_id: str = "H", decision: str = "d", called: str = "c") -> Pending:
    return Pending(
        pending_id=f"{number:032x}",
        kind="held",
        organisation="o",
        authority="a",
        certificate_type="t",
        holder_id=holder_id,
        name_hash="n",
        decision=decision,
        called=called,
        arrival=f"{number:06}",
        since=NOON,
        told=SAYS,
    )


@pytest.fixture
async def documents() -> MemoryDocuments:
    opened = MemoryDocuments()
    await opened.prepare((PENDINGS, KEYS, THINGS))
    return opened


@pytest.fixture
def pendings(documents: MemoryDocuments) -> PendingStore:
    return PendingStore(documents, Vault(documents, os.urandom(32)))


class TestPages:
    @pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE, 3 * PAGE + 1])
    async def test_have_every_document_once(self, documents: MemoryDocuments, count: int) -> None:
        for number in range(count):
            await documents.insert(THINGS, {"_id": f"{number:06}", "kind": "a"})
        await documents.insert(THINGS, {"_id": "another", "kind": "b"})
        found = [page async for page in pages(documents, THINGS, {"kind": "a"})]
        assert all(found)
        assert sorted(one["_id"] for page in found for one in page) == [f"{one:06}" for one in range(count)]

    async def test_miss_nothing_although_what_was_read_matches_no_more(
        self, documents: MemoryDocuments
    ) -> None:
        for number in range(MANY):
            await documents.insert(THINGS, {"_id": f"{number:06}", "kind": "a", "version": 1})
        seen = 0
        async for page in pages(documents, THINGS, {"kind": "a"}):
            for one in page:
                await documents.update(THINGS, one["_id"], version=1, changes={"kind": "b"})
            seen += len(page)
        assert seen == MANY


class TestWhatWaits:
    async def test_for_one_holder_is_all_found(self, pendings: PendingStore) -> None:
        await pendings.hold([a_pending(one, decision=f"d-{one}") for one in range(MANY)])
        await pendings.hold([a_pending(MANY, holder_id="another")])
        found = [one async for page in pendings.of_holder("H") for one in page]
        assert {one.pending_id for one in found} == {f"{one:032x}" for one in range(MANY)}

    async def test_of_one_decision_is_found_by_its_holder_and_by_its_name(
        self, pendings: PendingStore
    ) -> None:
        """One decision about thousands, of whom each answers for the own alone."""
        many = [a_pending(one, holder_id=f"h-{one}", called=f"c-{one}") for one in range(MANY)]
        await pendings.hold([*many, a_pending(MANY, decision="other")])
        found = await pendings.traced(["d:h-7", "d:c-1049", "d:c"])
        assert sorted(one.holder_id for one in found) == ["h-1049", "h-7"]

    async def test_is_found_also_where_an_earlier_release_kept_it(
        self, pendings: PendingStore, documents: MemoryDocuments
    ) -> None:
        await pendings.hold([a_pending(one, decision=f"d-{one}") for one in range(3)])
        for one in (0, 1):
            del documents._kept[PENDINGS.name][f"{one:032x}"]["traces"]  # noqa: SLF001
        assert [one.decision for one in await pendings.traced(["d-1:H"])] == ["d-1"]
        assert [one.decision for one in await pendings.traced(["d-0:c", "d-2:c"])] == ["d-2", "d-0"]

    async def test_of_one_decision_and_name_is_all_found(self, pendings: PendingStore) -> None:
        await pendings.hold([a_pending(one, holder_id=f"h-{one}") for one in range(MANY)])
        assert len(await pendings.traced(["d:x", "d:c"])) == MANY
