"""Mandates: who may act for whom, as certificates, people and counters say it."""

import asyncio
import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import httpx
import pytest

from services.identity.domain.mandates import HolderNotEnded, MandateEnded, MandateUnknown
from services.identity.domain.standings import HolderEnded
from services.identity.events import CertificateIssued, Representation, StatusChanged
from services.identity.handlers.bearers import mandate_in_force
from services.identity.ports import World
from services.identity.store import CERTIFICATES, MANDATES
from services.kernel.check_digits import mod_11_2
from services.kernel.event import decode, entry, record
from tests.identity.office import ENTERPRISE, HERE, ITEM, PERSON, Json, Office
from tests.identity.test_consent import mandated

LICENCE = "11100000MB9999900G909"
CERTIFICATE = "9449c7f3a93cf0c55a675ddf1c83732d"


def number(start: str) -> str:
    return start + mod_11_2(start)


AGENT = {"id_type": "111", "id_number": number("42032219880214103"), "name": "陈大山"}
STRANGER = {"id_type": "111", "id_number": number("42032219770714105"), "name": "林晓禾"}
NOBODY = {"id_type": "111", "id_number": number("42032219660814107"), "name": "谢未登"}
CHILD = {"id_type": "111", "id_number": number("42032220150101109"), "name": "陈小禾"}


def issued(version: int, holder_id: str, *represents: str, **said: Any) -> CertificateIssued:
    """A business licence that names these."""
    event: Json = {
        "certificate_id": CERTIFICATE,
        "version": version,
        "holder_id": holder_id,
        "certificate_type": LICENCE,
        "state": "valid",
        "authority": HERE,
        "issued_at": datetime(2026, 2, 1, tzinfo=UTC),
        "represents": tuple(Representation(holder_id=one, role="legal_representative") for one in represents),
    }
    return CertificateIssued(**event | said)


async def hear(office: Office, *events: CertificateIssued) -> None:
    """One by one, in this order, as the stream hands them over."""
    topic = CertificateIssued.topic()
    (listener,) = (one for one in office.service.listeners if one.topic == topic)
    for one in events:
        made = record(entry(one, version=one.version, at=office.clock.now()))
        await listener.hears[CertificateIssued]([decode(CertificateIssued, made)])


def world_of(office: Office) -> World:
    """What the handlers of this process are given."""
    (listener,) = (one for one in office.service.listeners if CertificateIssued in one.hears)
    world: World = cast("Any", listener.hears[CertificateIssued]).args[0]
    return world


def mandates_kept(office: Office) -> list[Json]:
    kept: dict[str, Json] = office.documents._kept.get(MANDATES.name, {})  # noqa: SLF001
    return list(kept.values())


def states(office: Office) -> dict[str, str]:
    """By agent."""
    return {one["agent"]: one["state"] for one in mandates_kept(office)}


async def offer(office: Office, token: str, agent: Json = AGENT, **said: Any) -> httpx.Response:
    until = (office.clock.now() + timedelta(days=30)).isoformat()
    body = {"agent": agent, "role": "agent", "items": [ITEM], "until": until} | said
    return await office.call("POST", "/v1/mandates", token, json=body)


async def listed(office: Office, token: str) -> list[Json]:
    shown: list[Json] = (await office.call("GET", "/v1/mandates", token)).json()["mandates"]
    return shown


async def act(office: Office, what: str, mandate_id: str, token: str) -> httpx.Response:
    return await office.call("POST", f"/v1/mandates/{mandate_id}/{what}", token)


@pytest.fixture
async def sides(office: Office) -> tuple[str, str, str]:
    """Tokens of the principal, of the agent, and of somebody else."""
    ids = [await office.holder_id(one) for one in (PERSON, AGENT, STRANGER)]
    principal, agent, stranger = [await office.resident(one) for one in ids]
    return principal, agent, stranger


