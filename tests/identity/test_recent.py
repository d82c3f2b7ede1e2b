"""What was told of holders in the last minutes: as long as it is nothing, a code is shown without a look."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.identity.events import HolderRegistered, StandingChanged
from services.identity.recent import RecentlyTold
from services.kernel.event import Record
from services.kernel.store.documents import Collection, DatabaseUnavailable, Document
from tests.identity.office import NUMBER, HandClock, Office

TOPIC, TOLD, OTHER = "identity-holder", StandingChanged.type, HolderRegistered.type
MINUTES = timedelta(minutes=11)


class Said:
    """Ears whose records are put in by hand."""

    def __init__(self) -> None:
        self.records: asyncio.Queue[Record | None] = asyncio.Queue()

    async def listen(self, topics: Sequence[str]) -> AsyncIterator[Record | None]:
        while True:
            yield await self.records.get()


class Listening:
    def __init__(self) -> None:
        self.clock, self.said = HandClock(), Said()
        self.recent = RecentlyTold(self.said, {TOLD}, self.clock, kept=MINUTES)
        self._heard = self.recent.listen((TOPIC,))

    async def hears(self, key: str | None, kind: str = TOLD) -> None:
        headers = (("ce_type", kind.encode()),)
        await self.said.records.put(
            None if key is None else Record(topic=TOPIC, key=key, headers=headers, value=b"")
        )
        await anext(self._heard)

    def is_news(self, *holder_ids: str, made: float = 0) -> bool:
        """Of a token made so many seconds ago."""
        return self.recent.any_of(holder_ids, since=self.clock.now() - timedelta(seconds=made))

    async def ends(self) -> None:
        await self._heard.aclose()  # type: ignore[attr-defined]  # an async generator


@pytest.fixture
async def listening() -> Listening:
    """For a while already."""
    one = Listening()
    await one.hears(None)
    one.clock.forward(seconds=60)
    return one


class TestRecentlyTold:
    async def test_knows_nothing_before_it_listens_nor_of_before(self) -> None:
        one = Listening()
        assert one.is_news("A")
        await one.hears(None)
        assert one.is_news("A")
        one.clock.forward(seconds=60)
        assert not one.is_news("A", made=50)
        assert one.is_news("A", made=56)
        assert one.recent.any_of(("A",), since=None)

    async def test_tells_of_whom_it_heard_and_of_nobody_else(self, listening: Listening) -> None:
        await listening.hears("A")
        await listening.hears("B", OTHER)
        assert listening.is_news("C", "A")
        assert not listening.is_news("B", "C")

    async def test_keeps_it_for_a_tokens_life_from_the_last_time_on(self, listening: Listening) -> None:
        await listening.hears("A")
        listening.clock.forward(seconds=400)
        await listening.hears("B")
        await listening.hears("A")
        listening.clock.forward(seconds=400)
        await listening.hears("C")
        assert listening.is_news("A")
        assert listening.is_news("B")
        listening.clock.forward(seconds=300)
        await listening.hears("C")
        assert not listening.is_news("A")
        assert not listening.is_news("B")

    async def test_that_may_have_missed_something_trusts_no_older_token(self, listening: Listening) -> None:
        assert not listening.is_news("A", made=30)
        await listening.hears(None)
        assert listening.is_news("A", made=30)
        listening.clock.forward(seconds=60)
        assert not listening.is_news("A", made=30)

    async def test_that_listens_no_more_knows_nothing(self, listening: Listening) -> None:
        await listening.ends()
        assert listening.is_news("A")

    async def test_that_hears_too_much_forgets_all_and_trusts_no_older_token(
        self, listening: Listening, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.identity.recent._MOST", 2)
        for key in ("A", "B", "C"):
            await listening.hears(key)
        for holder_id in ("A", "B", "C", "D"):
            assert listening.is_news(holder_id, made=1)


class Unread:
    """A database that counts its reads."""

    def __init__(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reads: list[str] = []
        self._get = office.documents.get
        self.away = False
        monkeypatch.setattr(office.documents, "get", self.get)

    async def get(self, collection: Collection, document_id: str) -> Document | None:
        self.reads.append(collection.name)
        if self.away:
            raise DatabaseUnavailable("away")
        return await self._get(collection, document_id)


class TestShowingACode:
    @pytest.fixture
    async def shown(self, office: Office) -> tuple[Office, str]:
        """A process that has listened for a while, and a token that is younger than that."""
        holder_id = await office.holder_id()
        await office.until(lambda: office.service.broadcast is not None and office.service.broadcast.hearing)
        office.clock.forward(seconds=60)
        return office, await office.resident(holder_id, code_kind="person")

    async def ask(self, office: Office, token: str) -> tuple[int, Any]:
        answer = await office.call("POST", "/v1/codes", token)
        return answer.status_code, answer.json().get("code")

    async def test_reads_nothing_while_nothing_was_told_of_the_holder(
        self, shown: tuple[Office, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        office, token = shown
        database = Unread(office, monkeypatch)
        database.away = True
        status, code = await self.ask(office, token)
        assert (status, database.reads) == (200, [])
        database.away = False
        assert (await office.scan(code)).status_code == 201

    async def test_is_refused_to_the_older_token_soon_after_a_freeze(self, shown: tuple[Office, str]) -> None:
        office, token = shown
        said = {"id_type": "111", "id_number": NUMBER, "reason": "手机丢失", "checked": "电话核实"}
        code = (await self.ask(office, token))[1]
        await office.call("POST", "/v1/holders:freeze", await office.operator("h1", "hotline"), json=said)
        assert (await office.scan(code)).json()["code"] == "holder_frozen"
        async with asyncio.timeout(5):
            while (await self.ask(office, token))[0] == 200:  # noqa: ASYNC110 - as a phone would
                await asyncio.sleep(0)
        assert await self.ask(office, token) == (403, "holder_frozen")

    async def test_is_refused_to_who_signed_in_while_frozen(self, shown: tuple[Office, str]) -> None:
        office, _ = shown
        holder_id = await office.holder_id()
        token = await office.resident(holder_id)
        await office.call("POST", "/v1/me/freeze", token, json={"reason": "手机丢了"})
        office.clock.forward(seconds=3600)
        again = await office.resident(holder_id, code_kind=None)
        assert await self.ask(office, again) == (403, "holder_frozen")
