"""Freezing, thawing and ending codes."""

import asyncio
from datetime import UTC, datetime

import httpx
import pytest

from services.identity.domain.standings import Standing
from services.identity.store import STANDINGS
from services.kernel.holders import HolderId
from tests.identity.office import ENTERPRISE, NUMBER, PERSON, Json, Office
from tests.identity.unseen import as_seen, citizen, passport, work_of

NUMBERED = {"id_type": "111", "id_number": NUMBER}
WHY = {"reason": "手机丢失", "checked": "核验身份证原件"}
COMPANY = {name: ENTERPRISE[name] for name in ("id_type", "id_number")}


async def act(
    office: Office, what: str, whose: Json = NUMBERED, *roles: str, **more: object
) -> httpx.Response:
    who = await office.operator(f"w-{'-'.join(roles)}", *roles)
    said = {"id_type": whose["id_type"], "id_number": whose["id_number"], **WHY, **more}
    return await office.call("POST", f"/v1/holders:{what}", who, json=said)


async def me(office: Office, holder_id: str, what: str = "", method: str = "POST") -> httpx.Response:
    """By who has just signed in."""
    office.clock.forward(milliseconds=1)
    return await office.call(method, f"/v1/me{what}", await office.resident(holder_id))


async def shows(office: Office, holder_id: str) -> str:
    """What comes of signing in and showing a code: ok, or the reason."""
    office.clock.forward(milliseconds=1)
    answer = await office.call("POST", "/v1/codes", await office.resident(holder_id))
    return "ok" if answer.status_code == 200 else str(answer.json()["code"])


class TestFreezing:
    async def test_by_the_holder_stops_the_codes_until_they_are_thawed(self, office: Office) -> None:
        holder_id = await office.holder_id()
        assert (await me(office, holder_id, "/freeze")).json()["state"] == "frozen"
        assert await shows(office, holder_id) == "holder_frozen"
        assert (await me(office, holder_id, "/unfreeze")).json()["state"] == "active"
        assert await shows(office, holder_id) == "ok"

    @pytest.mark.parametrize(
        ("roles", "acting_as"), [((), "counter"), (("hotline",), "hotline"), (("authority",), "authority")]
    )
    async def test_by_operators_stops_the_codes_and_says_who_acted(
        self, office: Office, roles: tuple[str, ...], acting_as: str
    ) -> None:
        holder_id = await office.holder_id()
        answer = await act(office, "freeze", NUMBERED, *roles)
        assert (answer.status_code, answer.json()) == (200, {"state": "frozen"})
        assert await shows(office, holder_id) == "holder_frozen"
        said = (await office.said("identity-holder"))[-1]
        assert (said["state"], said["acting_as"], said["holder_id"]) == ("frozen", acting_as, holder_id)

    async def test_of_a_number_nobody_registered_holds_when_its_holder_comes(self, office: Office) -> None:
        await act(office, "freeze")
        assert await shows(office, await office.holder_id()) == "holder_frozen"

    async def test_ends_the_sessions_and_a_second_one_those_begun_since(self, office: Office) -> None:
        holder_id = await office.holder_id()
        ended = []
        for _ in range(2):
            await act(office, "freeze", NUMBERED, "hotline")
            kept = office.kept(STANDINGS, holder_id)
            assert kept is not None
            assert kept["sessions_end_at"] == office.clock.now()
            ended.append(kept["sessions_end_at"])
            office.clock.forward(minutes=5)
        assert ended[0] < ended[1]

    async def test_thawing_does_not_bring_ended_sessions_back(self, office: Office) -> None:
        holder_id = await office.holder_id()
        begun = office.clock.now()
        await me(office, holder_id, "/freeze")
        office.clock.forward(seconds=1)
        await me(office, holder_id, "/unfreeze")
        kept = office.kept(STANDINGS, holder_id)
        assert kept is not None
        standing = Standing(holder_id=HolderId(holder_id), sessions_end_at=kept["sessions_end_at"])
        assert standing.ends_session(begun_at=begun)
        assert not standing.ends_session(begun_at=office.clock.now())

    async def test_by_an_authority_is_lifted_by_an_authority_alone(self, office: Office) -> None:
        holder_id = await office.holder_id()
        await act(office, "freeze", NUMBERED, "authority")
        # A lower freeze on top of it takes nothing away from it.
        await act(office, "freeze", NUMBERED, "hotline")
        for roles in ((), ("hotline",)):
            answer = await act(office, "unfreeze", NUMBERED, *roles)
            assert (answer.status_code, answer.json()["code"]) == (403, "freeze_by_authority")
        assert (await me(office, holder_id, "/unfreeze")).json()["code"] == "freeze_by_authority"
        assert (await act(office, "unfreeze", NUMBERED, "authority")).json() == {"state": "active"}

    async def test_of_twenty_at_once_all_get_the_same_answer(self, office: Office) -> None:
        answers = await asyncio.gather(*(act(office, "freeze") for _ in range(6)))
        assert {(one.status_code, one.text) for one in answers} == {(200, '{"state":"frozen"}')}

    async def test_is_refused_to_who_left_the_service_whatever_the_token_says(self, office: Office) -> None:
        token = await office.operator("gone")
        admin = await office.token("admin")
        await office.call("DELETE", "/v1/operators/gone@staff", admin)
        answer = await office.call("POST", "/v1/holders:freeze", token, json=NUMBERED | WHY)
        assert (answer.status_code, answer.json()["code"]) == (403, "operator_removed")

    @pytest.mark.parametrize("lacking", ["reason", "checked"])
    async def test_is_refused_without_reason_or_check(self, office: Office, lacking: str) -> None:
        answer = await act(office, "freeze", NUMBERED, **{lacking: "  "})
        assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")

    async def test_keeps_what_the_clerk_wrote_out_of_the_clear(self, office: Office) -> None:
        await act(office, "freeze", NUMBERED, reason="欧阳禾苗来电", checked="回拨13800000000")
        await office.said("identity-holder")
        records = [one for topic in office.bus.topics.values() for one in topic]
        everything = repr(office.documents._kept) + repr(records)  # noqa: SLF001
        assert [text for text in ("欧阳禾苗", "13800000000", NUMBER) if text in everything] == []