class TestACorrection:
    @pytest.mark.parametrize("removal_first", [True, False])
    async def test_of_the_holder_ends_the_mandate_of_the_wrong_one_and_opens_the_right_ones(
        self, office: Office, *, removal_first: bool
    ) -> None:
        """The two travel on topics of their own."""
        wrong, right = await office.holder_id(ENTERPRISE), await office.holder_id(PERSON)
        chief = await office.holder_id(AGENT)
        await hear(office, issued(1, wrong, chief))
        gone = StatusChanged(
            certificate_id=CERTIFICATE,
            version=2,
            holder_id=wrong,
            certificate_type=LICENCE,
            state="removed",
            authority=HERE,
        )
        steps = [hear_status(office, gone), hear(office, issued(2, right, chief, place=1))]
        for step in steps if removal_first else reversed(steps):
            await step
        found = {one["principal"]: one["state"] for one in mandates_kept(office)}
        assert found == {wrong: "ended", right: "open"}


async def hear_status(office: Office, event: StatusChanged) -> None:
    (listener,) = (one for one in office.service.listeners if one.topic == StatusChanged.topic())
    made = record(entry(event, version=event.version, at=office.clock.now()))
    await listener.hears[StatusChanged]([decode(StatusChanged, made)])


class TestByCertificate:
    async def test_opens_what_a_licence_says_and_both_sides_are_told(self, office: Office) -> None:
        firm, chief = await office.holder_id(ENTERPRISE), await office.holder_id(AGENT)
        await hear(office, issued(1, firm, chief, valid_to=date(2026, 12, 31)))
        (mandate,) = mandates_kept(office)
        assert (mandate["principal"], mandate["agent"], mandate["state"]) == (firm, chief, "open")
        assert mandate["until"].isoformat() == "2026-12-31T16:00:00+00:00"
        assert len(mandate["_id"]) == 26
        said = await office.said("identity-mandate")
        assert {(one["holder_id"], one["state"]) for one in said} == {(firm, "open"), (chief, "open")}
        (seen,) = await listed(office, await office.resident(chief))
        assert (seen["side"], seen["role"], seen["by_certificate"]) == ("agent", "legal_representative", True)

    @pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
    async def test_stands_as_the_latest_version_says_in_whatever_order_they_come(
        self, office: Office, order: tuple[int, ...]
    ) -> None:
        """First A, then A and B, then B alone; each heard twice."""
        firm, a, b = "F" * 26, "A" * 26, "B" * 26
        said = {1: issued(1, firm, a), 2: issued(2, firm, a, b), 3: issued(3, firm, b)}
        await hear(office, *(said[one] for one in order), *(said[one] for one in order))
        assert {agent for agent, state in states(office).items() if state == "open"} == {b}
        facts = await office.said("identity-mandate")
        ended = [one for one in facts if one["agent"] == a]
        assert not ended or ended[-1]["state"] == "ended"

    async def test_an_earlier_version_that_comes_late_opens_nothing(self, office: Office) -> None:
        await hear(office, issued(2, "F" * 26), issued(1, "F" * 26, "A" * 26))
        assert mandates_kept(office) == []

    async def test_an_earlier_version_that_comes_late_reopens_nothing(self, office: Office) -> None:
        firm, a = "F" * 26, "A" * 26
        await hear(office, issued(2, firm, a), issued(4, firm), issued(3, firm, a), issued(1, firm, a))
        assert states(office) == {a: "ended"}

    @pytest.mark.parametrize("state", ["suspended", "withdrawn", "revoked", "cancelled", "superseded"])
    async def test_ends_with_a_certificate_that_is_not_valid_any_more(
        self, office: Office, state: str
    ) -> None:
        firm, a = "F" * 26, "A" * 26
        await hear(office, issued(1, firm, a), issued(2, firm, a, state=state))
        assert states(office) == {a: "ended"}
        assert [one["state"] for one in await office.said("identity-mandate")] == ["open"] * 2 + ["ended"] * 2

    async def test_is_over_with_the_last_day_in_china(self, office: Office) -> None:
        firm, chief = await office.holder_id(ENTERPRISE), await office.holder_id(AGENT)
        await hear(office, issued(1, firm, chief, valid_to=office.clock.now().date()))
        token = await office.resident(chief)
        assert [one["state"] for one in await listed(office, token)] == ["open"]
        office.clock.forward(hours=16)
        assert [one["state"] for one in await listed(office, await office.resident(chief))] == ["ended"]

    async def test_says_nothing_again_where_nothing_changed(self, office: Office) -> None:
        firm, a = "F" * 26, "A" * 26
        await hear(office, issued(1, firm, a), issued(1, firm, a), issued(2, firm, a))
        assert [one["version"] for one in mandates_kept(office)] == [1]

    async def test_nobody_acts_by_a_role_that_no_certificate_can_give(self, office: Office) -> None:
        heir = (Representation(holder_id="A" * 26, role="heir"),)
        await hear(office, issued(1, "F" * 26, represents=heir), issued(2, "F" * 26, "F" * 26))
        assert mandates_kept(office) == []

    async def test_cannot_be_ended_by_hand(self, office: Office) -> None:
        firm, chief = await office.holder_id(ENTERPRISE), await office.holder_id(AGENT)
        await hear(office, issued(1, firm, chief))
        (mandate,) = mandates_kept(office)
        for side in (firm, chief):
            answer = await act(office, "end", mandate["_id"], await office.resident(side))
            assert answer.json()["code"] == "mandate_by_certificate"
        assert states(office) == {chief: "open"}

    async def test_two_processes_that_hear_two_versions_at_once_agree(self, office: Office) -> None:
        firm, a, b = "F" * 26, "A" * 26, "B" * 26
        await asyncio.gather(*(hear(office, one) for one in (issued(1, firm, a), issued(2, firm, b)) * 8))
        assert {agent for agent, state in states(office).items() if state == "open"} == {b}
        assert office.kept(CERTIFICATES, CERTIFICATE) is not None


