"""How often one may ask: never more than the limit, however many processes count, and however they end."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import APIRouter
from httpx import ASGITransport, AsyncClient

from services.identity.domain.limits import Limit, LimitKind, RateLimited
from services.identity.store import LIMITS, KeptLimits
from services.kernel.errors import Unavailable
from services.kernel.store.documents import Collection, DatabaseUnavailable, Document
from services.kernel.store.memory import MemoryDocuments
from services.kernel.web.http import create_app
from tests.identity.office import HandClock

LIMIT_OF: Mapping[LimitKind, Limit] = {
    "scan": Limit.a_minute(120),
    "lookup": Limit.a_minute(30),
    "statutory": Limit.a_day(50),
    "token": Limit.a_minute(600),
    "register": Limit.a_minute(600),
}
MOST = 120


class CountingDocuments(MemoryDocuments):
    """Lets others run in the middle of each call, and counts; may be away, or lose an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()
        self.away = False
        self.loses_answers = False

    async def insert(self, collection: Collection, document: Document) -> None:
        self.calls["insert"] += 1
        await asyncio.sleep(0)
        if self.away:
            raise DatabaseUnavailable("away")
        await super().insert(collection, document)
        if self.loses_answers:
            raise DatabaseUnavailable("written, and the answer was lost")

    async def get_many(self, collection: Collection, ids: Sequence[str]) -> dict[str, Document]:
        self.calls["get_many"] += 1
        await asyncio.sleep(0)
        return await super().get_many(collection, ids)


@pytest.fixture
def documents() -> CountingDocuments:
    return CountingDocuments()


@pytest.fixture
def clock() -> HandClock:
    return HandClock(datetime(2026, 3, 1, 8, 0, 12, 345000, tzinfo=UTC))


async def given_out(limits: KeptLimits, kind: LimitKind, who: str, *, tries: int) -> int:
    """How many of so many tries got through."""
    given = 0
    for _ in range(tries):
        try:
            await limits.take(kind, who)
            given += 1
        except RateLimited:
            pass
    return given


class TestTheLimit:
    async def test_is_exact_for_one_process(self, documents: CountingDocuments, clock: HandClock) -> None:
        limits = KeptLimits(documents, clock, LIMIT_OF)
        for kind, limit in LIMIT_OF.items():
            assert await given_out(limits, kind, "w001@staff", tries=limit.most + 20) == limit.most

    async def test_holds_for_32_tasks_over_two_processes(
        self, documents: CountingDocuments, clock: HandClock
    ) -> None:
        two = [KeptLimits(documents, clock, LIMIT_OF) for _ in range(2)]
        given = await asyncio.gather(
            *(given_out(two[task % 2], "scan", "w001@staff", tries=20) for task in range(32))
        )
        assert sum(given) == MOST

    async def test_holds_over_restarts_at_any_moment(
        self, documents: CountingDocuments, clock: HandClock
    ) -> None:
        """What a process took and did not use is lost to the next, never given out twice."""
        given = 0
        for used in (1, 7, 10, 11, 3, 25, 0, MOST, MOST):
            given += await given_out(KeptLimits(documents, clock, LIMIT_OF), "scan", "w001@staff", tries=used)
        assert 0 < given <= MOST

    async def test_holds_when_the_answer_of_a_write_is_lost(
        self, documents: CountingDocuments, clock: HandClock
    ) -> None:
        limits = KeptLimits(documents, clock, LIMIT_OF)
        documents.loses_answers = True
        for _ in range(3):
            with pytest.raises(Unavailable):
                await limits.take("scan", "w001@staff")
        documents.loses_answers = False
        assert await given_out(limits, "scan", "w001@staff", tries=200) == MOST - 3 * LIMIT_OF["scan"].chunk

    async def test_is_whole_again_in_the_next_window_and_not_before(
        self, documents: CountingDocuments, clock: HandClock
    ) -> None:
        limits = KeptLimits(documents, clock, LIMIT_OF)
        given = []
        # Half of a window's slots are left at hand when it ends: they are not taken along.
        for seconds in (0, 47, 0.654, 0.001, 59.998, 0.001, 0.001):
            clock.forward(seconds=seconds)
            given.append((clock.now().minute, await given_out(limits, "scan", "w001@staff", tries=65)))
        a_minute = Counter[int]()
        for minute, count in given:
            a_minute[minute] += count
        assert a_minute == {0: MOST, 1: MOST, 2: 65}

    async def test_holds_in_each_window_while_two_processes_race_across_the_border(
        self, documents: CountingDocuments, clock: HandClock
    ) -> None:
        """One process' clock is a little behind: it still counts in the window that it sees."""
        behind = HandClock(clock.now() - timedelta(milliseconds=300))
        two = [(one, KeptLimits(documents, one, LIMIT_OF)) for one in (clock, behind)]
        given = Counter[int]()

        async def ask(at: HandClock, limits: KeptLimits) -> None:
            for _ in range(30):
                minute = at.now().minute
                got = await given_out(limits, "scan", "w001@staff", tries=1)
                given[minute] += got

        for step in (47.5, 0.1, 0.1, 0.1, 0.1, 0.1):
            for each, _ in two:
                each.forward(seconds=step)
            await asyncio.gather(*(ask(*one) for one in two for _ in range(4)))
        assert given == {0: MOST, 1: MOST}

    async def test_is_each_ones_own(self, documents: CountingDocuments, clock: HandClock) -> None:
        limits = KeptLimits(documents, clock, LIMIT_OF)
        assert await given_out(limits, "lookup", "w001@staff", tries=40) == 30
        assert await given_out(limits, "lookup", "w002@staff", tries=40) == 30
        assert await given_out(limits, "scan", "w001@staff", tries=40) == 40

    async def test_of_a_day_ends_at_midnight_in_china(
        self, documents: CountingDocuments, clock: HandClock
    ) -> None:
        limits = KeptLimits(documents, clock, LIMIT_OF)
        assert await given_out(limits, "statutory", "w001@staff", tries=60) == 50
        clock.at = datetime(2026, 3, 1, 15, 59, 59, 999000, tzinfo=UTC)
        assert await given_out(limits, "statutory", "w001@staff", tries=60) == 0
        clock.at = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
        assert await given_out(limits, "statutory", "w001@staff", tries=60) == 50

    async def test_of_a_day_loses_nothing_in_a_restart(
        self, documents: CountingDocuments, clock: HandClock
    ) -> None:
        before, after = (KeptLimits(documents, clock, LIMIT_OF) for _ in range(2))
        assert await given_out(before, "statutory", "w001@staff", tries=17) == 17
        assert await given_out(after, "statutory", "w001@staff", tries=60) == 33


