"""One approval in; a certificate in the applicant's space, a notice out, a partner told."""

import asyncio
import json

import httpx

from services.certs.proof import open_vc, read_trust
from tests.world.people import a_person, a_shop, an_approval
from tests.world.town import Town, eventually, refused


class TestAnApproval:
    async def test_puts_a_certificate_into_the_space_and_tells_the_holder(self, town: Town) -> None:
        shop = a_shop()
        made = await town.approve(an_approval(shop, valid_to=None, long_term=True))
        resident = await town.resident(shop)
        (entry,) = await town.entries(resident)
        assert entry["entry_id"] == made["certificate_id"]
        assert entry["state"] == "valid"
        (message,) = await eventually(resident.messages)
        assert "食品经营许可证" in message["text_zh"]
        assert "郧西县市场监督管理局" in message["text_zh"]

    async def test_may_arrive_long_before_the_holder_signs_in_for_the_first_time(self, town: Town) -> None:
        person = a_person()
        await town.approve(an_approval(person))
        await town.approve(an_approval(person))
        resident = await town.resident(person)
        assert len(await town.entries(resident, count=2)) == 2

    async def test_carries_a_signature_that_anyone_can_check(self, town: Town) -> None:
        shop = a_shop()
        made = await town.approve(an_approval(shop))
        resident = await town.resident(shop)
        await town.entries(resident)
        entry = await resident.ask("space", "GET", f"/v1/entries/{made['certificate_id']}")
        keys = await town.platform.ask("certs", "GET", "/v1/trust-list")
        found = open_vc(entry["credential"], read_trust(json.dumps(keys)))
        assert found.claims["identifier"] == made["identifier"] == entry["identifier"]
        assert found.doubt is None

    async def test_sent_again_and_by_many_at_once_is_one_certificate(self, town: Town) -> None:
        shop = a_shop()
        approval = an_approval(shop)
        answers = await asyncio.gather(*(town.approve(approval) for _ in range(10)))
        assert len({one["certificate_id"] for one in answers}) == 1
        resident = await town.resident(shop)
        await town.entries(resident)
        other = an_approval(shop)
        await town.approve(other)
        assert len(await town.entries(resident, count=2)) == 2

        async def told_of_both() -> list[dict[str, object]]:
            messages = await resident.messages()
            return messages if len(messages) >= 2 else []

        assert len(await eventually(told_of_both)) == 2

    async def test_reaches_the_partner_signed_and_without_naming_the_holder(self, town: Town) -> None:
        shop = a_shop("郧西县夹河镇金銮餐馆")
        made = await town.approve(an_approval(shop))
        resident = await town.resident(shop)

        async def told() -> list[dict[str, object]]:
            types = [one for one in await town.partner.events() if one["type"] == "space.entry.added.v1"]
            mine = [message["message_id"].partition(":")[0] for message in await resident.messages()]
            return [one for one in types if one["id"] in mine]

        (event, *_) = await eventually(told)
        said = json.dumps(event, ensure_ascii=False)
        for secret in (resident.holder_id, shop["name"], shop["id_number"], made["certificate_id"]):
            assert secret not in said

    async def test_of_an_authority_that_the_sender_does_not_speak_for_is_refused(self, town: Town) -> None:
        foreign = an_approval(a_shop(), authority_code="11420322YM0000003K")  # health issues no food licence
        problem = await refused(town.approve(foreign))
        assert (problem.status, problem.code) == (403, "issuer_not_entitled")


class TestAnswers:
    async def test_say_what_is_wrong_and_what_to_do_next(self, town: Town) -> None:
        wrong = a_shop() | {"id_number": "92420322MJ0000001X"}
        problem = (await refused(town.approve(an_approval(wrong)))).problem
        assert problem["code"] == "id_number_invalid"
        assert problem["next_step"]
        assert problem["next_step_zh"]
        assert problem["status"] == 422

    async def test_need_a_token_that_is_signed_and_not_expired(self, town: Town) -> None:
        for token, code in ((None, "token_missing"), ("x.y.z", "token_rejected")):
            answer: httpx.Response = await town.platform.call(
                "certs", "POST", "/v1/approvals", json=an_approval(a_shop()), token=token or ""
            )
            assert (answer.status_code, answer.json()["code"]) == (401, code)

    async def test_never_make_two_things_under_one_idempotency_key(self, town: Town) -> None:
        await town.approve(an_approval(a_shop()), key="the-same-key-1")
        problem = await refused(town.approve(an_approval(a_shop()), key="the-same-key-1"))
        assert problem.code == "idempotency_key_reused"
