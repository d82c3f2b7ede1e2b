"""Nothing that somebody holds outlives what it rests on: a session, a name, a registration, a childhood."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from services.identity.codes import CoseCodes
from services.identity.domain.keys import Key, kill_key
from services.identity.domain.mandates import MandateEnded
from services.identity.domain.organisations import is_one_line
from services.identity.events import Representation
from services.identity.handlers.bearers import mandate_in_force
from services.identity.offline import check, read_bundle
from services.identity.ports import LimitKind
from services.identity.store import KeptLimits
from services.kernel.keys.tokens import Caller
from tests.identity.office import ACCESS_TOKEN, ENTERPRISE, HERE, NUMBER, PERSON, Json, Office
from tests.identity.test_consent import sensitive
from tests.identity.test_mandates import (
    AGENT,
    CHILD,
    STRANGER,
    hear,
    issued,
    listed,
    mandates_kept,
    offer,
    world_of,
)
from tests.identity.test_papers import code_of, printed, shown, try_printing

__all__ = ["sensitive"]
PASSPORT = {"id_type": "414", "id_number": "E12345678", "name": AGENT["name"]}
CHILDS_PASSPORT = {"id_type": "414", "id_number": "E87654321", "name": CHILD["name"]}
EMERGENCY = "/v1/me/emergency-codes"


async def linked(office: Office, primary: Json, alias: Json) -> None:
    said = {"primary": primary, "alias": alias, "checked": "两证原件"}
    token = await office.operator("w007", "registrar")
    answer = await office.call("POST", "/v1/holders:link", token, json=said)
    assert answer.is_success, answer.text
    await office.heard_all()


async def fetched(office: Office, holder_id: str) -> list[str]:
    answer = await office.call("POST", EMERGENCY, await office.resident(holder_id), json={})
    return [one["code"] for one in answer.json()["codes"]]


class TestAnErasure:
    async def test_ends_paper_and_emergency_codes_for_the_next_registration_too(self, office: Office) -> None:
        holder_id = await office.holder_id()
        paper, codes = await printed(office), await fetched(office, holder_id)
        office.clock.forward(seconds=5)
        await office.call("POST", "/v1/me/erasure", await office.resident(holder_id))
        await office.heard_all()
        bundle = read_bundle(json.dumps((await office.http.get("/v1/offline-bundle")).json()))
        assert len(bundle.revoked) == len(codes) == 5
        assert check(codes[0], bundle, at=office.clock.now()).grade == "revoked"
        office.clock.forward(seconds=70)
        assert await office.holder_id() == holder_id
        assert code_of(await office.scan(codes[0])) == "code_revoked"
        assert code_of(await shown(office, paper)) == "paper_code_revoked"

    async def test_ends_the_mandates_that_were_given_and_offered(self, office: Office) -> None:
        holder_id = await office.holder_id()
        made = (await offer(office, await office.resident(holder_id), AGENT)).json()["mandate_id"]
        office.clock.forward(seconds=5)
        await office.call("POST", "/v1/me/erasure", await office.resident(holder_id))
        await office.heard_all()
        assert [(one["_id"], one["state"]) for one in mandates_kept(office)] == [(made, "ended")]


class TestAFreeze:
    async def test_ends_the_codes_of_its_session_for_good(self, office: Office) -> None:
        """Also one that is shown after the thaw, by a process that has heard of nothing."""
        holder_id = await office.holder_id()
        await office.heard_all()
        office.clock.forward(seconds=60)
        thief = await office.resident(holder_id, code_kind="person")
        before = (await office.call("POST", "/v1/codes", thief)).json()["code"]
        office.bus.down = True
        office.clock.forward(seconds=5)
        await office.call("POST", "/v1/me/freeze", thief, json={"reason": "手机丢了"})
        office.clock.forward(seconds=5)
        fresh = await office.resident(holder_id, code_kind="person")
        assert (await office.call("POST", "/v1/me/unfreeze", fresh, json={"reason": "新手机"})).is_success
        after = (await office.call("POST", "/v1/codes", thief)).json()["code"]
        for code in (before, after):
            assert code_of(await office.scan(code)) == "code_revoked"
        own = (await office.call("POST", "/v1/codes", fresh)).json()["code"]
        assert (await office.scan(own)).status_code == 201

    async def test_is_told_from_the_sign_in_a_millisecond_later(self, office: Office) -> None:
        holder_id = await office.holder_id()
        token = await office.resident(holder_id)
        await office.call("POST", "/v1/me/freeze", token, json={"reason": "手机丢了"})
        office.clock.forward(milliseconds=1)
        fresh = await office.resident(holder_id)
        await office.call("POST", "/v1/me/unfreeze", fresh, json={"reason": "找到了"})
        own = (await office.call("POST", "/v1/codes", fresh)).json()["code"]
        assert (await office.scan(own)).status_code == 201


class TestADeadKey:
    async def test_leaves_the_places_of_its_emergency_codes_to_new_ones(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        holder_id = await office.holder_id()
        first = await fetched(office, holder_id)
        assert await fetched(office, holder_id) == []
        key_id = office.world_codes().read(first[0]).key_id
        monkeypatch.setattr(CoseCodes, "dead_keys", (key_id,))
        token = await office.resident(holder_id)
        seen = (await office.call("GET", EMERGENCY, token)).json()["codes"]
        assert {one["state"] for one in seen} == {"revoked"}
        assert len(await fetched(office, holder_id)) == 5


class TestAPaper:
    async def test_that_was_replaced_stays_dead_whatever_becomes_of_the_name(self, office: Office) -> None:
        await office.holder_id()
        lost = await printed(office)
        token = await office.operator("w900", "authority")
        for name in ("欧阳新", PERSON["name"]):
            said = PERSON | {"name": name, "reason": "更名"}
            assert (await office.call("POST", "/v1/holders:rename", token, json=said)).is_success
            if name != PERSON["name"]:
                assert (await try_printing(office, PERSON | {"name": name})).is_success
        assert code_of(await shown(office, lost)) == "paper_code_revoked"


class TestAChild:
    async def test_opens_nothing_by_another_document_either(self, office: Office) -> None:
        await office.holder_id(CHILD)
        alone = (await try_printing(office, CHILDS_PASSPORT)).json()
        await linked(office, CHILD, CHILDS_PASSPORT)
        assert code_of(await try_printing(office, CHILDS_PASSPORT)) == "guardian_needed"
        assert code_of(await office.scan(alone["url"], last_four="4321")) == "guardian_needed"


class TestAGuardianship:
    async def test_without_an_end_is_worth_nothing_where_the_number_tells_no_age(
        self, office: Office
    ) -> None:
        child = await office.holder_id({"id_type": "511", "id_number": "12345678", "name": "陈小禾"})
        guardian = await office.holder_id(AGENT)
        named = (Representation(holder_id=guardian, role="guardian"),)
        await hear(office, issued(1, child, represents=named))
        (kept,) = mandates_kept(office)
        with pytest.raises(MandateEnded):
            await mandate_in_force(world_of(office), kept["_id"], agents=(guardian,))

    async def test_lasts_no_longer_than_a_childhood_whatever_the_papers_say(self, office: Office) -> None:
        said: Json = {
            "principal": {"id_type": "511", "id_number": "12345678"},
            "agent": AGENT,
            "role": "guardian",
            "checked": "出生证明",
            "until": "2190-01-01T00:00:00Z",
        }
        token = await office.operator("w007", "registrar")
        assert (await office.call("POST", "/v1/mandates:checked", token, json=said)).status_code == 201
        (kept,) = mandates_kept(office)
        assert kept["until"] - office.clock.now() < timedelta(days=19 * 365)


class TestWhoMayBeWhose:
    @pytest.mark.parametrize(
        ("role", "principal"),
        [
            ("legal_representative", {"id_type": "111", "id_number": NUMBER}),
            ("guardian", {"id_type": "001", "id_number": ENTERPRISE["id_number"]}),
            ("heir", {"id_type": "001", "id_number": ENTERPRISE["id_number"]}),
            ("liquidator", {"id_type": "111", "id_number": NUMBER}),
        ],
    )
    async def test_a_person_has_no_legal_representative_and_an_enterprise_no_guardian(
        self, office: Office, role: str, principal: Json
    ) -> None:
        said = {"principal": principal, "agent": AGENT, "role": role, "checked": "证件原件"}
        token = await office.operator("w008", "registrar", "authority")
        answer = await office.call("POST", "/v1/mandates:checked", token, json=said)
        assert (answer.status_code, answer.json()["code"]) == (422, "mandate_impossible")
        assert mandates_kept(office) == []


class TestAStranger:
    async def test_does_not_fill_anybodys_list_with_offers(self, office: Office) -> None:
        victim, friend = await office.holder_id(AGENT), await office.holder_id(PERSON)
        stranger = await office.holder_id(STRANGER)
        codes = [
            (await offer(office, await office.resident(stranger), AGENT)).json().get("code")
            for _ in range(21)
        ]
        assert codes == [None] * 20 + ["mandates_too_many"]
        real = (await offer(office, await office.resident(friend), AGENT)).json()["mandate_id"]
        seen = await listed(office, await office.resident(victim))
        assert real in {one["mandate_id"] for one in seen}


class TestSeveralDocuments:
    async def test_have_their_emergency_codes_in_one_list(self, office: Office) -> None:
        primary, agent = await office.holder_id(PASSPORT), await office.holder_id(AGENT)
        codes = await fetched(office, agent)
        await linked(office, PASSPORT, AGENT)
        token = await office.resident(primary, holder_ids=(primary, agent))
        assert len((await office.call("GET", EMERGENCY, token)).json()["codes"]) == 5
        assert (await office.call("POST", EMERGENCY, token, json={})).json()["codes"] == []
        assert (await office.call("DELETE", EMERGENCY, token)).status_code == 204
        assert code_of(await office.scan(codes[0])) == "code_revoked"

    async def test_of_who_acts_make_no_stranger_of_them_at_the_tap(self, sensitive: Office) -> None:
        office = sensitive
        firm, agent = await office.holder_id(ENTERPRISE), await office.holder_id(AGENT)
        primary = await office.holder_id(PASSPORT)
        await linked(office, PASSPORT, AGENT)
        await hear(office, issued(1, firm, agent))
        (kept,) = mandates_kept(office)
        own = await office.resident(primary, holder_ids=(primary, agent), client_id="front-desk")
        answer = await office.exchange("front-desk", own, ACCESS_TOKEN, mandate_id=kept["_id"])
        acting = answer.json()["access_token"]
        code = (await office.call("POST", "/v1/codes", acting)).json()["code"]
        seen = (await office.scan(code)).json()
        assert seen["state"] == "pending"
        path = f"/v1/me/scans/{seen['scan_id']}/decision"
        tapped = await office.call("POST", path, acting, json={"decision": "approve"})
        assert (tapped.status_code, tapped.json()["state"]) == (200, "granted")


class TestARemoval:
    """What a removed system was given is worth nothing from that moment on."""

    async def test_of_an_administrator_cannot_be_undone_by_its_own_token(self, office: Office) -> None:
        assert (await office.put_client("counter", scopes=["admin"])).is_success
        who = Caller(subject="counter", kind="machine", client_id="counter", scopes=frozenset({"admin"}))
        token, path = office.mint(who), "/v1/clients/counter"
        assert (await office.call("GET", path, token)).is_success
        await office.call("DELETE", path, await office.token("admin"))
        body = {"organisation": HERE, "jwks": {"keys": []}, "scopes": ["admin"]}
        answer = await office.call("PUT", path, token, json=body)
        assert (answer.status_code, answer.json()["code"]) == (401, "client_unknown")

    async def test_of_a_scope_counts_for_the_token_too(self, office: Office) -> None:
        await office.token("front-desk")
        more = office.mint(
            Caller(subject="front-desk", kind="machine", client_id="front-desk", scopes=frozenset({"admin"}))
        )
        answer = await office.call("GET", "/v1/audit", more)
        assert (answer.status_code, answer.json()["code"]) == (401, "client_unknown")


@pytest.mark.parametrize("rare", ["\ue863", "\U00100000", "\U00031350", "\U0002ebf0", "欧阳\u3000禾"])
async def test_a_rare_character_is_no_reason_to_be_locked_out(rare: str) -> None:
    assert is_one_line(rare)


@pytest.mark.parametrize("odd", ["a\nb", "a\u2028b", "\ud800", "a\u202eb", "\x00"])
async def test_what_is_no_line_of_text_still_is(odd: str) -> None:
    assert not is_one_line(odd)


async def test_a_key_that_is_killed_alone_leaves_one_that_signs() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    keys = kill_key((Key(key_id="01", state="current", since=at),), "01", "02", at=at)
    assert [(one.key_id, one.state) for one in keys] == [("01", "dead"), ("02", "current")]


async def test_who_repeats_an_assertion_uses_up_nothing_of_the_clients(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    captured, taken = office.assertion("front-desk"), []
    assert (await office.ask_as_client(captured)).is_success
    take = KeptLimits.take

    async def noted(limits: KeptLimits, kind: LimitKind, who: str) -> None:
        taken.append((kind, who))
        await take(limits, kind, who)

    monkeypatch.setattr(KeptLimits, "take", noted)
    assert (await office.ask_as_client(captured)).json()["code"] == "client_assertion_rejected"
    assert taken == []
    assert (await office.ask_as_client(office.assertion("front-desk"))).is_success
    assert taken == [("token", "front-desk")]