class TestOffer:
    async def test_opens_with_the_yes_of_the_agent_and_both_see_it(
        self, office: Office, sides: tuple[str, str, str]
    ) -> None:
        principal, agent, _ = sides
        made = (await offer(office, principal)).json()
        assert (made["state"], len(made["mandate_id"])) == ("offered", 26)
        accepted = await act(office, "acceptance", made["mandate_id"], agent)
        assert (accepted.status_code, accepted.json()["state"]) == (200, "open")
        (given,), (held,) = await listed(office, principal), await listed(office, agent)
        assert (given["side"], given["name_masked"]) == ("principal", "陈**")
        assert (held["side"], held["name_masked"], held["items"]) == ("agent", "欧阳**", [ITEM])
        facts = [(one["version"], one["state"]) for one in await office.said("identity-mandate")]
        assert facts == [(1, "offered")] * 2 + [(2, "open")] * 2

    async def test_to_a_known_and_to_an_unknown_number_looks_the_same(
        self, office: Office, sides: tuple[str, str, str]
    ) -> None:
        """In the answer, in the list, and by the name that does not fit."""
        principal, *_ = sides
        asked = [await offer(office, principal, one) for one in (AGENT, NOBODY, AGENT | {"name": "别人"})]
        shapes = [(one.status_code, sorted(one.headers), one.json() | {"mandate_id": ""}) for one in asked]
        assert shapes[0] == shapes[1] == shapes[2]
        seen = [one | {"mandate_id": ""} for one in await listed(office, principal)]
        assert seen[0] == seen[1] == seen[2]
        assert seen[0]["name_masked"] is None

    async def test_keeps_neither_number_nor_name(self, office: Office, sides: tuple[str, str, str]) -> None:
        await offer(office, sides[0], NOBODY)
        everything = repr(mandates_kept(office)) + repr(await office.said("identity-mandate"))
        assert NOBODY["id_number"] not in everything
        assert NOBODY["name"] not in everything

    async def test_accepted_by_somebody_else_looks_like_no_mandate(
        self, office: Office, sides: tuple[str, str, str]
    ) -> None:
        principal, _, stranger = sides
        made = (await offer(office, principal)).json()["mandate_id"]
        none = await act(office, "acceptance", "A" * 26, stranger)
        for token in (stranger, principal):
            answer = await act(office, "acceptance", made, token)
            assert (answer.status_code, answer.json()["code"]) == (404, "mandate_unknown")
        theirs = (await act(office, "acceptance", made, stranger)).json()
        assert [theirs[one] for one in ("title", "detail", "status")] == [
            none.json()[one] for one in ("title", "detail", "status")
        ]
        assert (await act(office, "end", made, stranger)).json()["code"] == "mandate_unknown"
        assert [one["state"] for one in mandates_kept(office)] == ["offered"]

    async def test_made_out_to_another_name_is_nobody_elses(
        self, office: Office, sides: tuple[str, str, str]
    ) -> None:
        """A slip of one digit must not reach whoever has that number."""
        principal, agent, _ = sides
        made = (await offer(office, principal, AGENT | {"name": "陈太山"})).json()["mandate_id"]
        assert (await act(office, "acceptance", made, agent)).json()["code"] == "mandate_unknown"

    async def test_is_made_once_however_often_it_is_sent(
        self, office: Office, sides: tuple[str, str, str]
    ) -> None:
        body = {"agent": AGENT, "role": "helper", "items": [ITEM]}
        asked = [
            await office.call("POST", "/v1/mandates", sides[0], key="the-same-key", json=body)
            for _ in range(3)
        ]
        assert len({one.json()["mandate_id"] for one in asked}) == 1
        assert len(mandates_kept(office)) == 1

    async def test_accepted_many_times_at_once_opens_once(
        self, office: Office, sides: tuple[str, str, str]
    ) -> None:
        principal, agent, _ = sides
        made = (await offer(office, principal)).json()["mandate_id"]
        answers = await asyncio.gather(*(act(office, "acceptance", made, agent) for _ in range(6)))
        assert {one.status_code for one in answers} == {200}
        assert [one["version"] for one in mandates_kept(office)] == [2]

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"agent": PERSON}, "mandate_impossible"),
            ({"agent": ENTERPRISE}, "mandate_impossible"),
            ({"until": "2026-02-28T00:00:00Z"}, "mandate_impossible"),
            ({"since": "2027-01-01T00:00:00Z"}, "mandate_impossible"),
            ({"agent": CHILD}, "agent_too_young"),
            ({"agent": AGENT | {"name": " "}}, "name_missing"),
            ({"agent": AGENT | {"id_number": "420322198802141031"}}, "id_number_invalid"),
            ({"role": "guardian"}, "request_invalid"),
            ({"role": "legal_representative"}, "request_invalid"),
            ({"until": "2026-12-31T00:00:00"}, "request_invalid"),
            ({"until": "9999-12-31T23:59:59-14:00"}, "request_invalid"),
            ({"until": "9999-12-31T23:59:59Z"}, "request_invalid"),
            ({"since": "0001-01-01T00:00:00+14:00"}, "request_invalid"),
            ({"since": "0001-01-01T00:00:00Z"}, "request_invalid"),
        ],
    )
    async def test_is_refused_where_it_cannot_be_meant(
        self, office: Office, sides: tuple[str, str, str], changes: Json, code: str
    ) -> None:
        answer = await offer(office, sides[0], **changes)
        assert answer.json()["code"] == code
        assert mandates_kept(office) == []


