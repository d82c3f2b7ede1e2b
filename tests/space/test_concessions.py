"""What a gate hears of a concession: one word and why, after the record, with each use counted once."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.kernel.event import Record
from services.kernel.store.documents import DatabaseUnavailable
from services.kernel.stream import freshness
from services.space.domain import Concession
from services.space.registry import read_concessions
from services.space.settings import SpaceSettings
from tests.space.world import HOLDER, HOLDER_NAME, MANDATE, NOW, NUMBER, OTHER_HOLDER, STRANGER, World

IDENTITY_CARD, DISABILITY, VETERAN, HOUSEHOLD, AID = (
    "11100000000013127D001",
    *(f"11100000MB9999900G{number}" for number in (914, 918, 911, 919)),
)
RULES = read_concessions(SpaceSettings().concessions_dir)
YES, NO = ("yes", "concession_entitled"), ("no", "concession_not_entitled")
USED_UP, UNCLEAR = ("no", "concession_used_up"), ("ask_human", "concession_unclear")


def grant(world: World, rule: Concession = RULES["bus"], scan: int = 1, **claims: Any) -> str:
    """What identity gave at the scan under the rule's item."""
    said: dict[str, Any] = {
        "jti": f"grant-{scan}",
        "scan_id": f"scan-{scan}",
        "item": rule.item,
        "purpose": "乘车",
        "certificate_types": list(rule.types),
        "answers_only": True,
    }
    return world.grant(**said | claims)


async def post(
    world: World, what: str, body: dict[str, Any], *, rule: str = "bus", key: str = "gate-0001"
) -> httpx.Response:
    headers = {**world.operator(), "Idempotency-Key": key}
    return await world.http.post(f"/v1/concessions/{rule}/{what}", json=body, headers=headers)


async def ask(world: World, what: str = "checks", **more: Any) -> tuple[str, str]:
    """The word and its reason; `key` and `rule` as given, the rest as the grant says."""
    key, code = more.pop("key", f"gate-{more.get('scan', 1):04}"), more.pop("rule", "bus")
    answer = await post(world, what, {"grant": grant(world, RULES[code], **more)}, rule=code, key=key)
    assert answer.status_code == 200, answer.text
    return answer.json()["answer"], answer.json()["reason"]


async def settle(world: World, *grants: str) -> list[str]:
    answer = await post(world, "settlements", {"grants": list(grants)})
    assert answer.status_code == 200, answer.text
    return [one["outcome"] for one in answer.json()["uses"]]


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def card(world: World, number: int = 1, *, born_on: str | None = "1950-01-01", **more: Any) -> Record:
    fields = {"fields": {"born_on": born_on} if born_on else {}}
    return world.certificate(number, certificate_type=IDENTITY_CARD, content=fields, **more)