class TestWhoIsRefused:
    @pytest.mark.parametrize(
        ("kind", "at", "seconds"),
        [
            ("scan", datetime(2026, 3, 1, 8, 0, 0, tzinfo=UTC), 60),
            ("scan", datetime(2026, 3, 1, 8, 0, 12, 345000, tzinfo=UTC), 48),
            ("scan", datetime(2026, 3, 1, 8, 0, 59, tzinfo=UTC), 1),
            ("scan", datetime(2026, 3, 1, 8, 0, 59, 999000, tzinfo=UTC), 1),
            ("statutory", datetime(2026, 3, 1, 15, 59, 30, tzinfo=UTC), 30),
            ("statutory", datetime(2026, 3, 1, 16, 0, 0, tzinfo=UTC), 24 * 3600),
        ],
    )
    async def test_is_told_how_long_to_wait_and_then_let_in(
        self, documents: CountingDocuments, kind: LimitKind, at: datetime, seconds: int
    ) -> None:
        clock = HandClock(at)
        limits = KeptLimits(documents, clock, LIMIT_OF)
        await given_out(limits, kind, "w001@staff", tries=MOST)
        with pytest.raises(RateLimited) as refused:
            await limits.take(kind, "w001@staff")
        assert refused.value.retry_after == seconds
        clock.forward(seconds=seconds)
        await limits.take(kind, "w001@staff")

    async def test_reads_it_in_the_header(self) -> None:
        routes = APIRouter()

        @routes.get("/")
        async def refuse() -> None:
            raise LIMIT_OF["scan"].exceeded(at=datetime(2026, 3, 1, 8, 0, 18, tzinfo=UTC))

        async def ready() -> Mapping[str, str]:
            return {}

        app = create_app("limits", routers=[routes], readiness=ready)
        async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as http:
            answer = await http.get("/")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "42")
        assert answer.json()["code"] == "rate_limited"


class TestTheDatabase:
    async def test_is_rarely_written_to(self, documents: CountingDocuments, clock: HandClock) -> None:
        limits = KeptLimits(documents, clock, LIMIT_OF)
        await given_out(limits, "scan", "w001@staff", tries=MOST)
        assert documents.calls == {"insert": 12}

    async def test_is_left_alone_when_all_is_given_out(
        self, documents: CountingDocuments, clock: HandClock
    ) -> None:
        limits = KeptLimits(documents, clock, LIMIT_OF)
        await given_out(limits, "scan", "w001@staff", tries=1000)
        assert documents.calls == {"insert": 12}

    async def test_tells_a_new_process_in_one_read_what_is_taken(
        self, documents: CountingDocuments, clock: HandClock
    ) -> None:
        await given_out(KeptLimits(documents, clock, LIMIT_OF), "statutory", "w001@staff", tries=49)
        documents.calls.clear()
        await given_out(KeptLimits(documents, clock, LIMIT_OF), "statutory", "w001@staff", tries=1)
        assert documents.calls == {"insert": 2, "get_many": 1}

    async def test_is_rid_of_a_window_after_its_end(
        self, documents: CountingDocuments, clock: HandClock
    ) -> None:
        await KeptLimits(documents, clock, LIMIT_OF).take("scan", "w001@staff")
        (kept,) = await documents.find(LIMITS, {})
        assert kept["until"] == datetime(2026, 3, 1, 8, 1, tzinfo=UTC)
        assert LIMITS.indexes[0].expire_after == 3600

    async def test_that_is_away_lets_nobody_through(
        self, documents: CountingDocuments, clock: HandClock
    ) -> None:
        limits = KeptLimits(documents, clock, LIMIT_OF)
        documents.away = True
        for _ in range(5):
            with pytest.raises(Unavailable):
                await limits.take("scan", "w001@staff")
        documents.away = False
        assert await given_out(limits, "scan", "w001@staff", tries=200) == MOST

    async def test_that_goes_away_later_still_holds_what_was_taken(
        self, documents: CountingDocuments, clock: HandClock
    ) -> None:
        limits = KeptLimits(documents, clock, LIMIT_OF)
        await limits.take("scan", "w001@staff")
        documents.away = True
        assert await given_out(limits, "scan", "w001@staff", tries=9) == 9
        with pytest.raises(Unavailable):
            await limits.take("scan", "w001@staff")
