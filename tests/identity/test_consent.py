"""The holder's tap: what is sensitive waits for it, it is given once, and "not me" takes it back."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from services.identity.domain.mandates import Mandate, MandateRole
from services.identity.store import MANDATES, KeptMandates
from services.kernel.holders import HolderId
from services.kernel.stream import broadcast as law
from tests.identity.office import (
    ENTERPRISE,
    FOOD,
    HEALTH,
    HERE,
    ITEM,
    NAME,
    NUMBER,
    PERSON,
    SHOP,
    Json,
    Office,
    claims_of,
)

MANDATE = HolderId("M57CGLK2EIP5SGLF5RTEQFEWAJ")
AGENT = {"id_type": "411", "id_number": "E12345678", "name": "陈禾"}


@pytest.fixture
async def sensitive(office: Office) -> Office:
    """One of the two types that the item asks for shows something sensitive."""
    await office.publish_type(HEALTH, version=2, sensitive=True)
    return office


async def pending(office: Office, **changes: Any) -> Json:
    answer = await office.scan(await office.code(), **changes)
    assert (answer.status_code, answer.json()["state"]) == (201, "pending"), answer.text
    return dict(answer.json())


async def mine(office: Office, holder: Json = PERSON) -> str:
    return await office.resident(await office.holder_id(holder))


async def tap(office: Office, scan_id: str, decision: str, token: str = "") -> httpx.Response:
    path = f"/v1/me/scans/{scan_id}/decision"
    return await office.call("POST", path, token or await mine(office), json={"decision": decision})


async def not_me(office: Office, scan_id: str, token: str = "") -> httpx.Response:
    return await office.call("POST", f"/v1/me/scans/{scan_id}/not-me", token or await mine(office))


async def see(office: Office, scan_id: str, token: str = "", *, wait: int = 0) -> httpx.Response:
    who = token or await office.operator()
    return await office.call("GET", f"/v1/scans/{scan_id}", who, params={"wait": wait})


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class TestWhatWaits:
    async def test_is_any_scan_for_something_sensitive_and_it_gives_no_grant(self, sensitive: Office) -> None:
        seen = await pending(sensitive)
        assert (seen["grant"], seen["grant_expires_at"], seen["basis"]) == (None, None, None)
        assert seen["consent_until"] == "2026-03-01T08:02:00Z"
        assert seen["holder"]["name_masked"] == "欧阳**"
        assert await sensitive.said("identity-grant") == []
        [scan] = await sensitive.said("identity-scan")
        assert (scan["state"], scan["certificate_types"]) == ("pending", [FOOD, HEALTH])

    async def test_is_also_a_scan_for_a_type_that_nobody_described(self, office: Office) -> None:
        unknown = "11100000MB9999900G999"
        await office.publish_item(version=2, required=(FOOD, unknown))
        await office.put_organisation(may_ask_for=[FOOD, unknown])
        await office.until(lambda: office.kept_item()["heard_version"] == 2)
        await pending(office)

    async def test_is_nothing_when_the_organisation_may_not_ask_for_the_sensitive_one(
        self, sensitive: Office
    ) -> None:
        await sensitive.put_organisation(may_ask_for=[FOOD])
        seen = (await sensitive.scan(await sensitive.code())).json()
        assert (seen["state"], seen["basis"], seen["withheld_types"]) == (
            "granted",
            "holder_presented",
            [HEALTH],
        )

    async def test_is_given_to_the_same_operator_again_and_counts_once(self, sensitive: Office) -> None:
        code = await sensitive.code()
        first, again = (await sensitive.scan(code)).json(), (await sensitive.scan(code)).json()
        assert first == again
        assert len(await sensitive.said("identity-scan")) == 1


class TestThePhone:
    async def test_shows_who_asks_where_for_what_and_which_fields(self, sensitive: Office) -> None:
        seen = await pending(sensitive, case_number="YX-7")
        answer = await sensitive.call("GET", "/v1/me/scans", await mine(sensitive))
        [scan] = answer.json()["scans"]
        assert (scan["operator"], scan["organisation"], scan["counter"]) == ("w001@staff", HERE, "3号窗口")
        assert (scan["organisation_name"], scan["item"]) == ("郧西县市场监督管理局", ITEM)
        assert (scan["item_name"], scan["purpose"]) == ("食品经营许可变更", "办理食品经营许可变更")
        assert (scan["case_number"], scan["state"]) == ("YX-7", "pending")
        [food, health] = scan["certificate_types"]
        assert (food["certificate_type"], food["name"]) == (FOOD, "食品经营许可证")
        assert health["fields"] == [{"name": "number", "term": "证照编号", "sensitive": True}]
        one = await sensitive.call("GET", f"/v1/me/scans/{seen['scan_id']}", await mine(sensitive))
        assert one.json() == scan

    async def test_shows_nothing_of_anybody_else(self, sensitive: Office) -> None:
        seen = await pending(sensitive)
        other = await mine(sensitive, AGENT)
        none = await sensitive.call("GET", f"/v1/me/scans/{'0' * 32}", other)
        for answer in (
            await sensitive.call("GET", f"/v1/me/scans/{seen['scan_id']}", other),
            await tap(sensitive, seen["scan_id"], "approve", other),
            await not_me(sensitive, seen["scan_id"], other),
        ):
            theirs = {name: answer.json()[name] for name in ("code", "detail", "status")}
            assert theirs == {name: none.json()[name] for name in theirs} | {"status": 404}
        assert (await sensitive.call("GET", "/v1/me/scans", other)).json() == {"scans": []}
        assert (await tap(sensitive, seen["scan_id"], "approve")).status_code == 200

    async def test_lists_the_newest_first(self, office: Office) -> None:
        for _ in range(3):
            await office.scan(await office.code())
            office.clock.forward(seconds=1)
        found = (await office.call("GET", "/v1/me/scans", await mine(office), params={"limit": 2})).json()
        times = [one["scanned_at"] for one in found["scans"]]
        assert times == ["2026-03-01T08:00:02Z", "2026-03-01T08:00:01Z"]


class TestTheTap:
    async def test_gives_the_grant_from_then_on(self, sensitive: Office) -> None:
        seen = await pending(sensitive)
        sensitive.clock.forward(seconds=30)
        answer = (await tap(sensitive, seen["scan_id"], "approve")).json()
        assert (answer["state"], answer["basis"]) == ("granted", "holder_consent")
        now = (await see(sensitive, seen["scan_id"])).json()
        said = claims_of(now["grant"])
        assert (said["basis"], said["mode"]) == ("holder_consent", "presented")
        assert (said["exp"] - said["iat"], now["grant_expires_at"]) == (600, "2026-03-01T08:10:30Z")
        assert said["holder_ids"] == [await sensitive.holder_id()]
        [given] = await sensitive.said("identity-grant")
        assert (given["grant_id"], given["basis"]) == (said["jti"], "holder_consent")
        assert [one["state"] for one in await sensitive.said("identity-scan")] == ["pending", "granted"]

    async def test_that_declines_is_final(self, sensitive: Office) -> None:
        seen = await pending(sensitive)
        assert (await tap(sensitive, seen["scan_id"], "decline")).json()["state"] == "declined"
        assert (await tap(sensitive, seen["scan_id"], "decline")).status_code == 200
        assert told(await tap(sensitive, seen["scan_id"], "approve")) == (409, "consent_decided")
        now = (await see(sensitive, seen["scan_id"])).json()
        assert (now["state"], now["grant"]) == ("declined", None)
        assert await sensitive.said("identity-grant") == []

    async def test_counts_once_however_often_it_is_sent(self, sensitive: Office) -> None:
        seen = await pending(sensitive)
        answers = await asyncio.gather(*(tap(sensitive, seen["scan_id"], "approve") for _ in range(8)))
        assert {one.status_code for one in answers} == {200}
        assert len(await sensitive.said("identity-grant")) == 1

    async def test_and_its_opposite_racing_in_two_processes_leave_one(self, sensitive: Office) -> None:
        async with Office(sensitive.keys, sensitive.clock, sensitive.documents, sensitive.bus) as second:
            for _ in range(10):
                seen = await pending(sensitive)
                token = await mine(sensitive)
                answers = await asyncio.gather(
                    *(
                        tap((sensitive, second)[place % 2], seen["scan_id"], decision, token)
                        for place, decision in enumerate(["approve", "decline"] * 3)
                    )
                )
                stands = (await see(sensitive, seen["scan_id"])).json()["state"]
                taken = {one.json()["state"] for one in answers if one.status_code == 200}
                refused = {one.json()["code"] for one in answers if one.status_code != 200}
                assert (taken, refused) == ({stands}, {"consent_decided"})
                decided = [
                    one
                    for one in await sensitive.said("identity-scan") + await second.said("identity-scan")
                    if one["scan_id"] == seen["scan_id"] and "decided_at" in one
                ]
                assert {one["state"] for one in decided} == {stands}

    async def test_comes_too_late_when_the_time_is_over(self, sensitive: Office) -> None:
        seen = await pending(sensitive)
        sensitive.clock.forward(seconds=120)
        assert (await see(sensitive, seen["scan_id"])).json()["state"] == "expired"
        for decision in ("approve", "decline"):
            assert told(await tap(sensitive, seen["scan_id"], decision)) == (410, "consent_expired")
        assert await sensitive.said("identity-grant") == []

    async def test_gives_nothing_to_an_operator_who_left_meanwhile(self, sensitive: Office) -> None:
        seen = await pending(sensitive)
        await sensitive.remove_operator("w001")
        assert (await tap(sensitive, seen["scan_id"], "approve")).status_code in {403, 410}
        assert [one["reason"] for one in await sensitive.said("identity-grant")] in ([], ["operator_removed"])


class TestNotMe:
    async def test_withdraws_the_grant_and_says_so(self, office: Office) -> None:
        seen = (await office.scan(await office.code())).json()
        answer = (await not_me(office, seen["scan_id"])).json()
        assert (answer["state"], answer["withdrawn_reason"]) == ("withdrawn", "disputed")
        given, withdrawn = await office.said("identity-grant")
        assert (withdrawn["grant_id"], withdrawn["reason"]) == (given["grant_id"], "disputed")
        disputed = (await office.said("identity-scan"))[-1]
        assert (disputed["operator"], disputed["counter"]) == ("w001@staff", "3号窗口")
        now = (await see(office, seen["scan_id"])).json()
        assert (now["state"], now["grant"]) == ("withdrawn", None)

    async def test_is_said_once_however_often_it_is_tapped(self, office: Office) -> None:
        seen = (await office.scan(await office.code())).json()
        answers = await asyncio.gather(*(not_me(office, seen["scan_id"]) for _ in range(5)))
        assert {one.status_code for one in answers} == {200}
        assert len(await office.said("identity-grant")) == 2

    async def test_before_the_tap_leaves_nothing_to_approve(self, sensitive: Office) -> None:
        seen = await pending(sensitive)
        await not_me(sensitive, seen["scan_id"])
        assert told(await tap(sensitive, seen["scan_id"], "approve")) == (410, "scan_withdrawn")

    async def test_is_heard_also_when_the_grant_is_long_over(self, office: Office) -> None:
        seen = (await office.scan(await office.code())).json()
        holder_id = await office.holder_id()
        office.clock.forward(days=2)
        answer = await not_me(office, seen["scan_id"], await office.resident(holder_id))
        assert (answer.status_code, answer.json()["disputed_at"]) == (200, "2026-03-03T08:00:00Z")
        assert len(await office.said("identity-grant")) == 1

    async def test_racing_the_approval_never_leaves_a_grant(self, sensitive: Office) -> None:
        for _ in range(10):
            seen = await pending(sensitive)
            await asyncio.gather(
                tap(sensitive, seen["scan_id"], "approve"), not_me(sensitive, seen["scan_id"])
            )
            assert (await see(sensitive, seen["scan_id"])).json()["state"] == "withdrawn"


class TestTheCounter:
    async def test_sees_its_own_scans_and_nobody_elses(self, office: Office) -> None:
        seen = (await office.scan(await office.code())).json()
        assert (await see(office, seen["scan_id"])).json()["state"] == "granted"
        assert told(await see(office, seen["scan_id"], await office.operator("w002"))) == (
            404,
            "scan_unknown",
        )
        assert told(await see(office, "0" * 32)) == (404, "scan_unknown")
        assert told(await see(office, seen["scan_id"], await mine(office))) == (403, "caller_kind_wrong")

    async def test_waits_for_the_tap_that_another_process_took(
        self, sensitive: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(law, "LOOK_S", 60.0)  # so that nothing but the ring can wake it
        async with Office(sensitive.keys, sensitive.clock, sensitive.documents, sensitive.bus) as second:
            await second.until(second.hears)
            seen = await pending(sensitive)
            waiting = asyncio.create_task(see(second, seen["scan_id"], await sensitive.operator(), wait=25))
            await second.until(lambda: second.waiting() > 0)
            await tap(sensitive, seen["scan_id"], "approve")
            answer = (await waiting).json()
        assert (answer["state"], claims_of(answer["grant"])["basis"]) == ("granted", "holder_consent")

    async def test_is_answered_also_when_the_ring_was_lost(self, sensitive: Office) -> None:
        """The store is the truth; the ring only saves time."""
        async with Office(sensitive.keys, sensitive.clock, sensitive.documents, sensitive.bus) as second:
            await second.silence()
            seen = await pending(sensitive)
            waiting = asyncio.create_task(see(second, seen["scan_id"], await sensitive.operator(), wait=25))
            await second.until(lambda: second.waiting() > 0)
            await tap(sensitive, seen["scan_id"], "decline")
            assert (await waiting).json()["state"] == "declined"

    async def test_is_told_at_the_end_of_its_wait_that_nothing_happened(self, sensitive: Office) -> None:
        seen = await pending(sensitive)
        assert (await see(sensitive, seen["scan_id"], wait=1)).json()["state"] == "pending"

    async def test_keeps_only_a_few_waits_open(self, sensitive: Office) -> None:
        seen = await pending(sensitive)
        token = await sensitive.operator()
        waits = [asyncio.create_task(see(sensitive, seen["scan_id"], token, wait=25)) for _ in range(4)]
        await sensitive.until(lambda: sensitive.waiting() == 4)
        assert told(await see(sensitive, seen["scan_id"], token, wait=25)) == (429, "too_many_waiting")
        await tap(sensitive, seen["scan_id"], "approve")
        assert {(await one).json()["state"] for one in waits} == {"granted"}
        assert sensitive.waiting() == 0

    @pytest.mark.parametrize("wait", [-1, 26])
    async def test_waits_no_longer_than_a_connection_is_held(self, office: Office, wait: int) -> None:
        assert told(await see(office, "0" * 32, wait=wait)) == (422, "request_invalid")


class Stream:
    """A server-sent stream, read as it comes."""

    def __init__(self, office: Office, path: str, token: str) -> None:
        self._office, self._path, self._token = office, path, token
        self.status = 0
        self._chunks: asyncio.Queue[bytes] = asyncio.Queue()
        self._gone = asyncio.Event()
        self.ended = asyncio.Event()

    async def run(self) -> None:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "path": self._path,
            "raw_path": self._path.encode(),
            "query_string": b"",
            "root_path": "",
            "scheme": "http",
            "server": ("identity.test", 80),
            "headers": [(b"authorization", f"Bearer {self._token}".encode())],
        }
        asked = False

        async def receive() -> Json:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await self._gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Json) -> None:
            self.status = message.get("status", self.status)
            self._chunks.put_nowait(message.get("body", b""))

        await self._office.service.http()(scope, receive, send)  # type: ignore[arg-type]
        self.ended.set()

    async def event(self) -> Json:
        """The next that is no sign of life."""
        async with asyncio.timeout(5):
            while True:
                for line in (await self._chunks.get()).decode().splitlines():
                    if line.startswith("data: "):
                        return dict(json.loads(line.removeprefix("data: ")))

    def hang_up(self) -> None:
        self._gone.set()


@asynccontextmanager
async def following(office: Office, path: str, token: str) -> AsyncIterator[Stream]:
    stream = Stream(office, path, token)
    running = asyncio.create_task(stream.run())
    try:
        yield stream
    finally:
        stream.hang_up()
        await asyncio.wait_for(running, 5)


class TestStreams:
    async def test_reach_the_counter_with_the_tap_and_then_end(self, sensitive: Office) -> None:
        seen = await pending(sensitive)
        path = f"/v1/scans/{seen['scan_id']}/events"
        async with following(sensitive, path, await sensitive.operator()) as stream:
            assert (await stream.event())["state"] == "pending"
            await tap(sensitive, seen["scan_id"], "approve")
            event = await stream.event()
            assert (event["state"], claims_of(event["grant"])["scan_id"]) == ("granted", seen["scan_id"])
            await asyncio.wait_for(stream.ended.wait(), 5)
        assert sensitive.waiting() == 0

    async def test_reach_the_phone_with_each_scan_at_once_from_another_process(
        self, sensitive: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(law, "LOOK_S", 60.0)
        async with Office(sensitive.keys, sensitive.clock, sensitive.documents, sensitive.bus) as second:
            await second.until(second.hears)
            async with following(second, "/v1/me/scans/events", await mine(sensitive)) as stream:
                await second.until(lambda: second.waiting() > 0)
                seen = await pending(sensitive)
                event = await stream.event()
                assert (event["scan_id"], event["state"]) == (seen["scan_id"], "pending")
                await not_me(sensitive, seen["scan_id"])
                assert (await stream.event())["state"] == "withdrawn"

    async def test_begin_on_the_phone_with_what_waits_for_a_tap(self, sensitive: Office) -> None:
        first = await pending(sensitive)
        await tap(sensitive, first["scan_id"], "decline")
        second = await pending(sensitive)
        sensitive.clock.forward(seconds=1)
        async with following(sensitive, "/v1/me/scans/events", await mine(sensitive)) as stream:
            assert (await stream.event())["scan_id"] == second["scan_id"]

    async def test_let_go_of_whoever_hangs_up(self, sensitive: Office) -> None:
        async with following(sensitive, "/v1/me/scans/events", await mine(sensitive)) as stream:
            await sensitive.until(lambda: sensitive.waiting() > 0)
            stream.hang_up()
            await asyncio.wait_for(stream.ended.wait(), 5)
        await sensitive.until(lambda: sensitive.waiting() == 0)

    async def test_end_when_the_process_is_told_to_stop(self, sensitive: Office) -> None:
        seen = await pending(sensitive)
        token = await sensitive.operator()
        waiting = asyncio.create_task(see(sensitive, seen["scan_id"], token, wait=25))
        async with following(sensitive, "/v1/me/scans/events", await mine(sensitive)) as stream:
            await sensitive.until(lambda: sensitive.waiting() == 2)
            assert sensitive.service.broadcast is not None
            sensitive.service.broadcast.end()
            await asyncio.wait_for(stream.ended.wait(), 5)
        assert (await waiting).json()["state"] == "pending"

    async def test_refuse_with_a_reason_and_not_with_a_stream(self, sensitive: Office) -> None:
        answer = await sensitive.call("GET", f"/v1/scans/{'0' * 32}/events", await sensitive.operator())
        assert told(answer) == (404, "scan_unknown")

    async def test_tell_no_name_and_no_number(self, sensitive: Office) -> None:
        await pending(sensitive)
        async with following(sensitive, "/v1/me/scans/events", await mine(sensitive)) as stream:
            event = str(await stream.event())
        assert NAME not in event
        assert NUMBER not in event


async def mandated(
    office: Office,
    *,
    role: MandateRole = "legal_representative",
    until: datetime | None = None,
    **more: object,
) -> tuple[str, str, str]:
    """A mandate of the shop; the code that its agent shows, and the agent's own and acting tokens."""
    principal, agent = HolderId(await office.holder_id(ENTERPRISE)), HolderId(await office.holder_id(AGENT))
    mandate = Mandate(
        mandate_id=MANDATE,
        principal=principal,
        agent=agent,
        role=role,
        state="open",
        until=until,
        changed_at=office.clock.now(),
        **more,  # type: ignore[arg-type]
    )
    await KeptMandates(office.documents, office.aggregates(MANDATES)).add(mandate)
    kind = "resident" if mandate.is_whole else "agent"
    acting = await office.resident(principal, kind=kind, actor=agent, mandate_id=MANDATE)
    code = office.world_codes().write(
        mandate_id=MANDATE, expires_at=office.clock.now() + timedelta(seconds=60)
    )
    return code, await office.resident(agent), acting


