"""The scan: one code, one use, and a truthful reason for every refusal."""

import asyncio
import random
from datetime import timedelta

import pytest

from services.identity.codes import CoseCodes
from services.identity.signing import JwtSigning
from services.identity.store import HOLDERS
from services.kernel.holders import HolderId
from services.kernel.keys.secrets import read_jwks
from services.kernel.keys.tokens import Caller, TokenChecker
from tests.identity.office import (
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
from tests.identity.test_codes import other_keys


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
        assert (said["operator"], said["organisation"], said["counter"]) == ("w001", HERE, "3号窗口")
        assert (said["item"], said["certificate_types"]) == (ITEM, [FOOD, HEALTH])
        assert (said["purpose"], said["case_number"]) == ("办理食品经营许可变更", "YX-2026-7")
        assert said["exp"] - said["iat"] == 600

    async def test_shows_the_name_of_an_enterprise_which_is_public(self, office: Office) -> None:
        seen = (await office.scan(await office.code(ENTERPRISE))).json()
        assert seen["holder"] == {"kind": "organisation", "name_masked": SHOP}

    async def test_says_what_was_read_and_what_was_granted(self, office: Office) -> None:
        seen = (await office.scan(await office.code())).json()
        [scan], [grant] = await office.said("identity-scan"), await office.said("identity-grant")
        assert (scan["scan_id"], scan["operator"], scan["counter"]) == (seen["scan_id"], "w001", "3号窗口")
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
    async def test_refuses_a_second_use(self, office: Office) -> None:
        code = await office.code()
        await office.scan(code)
        answer = await office.scan(code)
        assert (answer.status_code, answer.json()["code"]) == (409, "code_used")
        assert len(await office.said("identity-scan")) == 1

    async def test_gives_the_same_answer_to_the_same_request_also_after_the_code_ended(
        self, office: Office
    ) -> None:
        """A lost answer must not burn the code."""
        code, token = await office.code(), await office.operator()
        first = (await office.scan(code, key="visit-0001", token=token)).json()
        office.clock.forward(seconds=90)
        again = (await office.scan(code, key="visit-0001", token=token)).json()
        assert claims_of(again.pop("grant")) == claims_of(first.pop("grant"))
        assert again == first
        assert len(await office.said("identity-grant")) == 1

    async def test_refuses_another_operator_with_the_same_key(self, office: Office) -> None:
        code = await office.code()
        await office.scan(code, key="visit-0001")
        answer = await office.scan(code, key="visit-0001", token=await office.operator("w002"))
        assert answer.json()["code"] == "code_used"

    async def test_refuses_the_same_key_for_another_purpose(self, office: Office) -> None:
        code, token = await office.code(), await office.operator()
        await office.scan(code, key="visit-0001", token=token)
        answer = await office.scan(code, key="visit-0001", token=token, purpose="别的用途")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")

    async def test_needs_a_key(self, office: Office) -> None:
        headers = {"Authorization": f"Bearer {await office.operator()}"}
        body = {"code": await office.code(), "item": ITEM, "purpose": "办理"}
        answer = await office.http.post("/v1/scans", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")

    async def test_lets_one_of_two_processes_win_a_race(self, office: Office) -> None:
        code = await office.code()
        async with Office(office.keys, office.clock, office.documents, office.bus) as second:
            tokens = [await office.operator(f"w{number}") for number in range(20)]
            scans = (
                (office, second)[place % 2].scan(code, token=token) for place, token in enumerate(tokens)
            )
            answers = await asyncio.gather(*scans)
        assert sorted(one.status_code for one in answers) == [201] + 19 * [409]
        assert len(await office.said("identity-scan")) == 1

    async def test_gives_one_answer_to_one_request_that_races_itself(self, office: Office) -> None:
        code, token = await office.code(), await office.operator()
        answers = await asyncio.gather(*(office.scan(code, key="visit-0001", token=token) for _ in range(5)))
        assert {one.status_code for one in answers} == {201}
        assert len({claims_of(one.json()["grant"])["jti"] for one in answers}) == 1


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
            ({"code": None}, 422, "request_invalid"),
            ({"code": "https://example.org/jkm/1234"}, 422, "code_foreign"),
            ({"code": "YM1:ABC"}, 422, "code_forged"),
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

    async def test_say_that_a_code_is_forged_when_another_key_signed_it(self, office: Office) -> None:
        holder_id = HolderId(await office.holder_id())
        forged = CoseCodes(other_keys()).write(holder_id, expires_at=office.clock.at.replace(hour=9))
        answer = await office.scan(forged)
        assert (answer.status_code, answer.json()["code"]) == (422, "code_forged")

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

    async def test_let_no_operator_scan_who_stands_at_no_counter(self, office: Office) -> None:
        """identity gives no such token; one that came into being otherwise is worth nothing here."""
        tokens = JwtSigning(
            read_jwks(office.keys / "identity" / "tokens.jwks"), ISSUER, assertion_life=timedelta(minutes=5)
        )
        who = Caller(subject="w001", kind="operator", client_id="counter", organisation=HERE)
        token = tokens.access_token(who, token_id="t1", at=office.clock.at, life=timedelta(minutes=10))
        answer = await office.scan(await office.code(), token=token)
        assert (answer.status_code, answer.json()["code"]) == (403, "operator_required")

    @pytest.mark.parametrize("seed", range(8))
    async def test_meet_any_text_with_one_of_four_reasons(self, office: Office, seed: int) -> None:
        chance = random.Random(seed)
        token, genuine = await office.operator(), await office.code()
        await office.scan(genuine, token=token)
        for _ in range(25):
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
                reasons = {"code_foreign", "code_forged", "code_expired", "code_used"}
                assert answer.json()["code"] in reasons, repr(code)
