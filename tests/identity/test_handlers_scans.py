"""The scan: one code, one use, and a truthful reason for every refusal."""

import asyncio
import random

import pytest

from services.identity.store import HOLDERS, ITEMS, SCANS
from services.kernel.keys.tokens import TokenChecker
from tests.identity.office import (
    ELSEWHERE,
    ENTERPRISE,
    FOOD,
    HEALTH,
    HERE,
    ISSUER,
    ITEM,
    NAME,
    NUMBER,
    OTHER_ITEM,
    SHOP,
    Json,
    Office,
    claims_of,
)


class TestScan:
    async def test_tells_who_it_is_and_gives_a_grant(self, office: Office) -> None:
        answer = await office.scan(await office.code())
        seen = answer.json()
        assert answer.status_code == 201
        assert seen["holder"] == {"kind": "person", "name_masked": "欧阳**"}
        assert (seen["item"], seen["certificate_types"]) == (ITEM, [FOOD, HEALTH])
        assert seen["grant_expires_at"] == "2026-03-01T08:10:00Z"

    async def test_gives_a_grant_that_space_can_check(self, office: Office) -> None:
        seen = (await office.scan(await office.code(), case_number="YX-2026-7")).json()

        async def fetch() -> Json:
            return dict((await office.http.get("/.well-known/jwks.json")).json())

        checker = TokenChecker(fetch, ISSUER, clock=office.clock)
        said = await checker.verify(seen["grant"], audience="space", typ="yima-grant+jwt")
        assert (said["sub"], said["scan_id"]) == (await office.holder_id(), seen["scan_id"])
        assert (said["operator"], said["organisation"], said["counter"]) == ("w001@staff", HERE, "3号窗口")
        assert (said["item"], said["certificate_types"]) == (ITEM, [FOOD, HEALTH])
        assert (said["purpose"], said["case_number"]) == ("办理食品经营许可变更", "YX-2026-7")
        assert said["exp"] - said["iat"] == 600

    async def test_shows_the_name_of_an_enterprise_which_is_public(self, office: Office) -> None:
        seen = (await office.scan(await office.code(ENTERPRISE))).json()
        assert seen["holder"] == {"kind": "organisation", "name_masked": SHOP}

    async def test_says_what_was_read_and_what_was_granted(self, office: Office) -> None:
        seen = (await office.scan(await office.code())).json()
        [scan], [grant] = await office.said("identity-scan"), await office.said("identity-grant")
        assert (scan["scan_id"], scan["operator"], scan["counter"]) == (
            seen["scan_id"],
            "w001@staff",
            "3号窗口",
        )
        assert (grant["scan_id"], grant["basis"]) == (seen["scan_id"], "holder_presented")
        assert grant["grant_id"] == claims_of(seen["grant"])["jti"]
        assert grant["expires_at"] == seen["grant_expires_at"]
        assert {one.key for topic in ("scan", "grant") for one in office.bus.topics[f"identity-{topic}"]} == {
            await office.holder_id()
        }

    async def test_tells_no_topic_a_name_or_a_number(self, office: Office) -> None:
        await office.scan(await office.code())
        said = [*await office.said("identity-scan"), *await office.said("identity-grant")]
        assert NAME not in str(said)
        assert NUMBER not in str(said)

    async def test_takes_the_blanks_of_a_scanner(self, office: Office) -> None:
        assert (await office.scan(f"\t{await office.code()}\r\n")).status_code == 201