class TestUnderAMandate:
    async def test_says_in_what_capacity_and_for_whom(self, office: Office) -> None:
        code, *_ = await mandated(office)
        seen = (await office.scan(code)).json()
        assert (seen["mode"], seen["basis"]) == ("mandate", "mandate")
        assert seen["capacity"] == {"role": "legal_representative", "acts_for": SHOP}
        said = claims_of(seen["grant"])
        assert said["sub"] == await office.holder_id(ENTERPRISE)
        assert (said["actor"], said["mandate_id"]) == (await office.holder_id(AGENT), MANDATE)
        [given] = await office.said("identity-grant")
        assert given["mandate_id"] == MANDATE

    async def test_gives_no_grant_that_outlives_the_mandate(self, office: Office) -> None:
        code, *_ = await mandated(office, until=office.clock.now() + timedelta(minutes=3))
        assert (await office.scan(code)).json()["grant_expires_at"] == "2026-03-01T08:03:00Z"

    async def test_waits_for_the_tap_of_who_showed_the_code(self, sensitive: Office) -> None:
        code, own, acting = await mandated(sensitive)
        seen = (await sensitive.scan(code)).json()
        principal = await mine(sensitive, ENTERPRISE)
        assert told(await tap(sensitive, seen["scan_id"], "approve", principal)) == (
            403,
            "consent_of_another",
        )
        answer = (await tap(sensitive, seen["scan_id"], "approve", acting)).json()
        assert (answer["state"], answer["basis"], answer["role"]) == (
            "granted",
            "mandate",
            "legal_representative",
        )
        assert (await tap(sensitive, seen["scan_id"], "approve", own)).json() == answer

    async def test_lets_both_sides_see_it_and_say_not_me(self, office: Office) -> None:
        code, own, acting = await mandated(office, role="agent", items=(ITEM,))
        seen = (await office.scan(code)).json()
        for token in (own, acting, await mine(office, ENTERPRISE)):
            [scan] = (await office.call("GET", "/v1/me/scans", token)).json()["scans"]
            assert scan["scan_id"] == seen["scan_id"]
        assert (await not_me(office, seen["scan_id"], await mine(office, ENTERPRISE))).status_code == 200
        assert (await see(office, seen["scan_id"])).json()["state"] == "withdrawn"

    async def test_shows_an_agent_for_some_items_nothing_that_the_holder_did(self, office: Office) -> None:
        await office.scan(await office.code(ENTERPRISE))
        _, own, acting = await mandated(office, role="agent", items=(ITEM,))
        for token in (own, acting):
            assert (await office.call("GET", "/v1/me/scans", token)).json() == {"scans": []}

    async def test_refuses_another_item_an_ended_mandate_and_a_frozen_side(self, office: Office) -> None:
        code, own, _ = await mandated(office, role="agent", items=("another",))
        assert told(await office.scan(code)) == (403, "mandate_other_item")
        await office.call("POST", "/v1/me/freeze", own, json={"reason": "丢了"})
        assert told(await office.scan(code)) == (403, "holder_frozen")
        await office.call("POST", "/v1/me/unfreeze", own, json={"reason": "找到了"})
        await office.call("POST", f"/v1/mandates/{MANDATE}/end", await mine(office, ENTERPRISE))
        assert told(await office.scan(code)) == (410, "mandate_ended")