class TestEnd:
    @pytest.mark.parametrize("side", [0, 1])
    async def test_by_either_side_is_final(
        self, office: Office, sides: tuple[str, str, str], side: int
    ) -> None:
        principal, agent, _ = sides
        made = (await offer(office, principal)).json()["mandate_id"]
        await act(office, "acceptance", made, agent)
        ended = await act(office, "end", made, sides[side])
        assert (ended.status_code, ended.json()["state"]) == (200, "ended")
        assert (await act(office, "end", made, sides[side])).status_code == 200
        assert (await act(office, "acceptance", made, agent)).json()["code"] == "mandate_ended"
        assert [one["state"] for one in mandates_kept(office)] == ["ended"]

    async def test_an_offer_taken_back_cannot_be_accepted(
        self, office: Office, sides: tuple[str, str, str]
    ) -> None:
        principal, agent, _ = sides
        made = (await offer(office, principal)).json()["mandate_id"]
        await act(office, "end", made, principal)
        assert (await act(office, "acceptance", made, agent)).json()["code"] == "mandate_ended"

    async def test_an_offer_whose_time_is_over_cannot_be_accepted(
        self, office: Office, sides: tuple[str, str, str]
    ) -> None:
        made, holder_id = (await offer(office, sides[0])).json()["mandate_id"], await office.holder_id(AGENT)
        office.clock.forward(days=31)
        agent = await office.resident(holder_id)
        assert (await act(office, "acceptance", made, agent)).json()["code"] == "mandate_ended"

    async def test_who_acts_for_another_neither_gives_nor_ends_mandates(
        self, office: Office, sides: tuple[str, str, str]
    ) -> None:
        principal, *_ = sides
        made = (await offer(office, principal)).json()["mandate_id"]
        _, _, acting = await mandated(office)
        for answer in (
            await offer(office, acting),
            await act(office, "end", made, acting),
            await act(office, "acceptance", made, acting),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "acting_not_allowed")

    async def test_nobody_whose_codes_are_frozen_gives_one(
        self, office: Office, sides: tuple[str, str, str]
    ) -> None:
        """Whoever found the phone must not open a way round the freeze."""
        await office.call("POST", "/v1/me/freeze", sides[0], json={"reason": "lost"})
        again = await office.resident(await office.holder_id())
        assert (await offer(office, again)).json()["code"] == "holder_frozen"