class TestACheck:
    async def test_says_yes_to_who_is_entitled(self, world: World) -> None:
        await world.hear(card(world))
        assert await ask(world) == YES

    async def test_says_no_where_nothing_entitles(self, world: World) -> None:
        assert await ask(world) == NO
        await world.hear(card(world, born_on="1990-01-01"))
        assert await ask(world) == NO

    async def test_asks_a_human_where_the_certificate_does_not_tell(self, world: World) -> None:
        await world.hear(card(world, born_on=None))
        assert await ask(world) == UNCLEAR

    async def test_asks_a_human_where_the_company_may_not_ask_for_all(self, world: World) -> None:
        await world.hear(card(world, born_on="1990-01-01"))
        assert await ask(world, certificate_types=[IDENTITY_CARD, VETERAN]) == UNCLEAR
        await world.hear(card(world, 2))
        assert await ask(world, certificate_types=[IDENTITY_CARD, VETERAN]) == YES

    @pytest.mark.parametrize(
        "changes",
        [{"state": "suspended"}, {"state": "revoked"}, {"valid_to": date(2026, 3, 8)}],
    )
    async def test_goes_by_valid_certificates_alone(self, world: World, changes: dict[str, Any]) -> None:
        await world.hear(card(world, **changes))
        assert await ask(world) == NO

    async def test_takes_what_came_under_a_strangers_name_for_nothing(self, world: World) -> None:
        await world.hear(
            world.certificate(1, certificate_type=IDENTITY_CARD, content={"holder_name": "别人"})
        )
        assert await ask(world) == NO

    async def test_answers_nothing_while_nothing_is_known_of_the_holder(self, world: World) -> None:
        nobody = "N57CGLK2EIP5SGLF5RTEQFEWAJ"
        await world.hear(card(world, holder=nobody))
        showing = {"grant": grant(world, sub=nobody)}
        assert told(await post(world, "checks", showing)) == (503, "holder_not_yet_known")

    async def test_looks_in_all_spaces_of_one_person(self, world: World) -> None:
        await world.hear(card(world, holder=OTHER_HOLDER))
        assert await ask(world, holder_ids=[HOLDER, OTHER_HOLDER]) == YES

    async def test_sends_whoever_shows_the_code_for_another_to_a_person(self, world: World) -> None:
        """Where the concession is for the holder in person; a relative may register who is ill."""
        await world.hear(card(world))
        assert await ask(world, mandate_id=MANDATE) == ("ask_human", "concession_in_person")
        assert await ask(world, rule="hospital_registration", mandate_id=MANDATE) == YES

    async def test_tells_the_next_step_and_nothing_of_the_person_or_the_document(self, world: World) -> None:
        await world.hear(card(world))
        answer = await post(world, "checks", {"grant": grant(world)})
        assert set(answer.json()) == {"answer", "reason", "next_step_zh", "next_step_en"}
        personal = (HOLDER, HOLDER_NAME, NUMBER, IDENTITY_CARD, DISABILITY, "1950", "senior")
        assert not any(one in answer.text for one in personal)

    async def test_sounds_the_same_whichever_certificate_entitles(self, world: World) -> None:
        await world.hear(card(world))
        by_age = await post(world, "checks", {"grant": grant(world)})
        holder: dict[str, Any] = {"sub": OTHER_HOLDER, "holder_ids": [OTHER_HOLDER]}
        await world.hear(world.certificate(2, certificate_type=VETERAN, holder=OTHER_HOLDER))
        by_card = await post(world, "checks", {"grant": grant(world, **holder)})
        assert by_age.json() == by_card.json()

    async def test_needs_all_that_the_rule_needs(self, world: World) -> None:
        aid: dict[str, Any] = {"certificate_type": AID, "content": {"fields": {"aid_kind": "农村低保"}}}
        home: dict[str, Any] = {
            "certificate_type": HOUSEHOLD,
            "content": {"fields": {"address": "郧西县上津镇测试路1号"}},
        }
        await world.hear(world.certificate(1, **aid))
        assert await ask(world, rule="legal_aid") == NO
        await world.hear(world.certificate(2, **home))
        assert await ask(world, rule="legal_aid") == YES

    async def test_waits_for_the_news_of_what_was_taken_back(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(freshness, "PATIENCE_S", 0.001)
        world.tail.at = 1.1
        assert told(await post(world, "checks", {"grant": grant(world)})) == (503, "status_unknown")

    async def test_is_refused_as_a_match_is(self, world: World) -> None:
        assert told(await post(world, "checks", {})) == (400, "grant_missing")
        forged = {"grant": world.grant(STRANGER)}
        assert told(await post(world, "checks", forged)) == (403, "grant_rejected")
        others = {"grant": grant(world, operator="op-0099")}
        assert told(await post(world, "checks", others)) == (403, "grant_other_operator")
        of_another_rule = {"grant": grant(world, RULES["library"])}
        assert told(await post(world, "checks", of_another_rule)) == (403, "grant_other_item")
        unknown = await post(world, "checks", {"grant": grant(world)}, rule="tram")
        assert told(unknown) == (404, "concession_rule_unknown")
        await world.hear(world.withdrawn())
        assert told(await post(world, "checks", {"grant": grant(world)})) == (403, "grant_withdrawn")


class TestAUse:
    async def test_is_counted_until_the_days_quota_is_used_up(self, world: World) -> None:
        await world.hear(card(world))
        assert [await ask(world, "uses", scan=one) for one in range(13)] == [YES] * 12 + [USED_UP]
        assert await ask(world, scan=13) == USED_UP
        world.clock.at += timedelta(hours=13, minutes=30)  # midnight in China
        assert await ask(world, "uses", scan=14) == YES

    async def test_of_one_showing_of_the_code_is_one_use(self, world: World) -> None:
        """A gate that lost the answer, and its key, lets the same person pass, and takes no second use."""
        await world.hear(card(world))
        rule = "scenic_spot"  # once a day
        assert await ask(world, "uses", rule=rule, scan=1, key="gate-first") == YES
        assert await ask(world, "uses", rule=rule, scan=1, key="gate-again") == YES
        assert await ask(world, rule=rule, scan=1) == YES
        assert await ask(world, "uses", rule=rule, scan=2) == USED_UP

    async def test_repeated_is_answered_as_it_is_on_record(self, world: World) -> None:
        showing = {"grant": grant(world)}
        first = await post(world, "uses", showing)
        await world.hear(card(world))
        assert (await post(world, "uses", showing)).json() == first.json()
        assert first.json()["reason"] == NO[1]
        assert len((await world.see("accesses"))["accesses"]) == 1
        assert await ask(world, "uses", key="asked-anew") == YES

    async def test_whose_key_stands_for_another_visit_is_refused(self, world: World) -> None:
        await ask(world, "uses")
        world.documents.forget_keys()
        again = await post(world, "uses", {"grant": grant(world, scan=2)})
        assert told(again) == (422, "idempotency_key_reused")

    async def test_that_is_no_yes_is_not_counted(self, world: World) -> None:
        await world.hear(card(world, born_on=None))
        assert await ask(world, "uses", rule="hospital_registration") == UNCLEAR
        assert world.documents.kept("concession_uses") == []

    async def test_without_a_quota_is_not_counted_and_is_on_record(self, world: World) -> None:
        await world.hear(
            world.certificate(certificate_type=HOUSEHOLD, content={"fields": {"address": "郧西县城关镇"}})
        )
        assert [await ask(world, "uses", rule="library", scan=one) for one in range(3)] == [YES] * 3
        assert world.documents.kept("concession_uses") == []
        assert len((await world.see("accesses"))["accesses"]) == 3

    async def test_needs_a_key(self, world: World) -> None:
        path = "/v1/concessions/bus/uses"
        answer = await world.http.post(path, json={"grant": grant(world)}, headers=world.operator())
        assert told(answer) == (400, "idempotency_key_missing")

    async def test_after_a_crash_before_the_record_takes_no_second_use(self, world: World) -> None:
        await world.hear(card(world))
        world.documents.failing["accesses"] = DatabaseUnavailable("away")
        showing = {"grant": grant(world)}
        assert told(await post(world, "uses", showing)) == (503, "database_unavailable")
        world.documents.failing.clear()
        assert (await post(world, "uses", showing)).json()["answer"] == "yes"
        assert len(world.documents.kept("concession_uses")) == 1


class TestTheRecord:
    async def test_tells_who_asked_by_which_rule_and_what_the_answer_was(self, world: World) -> None:
        await world.hear(card(world))
        await ask(world)
        await ask(world, "uses")
        used, checked = (await world.see("accesses"))["accesses"]
        assert (checked["outcome"], used["outcome"]) == ("answered", "used")
        for one in (checked, used):
            assert (one["action"], one["rule"], one["reason"]) == ("concession", "bus 1", YES[1])
            assert (one["operator"], one["purpose"], one["item"]) == ("op-0017", "乘车", RULES["bus"].item)
            assert one["certificate_types"] == list(RULES["bus"].types)
            assert {use["need"] for use in one["uses"]} == {"senior", "disabled", "blind", "veteran"}

    async def test_says_a_use_to_the_holder_and_no_look(self, world: World) -> None:
        await world.hear(card(world))
        await ask(world)
        assert world.said("space.access.recorded.v1") == []
        await ask(world, "uses")
        (said,) = world.said("space.access.recorded.v1")
        assert (said["action"], said["outcome"], said["reason"]) == ("concession", "used", None)
        assert said["entries"] == []

    async def test_holds_a_refusal_too(self, world: World) -> None:
        await post(world, "uses", {"grant": grant(world, operator="op-0099")})
        (one,) = (await world.see("accesses"))["accesses"]
        assert (one["action"], one["outcome"]) == ("concession", "refused")
        assert one["reason"] == "grant_other_operator"

    async def test_and_all_that_is_kept_or_said_holds_no_value(self, world: World) -> None:
        await world.hear(card(world, born_on="1950-07-23"))
        await ask(world)
        await ask(world, "uses")
        assert "1950-07-23" not in world.documents.everything()


class TestAGrantForAYesOrNo:
    @pytest.fixture
    async def world(self, world: World) -> World:
        await world.find_registered([RULES["bus"].as_item()])
        await world.hear(card(world))
        return world

    async def test_opens_no_match_and_no_pull(self, world: World) -> None:
        bus = grant(world)
        assert told(await world.match(grant=bus)) == (403, "item_answers_only")
        assert told(await world.pull(grant=bus)) == (403, "item_answers_only")

    async def test_opens_none_also_when_its_item_has_changed_meanwhile(self, world: World) -> None:
        assert told(await world.pull(grant=world.grant(answers_only=True))) == (403, "item_answers_only")

    async def test_from_before_the_item_was_a_concessions_opens_none_either(self, world: World) -> None:
        assert told(await world.match(grant=grant(world, answers_only=None))) == (403, "item_answers_only")


class TestSettling:
    def offline(self, world: World, scan: int = 1, *, hours: float = 1, **more: Any) -> str:
        """As identity gives it for a use of an emergency code so many hours ago."""
        return grant(world, scan=scan, used_at=(NOW - timedelta(hours=hours)).isoformat(), **more)

    async def test_counts_each_use_in_its_own_day(self, world: World) -> None:
        await world.hear(card(world))
        yesterday = [self.offline(world, one, hours=20) for one in range(12)]
        assert await settle(world, *yesterday) == ["counted"] * 12
        assert await settle(world, self.offline(world, 12, hours=21)) == ["used_up"]
        assert await settle(world, self.offline(world, 13, hours=1)) == ["counted"]

    async def test_counts_what_is_told_twice_once(self, world: World) -> None:
        await world.hear(card(world))
        one = self.offline(world)
        assert await settle(world, one, one) == ["counted"] * 2
        assert await settle(world, one) == ["counted"]
        assert len(world.documents.kept("concession_uses")) == 1
        assert [one["outcome"] for one in (await world.see("accesses"))["accesses"]] == ["used"]

    async def test_repeats_an_answer_to_nobody_but_who_got_it(self, world: World) -> None:
        await world.hear(card(world))
        one = self.offline(world)
        await settle(world, one)
        path, stranger = "/v1/concessions/bus/settlements", world.operator("op-0099")
        answer = await world.http.post(path, json={"grants": [one]}, headers=stranger)
        assert [one["reason"] for one in answer.json()["uses"]] == ["grant_other_operator"]

    async def test_charges_nobody_for_who_turns_out_not_to_be_entitled(self, world: World) -> None:
        assert await settle(world, self.offline(world)) == ["not_entitled"]
        assert world.documents.kept("concession_uses") == []
        (record,) = (await world.see("accesses"))["accesses"]
        assert (record["outcome"], record["reason"]) == ("answered", NO[1])

    async def test_goes_by_age_and_validity_on_the_day_of_the_use(self, world: World) -> None:
        born_today = card(world, born_on="1961-03-09")
        await world.hear(born_today)
        assert await settle(world, self.offline(world, hours=20)) == ["not_entitled"]
        assert await settle(world, self.offline(world, 2, hours=1)) == ["counted"]

    async def test_takes_or_refuses_each_by_itself(self, world: World) -> None:
        await world.hear(card(world))
        uses = [
            self.offline(world, 1),
            self.offline(world, 2, hours=73),
            world.grant(STRANGER),
            self.offline(world, 3, operator="op-0099"),
            self.offline(world, 4),
        ]
        answer = await post(world, "settlements", {"grants": uses})
        reasons = [one["reason"] for one in answer.json()["uses"]]
        assert reasons == [
            YES[1],
            "settlement_too_late",
            "grant_rejected",
            "grant_other_operator",
            YES[1],
        ]

    async def test_counts_under_a_grant_that_holds_what_was_refused_under_one_that_had_ended(
        self, world: World
    ) -> None:
        await world.hear(card(world))
        ended = self.offline(world, exp=int(NOW.timestamp()) - 60, iat=int(NOW.timestamp()) - 660)
        assert await settle(world, ended) == ["refused"]
        assert await settle(world, self.offline(world)) == ["counted"]

    async def test_takes_a_hundred_at_once_and_no_more(self, world: World) -> None:
        assert told(await post(world, "settlements", {"grants": ["x"] * 101}))[0] == 422
        assert told(await post(world, "settlements", {"grants": []}))[0] == 422


class TestTheList:
    async def test_shows_everybody_the_rules_with_their_versions_and_vectors(self, world: World) -> None:
        """So that a partner can hold its own program to them."""
        shown = (await world.http.get("/v1/concessions")).json()["concessions"]
        assert [one["concession"] for one in shown] == sorted(RULES)
        bus = shown[0]
        assert (bus["version"], bus["quota"]) == (1, {"uses": 12, "per": "day"})
        assert bus["rule"]["kind"] == "any_of"
        assert bus["rule"]["of"][0]["tests"] == [
            {"field": "fields.born_on", "test": "age_at_least", "values": ["65"]}
        ]
        assert bus["vectors"][0] == {
            "says": "it is the 65th birthday",
            "day": "2026-03-09",
            "certificates": [
                {"certificate_type": IDENTITY_CARD, "state": "valid", "fields.born_on": "1961-03-09"}
            ],
            "withheld": [],
            "answer": "yes",
        }
        assert next(one for one in shown if one["concession"] == "library")["quota"] is None