class TestEnding:
    async def test_of_a_person_is_for_an_authority_alone(self, office: Office) -> None:
        answer = await act(office, "close", NUMBERED, "hotline", state="deceased")
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")

    async def test_stops_the_codes_and_nobody_else_thaws_them(self, office: Office) -> None:
        holder_id = await office.holder_id()
        answer = await act(office, "close", NUMBERED, "authority", state="deceased")
        assert answer.json() == {"state": "deceased"}
        assert await shows(office, holder_id) == "holder_ended"
        assert (await act(office, "unfreeze")).json()["code"] == "standing_final"
        assert (await me(office, holder_id, "/freeze")).json()["code"] == "standing_final"
        assert (await act(office, "unfreeze", NUMBERED, "authority")).json() == {"state": "active"}

    async def test_of_an_enterprise_is_a_dissolution(self, office: Office) -> None:
        holder_id = await office.holder_id(ENTERPRISE)
        wrong = await act(office, "close", COMPANY, "authority", state="deceased")
        assert (wrong.status_code, wrong.json()["code"]) == (422, "end_not_of_kind")
        await act(office, "close", COMPANY, "authority", state="dissolved")
        assert await shows(office, holder_id) == "holder_ended"


class TestNobodyLearnsWhoIsRegistered:
    @pytest.mark.parametrize("what", ["freeze", "unfreeze", "close"])
    async def test_by_the_answers_for_numbers_in_sequence(self, office: Office, what: str) -> None:
        for sequence in range(0, 20, 2):
            await office.register(citizen(sequence))
        more = {"state": "deceased"} if what == "close" else {}
        answers = [await act(office, what, citizen(sequence), "authority", **more) for sequence in range(20)]
        assert len({repr(as_seen(one)) for one in answers}) == 1
        assert answers[0].status_code == 200

    @pytest.mark.parametrize("what", ["freeze", "unfreeze", "close"])
    async def test_by_the_reads_and_writes_behind_them(self, office: Office, what: str) -> None:
        await office.register(citizen(0))
        more = {"state": "deceased"} if what == "close" else {}
        await act(office, what, citizen(2), "authority", **more)
        done = []
        for sequence in (0, 1):
            with work_of(office) as work:
                await act(office, what, citizen(sequence), "authority", **more)
            done.append(work)
        assert done[0] == done[1]
        assert ("write" in done[0]) == (what != "unfreeze")


class TestTheOtherDocumentsOfOnePerson:
    async def link(self, office: Office) -> tuple[str, str]:
        said = {"primary": PERSON, "alias": passport(1), "checked": "两证原件"}
        registrar = await office.operator("r001", "registrar")
        assert (await office.call("POST", "/v1/holders:link", registrar, json=said)).status_code == 200
        return await office.holder_id(), await office.holder_id(passport(1))

    @pytest.mark.parametrize("frozen", [PERSON, passport(1)])
    @pytest.mark.parametrize("thawed", [PERSON, passport(1)])
    async def test_are_frozen_and_thawed_with_it_whichever_number_is_known(
        self, office: Office, frozen: Json, thawed: Json
    ) -> None:
        primary, alias = await self.link(office)
        await act(office, "freeze", frozen)
        assert {await shows(office, one) for one in (primary, alias)} == {"holder_frozen"}
        office.clock.forward(seconds=1)
        await act(office, "unfreeze", thawed)
        assert {await shows(office, one) for one in (primary, alias)} == {"ok"}

    async def test_follow_also_where_the_process_died_before_they_did(self, office: Office) -> None:
        primary, alias = await self.link(office)
        await act(office, "freeze", passport(1))
        said = [one for one in office.bus.topics["identity-holder"] if b"frozen" in one.value]
        await office.documents.delete(STANDINGS, primary)
        assert await shows(office, alias) == "ok"
        await office.bus.publish(said[:1])
        await office.until(lambda: office.kept(STANDINGS, primary) is not None)
        assert await shows(office, alias) == "holder_frozen"

    async def test_do_not_lift_what_an_authority_froze(self, office: Office) -> None:
        primary, alias = await self.link(office)
        await act(office, "freeze", PERSON, "authority")
        office.clock.forward(seconds=1)
        assert (await act(office, "unfreeze", passport(1))).json()["code"] == "freeze_by_authority"
        assert {await shows(office, one) for one in (primary, alias)} == {"holder_frozen"}

    def test_follow_the_later_decision_in_whatever_order_they_hear_of_two(self) -> None:
        start = Standing(holder_id=HolderId("A"))
        first = start.moved(
            "frozen", acting_as="counter", by="w", reason="", at=datetime(2026, 3, 1, tzinfo=UTC)
        )
        assert first is not None
        then = first[0].moved(
            "active", acting_as="counter", by="w", reason="", at=datetime(2026, 3, 2, tzinfo=UTC)
        )
        assert then is not None
        other = Standing(holder_id=HolderId("B"))
        late = other.following(then[0])
        assert late is None  # as active as it was
        followed = other.following(first[0])
        assert followed is not None
        assert followed[0].following(first[0]) is None
        thawed = followed[0].following(then[0])
        assert thawed is not None
        assert (thawed[0].state, thawed[0].following(first[0])) == ("active", None)