PAPERS: Json = {
    "principal": {"id_type": "111", "id_number": CHILD["id_number"]},
    "agent": {"id_type": "111", "id_number": AGENT["id_number"]},
    "role": "guardian",
    "checked": "户口簿原件、监护人身份证",
}


class TestChecked:
    async def ask(self, office: Office, token: str, **changes: Any) -> httpx.Response:
        return await office.call("POST", "/v1/mandates:checked", token, json=PAPERS | changes)

    async def test_opens_at_once_and_keeps_who_saw_what(self, office: Office) -> None:
        answer = await self.ask(office, await office.operator("w007", "registrar"))
        assert (answer.status_code, answer.json()["state"]) == (201, "open")
        (kept,) = mandates_kept(office)
        assert (kept["checked_by"], kept["checked_how"]) == ("w007@staff", "户口簿原件、监护人身份证")
        (held,) = await listed(office, await office.resident(await office.holder_id(AGENT)))
        assert (held["role"], held["checked_at_counter"]) == ("guardian", True)

    async def test_answers_the_same_for_numbers_that_nobody_has(self, office: Office) -> None:
        await office.holder_id(AGENT)
        token = await office.operator("w007", "registrar")
        asked = [
            await self.ask(office, token),
            await self.ask(office, token, agent={"id_type": "111", "id_number": NOBODY["id_number"]}),
        ]
        assert asked[0].json() | {"mandate_id": ""} == asked[1].json() | {"mandate_id": ""}

    @pytest.mark.parametrize(
        ("roles", "role", "code"),
        [
            ((), "guardian", "role_missing"),
            (("hotline",), "agent", "role_missing"),
            (("registrar",), "heir", "role_missing"),
            (("registrar",), "liquidator", "role_missing"),
            (("authority",), "heir", "holder_not_ended"),
            (("authority",), "agent", None),
        ],
    )
    async def test_takes_the_role_that_the_matter_asks_for(
        self, office: Office, roles: tuple[str, ...], role: str, code: str | None
    ) -> None:
        answer = await self.ask(office, await office.operator("w008", *roles), role=role)
        assert answer.json().get("code") == code

    @pytest.mark.parametrize(("role", "whose"), [("heir", CHILD), ("liquidator", ENTERPRISE)])
    async def test_nobody_winds_up_for_the_living_registered_or_not(
        self, office: Office, role: str, whose: Json
    ) -> None:
        token = await office.operator("w008", "authority")
        principal = {name: whose[name] for name in ("id_type", "id_number")}
        before = await self.ask(office, token, role=role, principal=principal)
        await office.holder_id(whose)
        after = await self.ask(office, token, role=role, principal=principal)
        for answer in (before, after):
            assert (answer.status_code, answer.json()["code"]) == (409, "holder_not_ended")
        assert before.json()["detail"] == after.json()["detail"]
        assert mandates_kept(office) == []

    async def test_an_heir_is_named_once_the_end_is_registered_and_nobody_else_is_any_more(
        self, office: Office
    ) -> None:
        token = await office.operator("w008", "authority")
        await self.close(office, token)
        assert (await self.ask(office, token, role="heir")).status_code == 201
        answer = await self.ask(office, token, role="agent")
        assert (answer.status_code, answer.json()["code"]) == (410, "holder_ended")

    async def test_an_heirs_mandate_is_in_force_while_the_end_stands_and_no_longer(
        self, office: Office
    ) -> None:
        token, heir = await office.operator("w008", "authority"), await office.holder_id(AGENT)
        await self.close(office, token)
        made = (await self.ask(office, token, role="heir")).json()["mandate_id"]
        await mandate_in_force(world_of(office), made, agents=(heir,))
        thawed = PAPERS["principal"] | {"reason": "误登记", "checked": "派出所证明"}
        await office.call("POST", "/v1/holders:unfreeze", token, json=thawed)
        with pytest.raises(HolderNotEnded):
            await mandate_in_force(world_of(office), made, agents=(heir,))

    async def test_a_guardians_mandate_is_in_force_no_more_when_the_child_is(self, office: Office) -> None:
        token, guardian = await office.operator("w008", "authority"), await office.holder_id(AGENT)
        made = (await self.ask(office, token)).json()["mandate_id"]
        await mandate_in_force(world_of(office), made, agents=(guardian,))
        await self.close(office, token)
        with pytest.raises(HolderEnded):
            await mandate_in_force(world_of(office), made, agents=(guardian,))

    async def close(self, office: Office, token: str) -> None:
        said = PAPERS["principal"] | {"state": "deceased", "reason": "死亡", "checked": "死亡证明"}
        answer = await office.call("POST", "/v1/holders:close", token, json=said)
        assert answer.status_code == 200, answer.text

    async def test_is_not_for_residents_nor_for_children_as_agents(self, office: Office) -> None:
        resident = await office.resident(await office.holder_id())
        assert (await self.ask(office, resident)).json()["code"] == "caller_kind_wrong"
        token = await office.operator("w007", "registrar")
        grown = {"agent": PAPERS["principal"], "principal": PAPERS["agent"], "role": "agent"}
        young = await self.ask(office, token, **grown)
        assert young.json()["code"] == "agent_too_young"