class TestOnce:
    async def test_gives_the_same_answer_to_the_same_scan_also_after_the_code_ended(
        self, office: Office
    ) -> None:
        """A lost answer must not burn the code."""
        code, token = await office.code(), await office.operator()
        first = (await office.scan(code, token=token)).json()
        office.clock.forward(seconds=90)
        again = (await office.scan(code, token=token)).json()
        assert claims_of(again.pop("grant")) == claims_of(first.pop("grant"))
        assert again == first
        assert len(await office.said("identity-grant")) == 1

    async def test_is_known_of_a_scan_that_an_older_release_kept(self, office: Office) -> None:
        """Of two processes one is the older for a while, and neither may fail over what the other wrote."""
        code, token = await office.code(), await office.operator()
        first = (await office.scan(code, token=token)).json()
        del (office.kept(SCANS, first["scan_id"]) or {})["answers_only"]
        again = await office.scan(code, token=token)
        assert (again.status_code, again.json()["scan_id"]) == (201, first["scan_id"])

    async def test_refuses_it_after_five_minutes_and_says_when_it_was_used(self, office: Office) -> None:
        code, token = await office.code(), await office.operator()
        await office.scan(code, token=token)
        office.clock.forward(minutes=5)
        assert (await office.scan(code, token=token)).status_code == 201
        office.clock.forward(seconds=1)
        answer = await office.scan(code, token=token)
        assert (answer.status_code, answer.json()["code"]) == (409, "code_used")
        assert "2026-03-01T08:00:00Z" in answer.json()["detail"]

    async def test_says_whether_a_colleague_or_somebody_elsewhere_used_the_code(self, office: Office) -> None:
        await office.put_organisation(ELSEWHERE, name="郧西县数据局")
        code = await office.code()
        await office.scan(code)
        near = await office.scan(code, token=await office.operator("w002"))
        far = await office.scan(code, token=await office.operator("w003", organisation=ELSEWHERE))
        assert "of your own organisation" in near.json()["detail"]
        assert "of another organisation" in far.json()["detail"]
        assert len(await office.said("identity-scan")) == 1

    @pytest.mark.parametrize(
        "changes", [{"purpose": "别的用途"}, {"case_number": "YX-1"}, {"item": OTHER_ITEM}]
    )
    async def test_takes_another_scan_by_the_same_operator_for_a_second_use(
        self, office: Office, changes: Json
    ) -> None:
        await office.put_organisation(items=[ITEM, OTHER_ITEM])
        await office.publish_item(OTHER_ITEM)
        await office.until(lambda: office.kept(ITEMS, OTHER_ITEM) is not None)
        code, token = await office.code(), await office.operator()
        await office.scan(code, token=token)
        answer = await office.scan(code, token=token, **changes)
        assert (answer.status_code, answer.json()["code"]) == (409, "code_used")

    async def test_gives_no_lost_answer_to_who_left_the_staff_meanwhile(self, office: Office) -> None:
        code, token = await office.code(), await office.operator()
        await office.scan(code, token=token)
        await office.remove_operator("w001")
        answer = await office.scan(code, token=token)
        assert (answer.status_code, answer.json()["code"]) == (403, "operator_removed")

    async def test_accepts_one_of_a_thousand_presentations_by_32_operators_in_two_processes(
        self, office: Office
    ) -> None:
        code = await office.code()
        tokens = [await office.operator(f"w{number:03}") for number in range(32)]
        async with Office(office.keys, office.clock, office.documents, office.bus) as second:
            scans = (
                (office, second)[place % 2].scan(code, token=tokens[place % 32]) for place in range(1000)
            )
            answers = await asyncio.gather(*scans)
        taken = [(place % 32, one.json()) for place, one in enumerate(answers) if one.status_code == 201]
        refused = {one.json()["code"] for one in answers if one.status_code != 201}
        assert refused == {"code_used"}
        assert len({operator for operator, _ in taken}) == 1
        assert len({claims_of(seen["grant"])["jti"] for _, seen in taken}) == 1
        assert len(await office.said("identity-scan")) == len(await office.said("identity-grant")) == 1

    async def test_knows_a_used_code_after_a_restart(self, office: Office) -> None:
        code = await office.code()
        await office.scan(code)
        async with Office(office.keys, office.clock, office.documents, office.bus) as after:
            answer = await after.scan(code, token=await after.operator("w002"))
        assert answer.json()["code"] == "code_used"


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "status", "code"),
        [
            ({"purpose": None}, 422, "purpose_missing"),
            ({"purpose": " \u3000"}, 422, "purpose_missing"),
            ({"purpose": "\u200b\x00"}, 422, "purpose_missing"),
            ({"item": None}, 422, "item_missing"),
            ({"item": " "}, 422, "item_missing"),
            ({"item": OTHER_ITEM}, 422, "item_unknown"),
            ({"purpose": "长" * 201}, 422, "request_invalid"),
            ({"case_number": "1" * 65}, 422, "request_invalid"),
            ({"purpose": "给13800138000办证"}, 422, "purpose_names_person"),
            ({"purpose": "身份证４２０３２２１９９００２１５１０２Ｘ"}, 422, "purpose_names_person"),
            ({"mode": "statutory", "case_number": "YX-1"}, 403, "item_not_statutory"),
            ({"mode": "mandate"}, 422, "request_invalid"),
            ({"code": None}, 422, "request_invalid"),
            ({"code": "https://example.org/jkm/1234"}, 422, "code_foreign"),
            ({"code": "YM1:ABC"}, 422, "code_incomplete"),
        ],
    )
    async def test_give_the_true_reason_and_leave_the_code_unused(
        self, office: Office, changes: Json, status: int, code: str
    ) -> None:
        genuine = await office.code()
        answer = await office.scan(**({"code": genuine} | changes))
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert (await office.scan(genuine)).status_code == 201

    async def test_tell_an_item_of_another_organisation_from_an_unknown_one(self, office: Office) -> None:
        await office.put_organisation(items=[])
        answer = await office.scan(await office.code())
        assert (answer.status_code, answer.json()["code"]) == (403, "item_not_handled")

    async def test_say_later_while_the_items_are_still_being_read(self, office: Office) -> None:
        """Law 8: `item_unknown` never means "still loading"."""
        office.hearing.caught_up = False
        answer = await office.scan(await office.code(), item=OTHER_ITEM)
        assert (answer.status_code, answer.json()["code"]) == (503, "item_not_yet_known")
        assert "retry-after" in answer.headers

    async def test_say_when_a_code_has_ended(self, office: Office) -> None:
        code, token = await office.code(), await office.operator()
        office.clock.forward(seconds=59)
        assert (await office.scan(code, token=token, item=OTHER_ITEM)).json()["code"] == "item_unknown"
        office.clock.forward(seconds=1)
        answer = await office.scan(code, token=token)
        assert (answer.status_code, answer.json()["code"]) == (410, "code_expired")

    async def test_say_that_the_organisation_may_ask_for_nothing_of_the_list(self, office: Office) -> None:
        code = await office.code()
        await office.put_organisation(may_ask_for=[])
        answer = await office.scan(code)
        assert (answer.status_code, answer.json()["code"]) == (403, "organisation_not_entitled")
        await office.put_organisation(may_ask_for=[HEALTH])
        seen = (await office.scan(code)).json()
        assert (seen["certificate_types"], seen["withheld_types"]) == ([HEALTH], [FOOD])
        assert claims_of(seen["grant"])["certificate_types"] == [HEALTH]

    async def test_say_that_the_organisation_was_removed(self, office: Office) -> None:
        code, token = await office.code(), await office.operator()
        await office.call("DELETE", f"/v1/organisations/{HERE}", await office.token("admin"))
        answer = await office.scan(code, token=token)
        assert (answer.status_code, answer.json()["code"]) == (403, "organisation_removed")
        await office.put_organisation()
        assert (await office.scan(code, token=token)).status_code == 201

    async def test_say_that_the_holder_is_frozen_and_take_no_code_of_before_after_the_thaw(
        self, office: Office
    ) -> None:
        code, me = await office.code(), await office.resident(await office.holder_id())
        await office.call("POST", "/v1/me/freeze", me, json={"reason": "手机丢了"})
        answer = await office.scan(code)
        assert (answer.status_code, answer.json()["code"]) == (403, "holder_frozen")
        office.clock.forward(seconds=1)
        again = await office.resident(await office.holder_id())
        await office.call("POST", "/v1/me/unfreeze", again, json={"reason": "找到了"})
        assert (await office.scan(code)).json()["code"] == "code_revoked"
        shown = (await office.call("POST", "/v1/codes", again)).json()["code"]
        assert (await office.scan(shown)).status_code == 201

    async def test_say_that_the_enterprise_code_on_the_wall_opens_nothing(self, office: Office) -> None:
        answer = await office.scan("http://identity.test/q/J57CGLK2EIP5SGLF5RTEQFEWAJ")
        assert (answer.status_code, answer.json()["code"]) == (422, "code_public_face")

    async def test_let_nobody_scan_more_than_the_limit(self, office: Office) -> None:
        token = await office.operator()
        codes = {(await office.scan("nothing", token=token)).json()["code"] for _ in range(120)}
        answer = await office.scan(await office.code(), token=token)
        assert codes == {"code_foreign"}
        assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
        assert int(answer.headers["retry-after"]) == 60

    async def test_say_when_the_holder_is_not_there_any_more(self, office: Office) -> None:
        code = await office.code()
        await office.documents.delete(HOLDERS, await office.holder_id())
        answer = await office.scan(code)
        assert (answer.status_code, answer.json()["code"]) == (404, "holder_unknown")

    async def test_let_nobody_but_operators_scan(self, office: Office) -> None:
        code = await office.code()
        for token in (await office.resident(await office.holder_id()), await office.token("front-desk")):
            answer = await office.scan(code, token=token)
            assert (answer.status_code, answer.json()["code"]) == (403, "caller_kind_wrong")

    async def test_take_the_counter_said_where_the_sign_in_names_none(self, office: Office) -> None:
        code, token = await office.code(), await office.operator(counter="")
        answer = await office.scan(code, token=token)
        assert (answer.status_code, answer.json()["code"]) == (422, "counter_missing")
        seen = (await office.scan(code, token=token, counter="9号窗口")).json()
        assert (seen["counter"], claims_of(seen["grant"])["counter"]) == ("9号窗口", "9号窗口")

    async def test_believe_the_sign_in_where_it_names_the_counter(self, office: Office) -> None:
        seen = (await office.scan(await office.code(), counter="9号窗口")).json()
        assert seen["counter"] == "3号窗口"

    @pytest.mark.parametrize("seed", range(8))
    async def test_meet_any_text_with_one_of_the_named_reasons(self, office: Office, seed: int) -> None:
        chance = random.Random(seed)
        genuine = await office.code()
        await office.scan(genuine)
        for turn in range(25):
            token = await office.operator(f"w1{turn:02}")
            noise = "".join(
                chr(chance.choice([9, 10, 32, 58, 0x7801, 0x1F600, chance.randrange(1, 0xD800)]))
                for _ in range(9)
            )
            cut = chance.randrange(len(genuine))
            for code in (
                noise,
                "YM1:" + noise,
                genuine[:cut] + noise[:1] + genuine[cut + 1 :],
                genuine[:cut],
            ):
                answer = await office.scan(code, token=token)
                reasons = {"code_foreign", "code_forged", "code_incomplete", "code_key_unknown"}
                reasons |= {"code_unreadable", "code_used"}
                assert answer.json()["code"] in reasons, repr(code)