class TestInForce:
    """What is asked before anybody acts: the mandate as the store has it now."""

    async def guardianship(self, office: Office) -> str:
        token = await office.operator("w007", "registrar")
        body = PAPERS | {"principal": {one: CHILD[one] for one in ("id_type", "id_number")}}
        made = await office.call("POST", "/v1/mandates:checked", token, json=body)
        return str(made.json()["mandate_id"])

    async def test_guardianship_ends_on_the_eighteenth_birthday(self, office: Office) -> None:
        """By the number of the child, once it is registered; born on 2015-01-01."""
        child, guardian = await office.holder_id(CHILD), await office.holder_id(AGENT)
        mandate_id = await self.guardianship(office)
        world = world_of(office)
        found = await mandate_in_force(world, mandate_id, agents=(guardian,))
        assert found.principal == child
        office.clock.at = datetime(2032, 12, 31, 15, 59, tzinfo=UTC)
        await mandate_in_force(world, mandate_id, agents=(guardian,))
        office.clock.at = datetime(2032, 12, 31, 16, 0, tzinfo=UTC)
        with pytest.raises(MandateEnded):
            await mandate_in_force(world, mandate_id, agents=(guardian,))

    async def test_the_code_that_a_parent_showed_before_midnight_opens_nothing_after_it(
        self, office: Office
    ) -> None:
        child, guardian = await office.holder_id(CHILD), await office.holder_id(AGENT)
        mandate_id = await self.guardianship(office)
        office.clock.at = datetime(2032, 12, 31, 15, 59, 30, tzinfo=UTC)
        office._tokens.clear()  # noqa: SLF001 - the machines' tokens are sixteen years old
        acting = await office.resident(child, actor=guardian, mandate_id=mandate_id)
        code = (await office.call("POST", "/v1/codes", acting)).json()["code"]
        office.clock.at = datetime(2032, 12, 31, 16, 0, tzinfo=UTC)
        for answer in (await office.scan(code), await office.call("POST", "/v1/codes", acting)):
            assert (answer.status_code, answer.json()["code"]) == (410, "mandate_ended")

    async def test_is_nobody_elses(self, office: Office) -> None:
        mandate_id = await self.guardianship(office)
        with pytest.raises(MandateUnknown):
            await mandate_in_force(world_of(office), mandate_id, agents=("S" * 26,))
