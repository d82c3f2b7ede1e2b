"""One approval at a time, over HTTP."""

import asyncio
from typing import Any

import pytest

from services.certs.events import CertificateIssued
from services.kernel.holders import check_number
from tests.certs.office import BUREAU, CARD, FOOD, HOSPITAL, HYGIENE, MARKET, Office, eventually
from tests.world.people import a_person, a_shop, an_approval

SHOP_NUMBER = "92420322YM00000012"


class TestAccept:
    async def test_makes_a_certificate_and_says_so_once(self, office: Office) -> None:
        answer = await office.post(an_approval(a_shop()))
        assert answer.status_code == 201
        assert set(answer.json()) == {"certificate_id", "identifier", "state"}
        (event,) = await office.issued()
        assert event.certificate_id == answer.json()["certificate_id"]
        assert (event.certificate_type, event.authority, event.state) == (FOOD, MARKET, "valid")
        assert (str(event.valid_from), str(event.valid_to)) == ("2026-03-05", "2031-03-04")

    async def test_takes_the_type_by_its_code_too_and_passes_over_unknown_fields(
        self, office: Office
    ) -> None:
        approval = an_approval(a_shop(), certificate_name=None, certificate_type=FOOD, colour="red")
        assert (await office.post(approval)).status_code == 201

    async def test_keeps_no_end_for_a_long_term(self, office: Office) -> None:
        await office.post(an_approval(a_shop(), valid_to=None, long_term=True))
        (event,) = await office.issued()
        assert event.valid_to is None

    @pytest.mark.parametrize("end", ["2099-12-31", "9999-12-31"])
    async def test_takes_the_far_day_that_stands_for_a_long_term_as_none(
        self, office: Office, end: str
    ) -> None:
        """Another channel says 长期 of the same decision, and must not meet a conflict."""
        approval = an_approval(a_shop(), valid_to=end, long_term=True)
        assert (await office.post(approval)).status_code == 201
        again = await office.post(approval | {"valid_to": None})
        assert (again.status_code, (await office.issued())[0].valid_to) == (200, None)

    async def test_says_the_longest_that_it_takes(self, office: Office) -> None:
        """One whose event the broker refused would end the whole file that it stands in."""
        rare = "\U00020000"
        names = ("document_name", "document_number", "category", "authority_name")
        long = dict.fromkeys(names, rare * 500) | {"content": rare * 20_000}
        holder = a_shop(rare * 500) | {"legal_representative": rare * 500}
        assert (await office.post(an_approval(holder, **long))).status_code == 201

    async def test_answers_the_same_approval_with_the_certificate_that_stands(self, office: Office) -> None:
        approval = an_approval(a_shop())
        first = await office.post(approval)
        again = await office.post(approval | {"authority_name": "市监局", "remark": "来自另一渠道"})
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()

    async def test_knows_the_same_approval_in_full_width_and_with_blanks(self, office: Office) -> None:
        approval = an_approval(a_shop(), document_number="西食许〔2026〕7号")
        first = await office.post(approval)
        again = await office.post(approval | {"document_number": "西食许〔２０２６〕 7 号"})
        assert first.json() == again.json()

    async def test_refuses_the_same_approval_with_other_details(self, office: Office) -> None:
        approval = an_approval(a_shop())
        await office.post(approval)
        answer = await office.post(approval | {"valid_to": "2036-03-04"})
        assert (answer.status_code, answer.json()["code"]) == (409, "approval_conflict")

    async def test_of_twenty_racers_one_makes_the_certificate(self, office: Office) -> None:
        approval = an_approval(a_shop())
        answers = await asyncio.gather(*(office.post(approval) for _ in range(20)))
        assert sorted(one.status_code for one in answers) == [200] * 19 + [201]
        assert len({one.text for one in answers}) == 1
        await office.issued()
        assert len(office.bus.topics[CertificateIssued.topic()]) == 1

    async def test_says_unavailable_while_the_database_is_away_and_loses_nothing(
        self, office: Office
    ) -> None:
        approval = an_approval(a_shop())
        office.wavering.silent = 1
        away = await office.post(approval, key="the-same-key")
        assert (away.status_code, away.json()["code"]) == (503, "database_unavailable")
        assert int(away.headers["Retry-After"]) > 0
        assert (await office.post(approval, key="the-same-key")).status_code == 201


class TestRefuse:
    async def test_tells_all_that_is_wrong_at_once_each_with_its_rule(self, office: Office) -> None:
        wrong = an_approval(
            a_shop() | {"id_number": "92420322YM00000019", "name": " "},
            document_number="",
            authority_code="",
            valid_to="2020-01-01",
            fields={"colour": "red"},
        )
        answer = (await office.post(wrong)).json()
        assert answer["code"] == "approval_faulty"
        assert {(one["path"], one["code"]) for one in answer["faults"]} == {
            ("holder.name", "approval_incomplete"),
            ("document_number", "approval_incomplete"),
            ("authority_code", "authority_code_missing"),
            ("valid_to", "dates_out_of_order"),
            ("holder", "id_number_invalid"),
            ("fields.colour", "approval_content_wrong"),
        }
        assert all(one["got"] and one["needed"] for one in answer["faults"])
        assert "92420322YM00000019" not in str(answer)

    async def test_tells_who_is_not_entitled_nothing_of_the_content(self, office: Office) -> None:
        answer = await office.post(an_approval(a_shop(), document_number=""), sender=HOSPITAL)
        assert answer.status_code in {403, 503}  # it is registered for nothing
        assert "faults" not in answer.json()

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"certificate_name": "从未听说的许可证"}, "certificate_name_unknown"),
            ({"certificate_name": None}, "certificate_name_unknown"),
            ({"certificate_type": "11100000MB9999900G999"}, "certificate_type_unknown"),
            ({"valid_from": "2031-03-05"}, "dates_out_of_order"),
            ({"long_term": True}, "long_term_with_end"),
            ({"authority_code": " "}, "authority_code_missing"),
            ({"authority_code": "00000000000000000X"}, "authority_code_missing"),
            ({"authority_code": "11420322YM0000002H"}, "authority_code_invalid"),
            ({"document_number": "　"}, "approval_incomplete"),
            ({"content": "\u200b\x00"}, "approval_incomplete"),
            ({"decided_on": 1709164800}, "request_invalid"),
            ({"decided_on": "1709164800"}, "request_invalid"),
            ({"valid_to": "2031-03-04T00:00:00Z"}, "request_invalid"),
            ({"valid_to": "2031-02-29"}, "request_invalid"),
            ({"content": "\ud800"}, "request_invalid"),
            ({"raw": {"\ud800": "备注"}}, "request_invalid"),
            ({"content": "长" * 20_001}, "approval_field_too_long"),
            ({"content": "长" + "\x01" * 19_000}, "approval_field_too_long"),
            (
                {"holder": {"id_type": "001", "id_number": f"{SHOP_NUMBER[:-1]}3", "name": "商行"}},
                "id_number_invalid",
            ),
            (
                {"holder": {"id_type": "001", "id_number": "00000000000000000X", "name": "商行"}},
                "holder_code_placeholder",
            ),
            ({"holder": {"id_type": "777", "id_number": "1", "name": "商行"}}, "id_type_unknown"),
        ],
    )
    async def test_names_the_rule_that_is_broken(
        self, office: Office, changes: dict[str, Any], code: str
    ) -> None:
        answer = await office.post(an_approval(a_shop()) | changes)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert answer.json()["next_step_zh"]

    @pytest.mark.parametrize("field", ["certificate_name", "certificate_type"])
    @pytest.mark.parametrize("number", ["42032219951207426X", "420322 19951207 426X", "138-0000-0000"])
    async def test_repeats_no_number_that_stands_in_the_wrong_field(
        self, office: Office, field: str, number: str
    ) -> None:
        answer = await office.post(an_approval(a_shop()) | {field: number})
        assert answer.json()["code"].endswith("_unknown")
        assert number not in answer.text

    async def test_names_the_fields_that_are_missing_or_wrong(self, office: Office) -> None:
        approval = an_approval({"id_type": "001", "name": "商行"}, decided_on="昨天")
        del approval["content"]
        answer = await office.post(approval)
        assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
        for name in ("holder.id_number", "content", "decided_on"):
            assert name in answer.json()["detail"]
        assert "昨天" not in answer.text

    async def test_a_certificate_of_persons_for_an_organisation(self, office: Office) -> None:
        await office.register(MARKET, own=[FOOD, CARD])
        answer = await office.post(
            an_approval(a_shop(), certificate_name=None, certificate_type=CARD), sender=MARKET
        )
        assert "holder_kind_wrong" in {one["code"] for one in answer.json()["faults"]}

    async def test_a_request_without_its_key(self, office: Office) -> None:
        answer = await office.client.post(
            "/v1/approvals", json=an_approval(a_shop()), headers=office.headers()
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")

    async def test_a_caller_without_the_scope_and_one_that_is_no_machine(self, office: Office) -> None:
        for asked, code in (
            ({"scope": "other"}, "scope_missing"),
            ({"kind": "operator"}, "caller_kind_wrong"),
        ):
            headers = {"Authorization": f"Bearer {office.token(**asked)}", "Idempotency-Key": "12345678"}
            answer = await office.client.post("/v1/approvals", json=an_approval(a_shop()), headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, code)


class TestEntitlement:
    async def test_lets_an_authority_send_its_own(self, office: Office) -> None:
        assert (await office.post(an_approval(a_shop()), sender=MARKET)).status_code == 201

    @pytest.mark.parametrize(
        ("changes", "sender"),
        [
            ({"authority_code": HOSPITAL}, BUREAU),  # not a source for this authority
            ({"certificate_name": "公共场所卫生许可证"}, BUREAU),  # not for this type
            (
                {"certificate_name": "公共场所卫生许可证"},
                MARKET,
            ),  # the authority, not registered for the type
            ({"authority_code": BUREAU}, BUREAU),  # a source is no authority
            ({"authority_code": HOSPITAL}, MARKET),  # an authority, registered for the type, for another
            ({}, None),  # a client of no organisation
        ],
    )
    async def test_refuses_everybody_else(
        self, office: Office, changes: dict[str, str], sender: str | None
    ) -> None:
        answer = await office.post(an_approval(a_shop()) | changes, sender=sender)
        assert (answer.status_code, answer.json()["code"]) == (403, "issuer_not_entitled")

    async def test_asks_one_that_has_not_arrived_yet_to_come_again(self, office: Office) -> None:
        approval = an_approval(
            a_shop(), authority_code=HOSPITAL, certificate_name="公共场所卫生许可证", valid_to="2030-03-04"
        )
        early = await office.post(approval, sender=HOSPITAL)
        assert (early.status_code, early.json()["code"]) == (503, "organisation_not_yet_known")
        assert early.headers["Retry-After"] == "1"
        await office.register(HOSPITAL, own=[HYGIENE])
        assert (await office.post(approval, sender=HOSPITAL)).status_code == 201

    async def test_ends_with_the_registration_that_takes_it_away(self, office: Office) -> None:
        """Also where the process found the sender entitled a moment before, and so decides by that first."""
        approval = an_approval(a_shop())
        assert (await office.post(approval)).status_code == 201
        await office.register(BUREAU)
        for again in (approval, an_approval(a_shop())):
            assert (await office.post(again)).json()["code"] == "issuer_not_entitled"

    async def test_begins_with_the_registration_that_gives_it(self, office: Office) -> None:
        approval = an_approval(a_shop(), certificate_name="公共场所卫生许可证", valid_to="2030-03-04")
        assert (await office.post(approval, sender=MARKET)).json()["code"] == "issuer_not_entitled"
        await office.register(MARKET, own=[HYGIENE])
        assert (await office.post(approval, sender=MARKET)).status_code == 201


class TestPublic:
    async def test_lists_the_types_with_their_fields(self, office: Office) -> None:
        answer = await office.client.get("/v1/certificate-types")
        types = {one["certificate_type"]: one for one in answer.json()["certificate_types"]}
        assert types[FOOD]["name"] == "食品经营许可证"
        assert types[FOOD]["provisional"] is True
        assert types[CARD]["holder_kinds"] == ["person"]
        assert {"name", "term", "kind", "required", "sensitive", "choices"} == set(types[FOOD]["fields"][0])

    async def test_publishes_no_private_key(self, office: Office) -> None:
        await office.post(an_approval(a_shop()))
        said = (await office.client.get("/v1/trust-list")).json()
        keys = [key for one in said["issuers"] for key in one["jwks"]["keys"]] + said["status_keys"]["keys"]
        assert said["issuers"]
        assert all("d" not in key and key["kid"] for key in keys)


class TestSecrecy:
    async def test_keeps_and_says_nothing_personal_in_the_clear(self, office: Office) -> None:
        person = a_person("欧阳晓禾")
        approval = an_approval(
            a_shop() | {"legal_representative": "司马青禾"},
            remark="电话13800000000",
            raw={"备注": "住址甲乙丙"},
        )
        road = an_approval(person, certificate_name="道路运输经营许可证", authority_code="11420322YM0000004N")
        for one in (approval, road):
            assert (await office.post(one)).status_code == 201
        await office.issued(count=2)
        kept = office.everything()
        secrets = [
            *(
                person["name"],
                person["id_number"],
                approval["holder"]["id_number"],
                approval["holder"]["name"],
            ),
            *(
                "司马青禾",
                "13800000000",
                "住址甲乙丙",
                approval["document_number"],
                approval["certificate_number"],
            ),
        ]
        assert check_number("111", person["id_number"], today=office.parts.desk.clock.now().date())
        for secret in secrets:
            assert secret not in kept
            assert repr(secret.encode())[2:-1] not in kept

    async def test_seals_the_content_to_space_alone(self, office: Office) -> None:
        shop = a_shop() | {"legal_representative": "陈素琴"}
        approval = an_approval(shop)
        made = (await office.post(approval)).json()
        (event,) = await office.issued()
        content = office.open(event)
        assert content["identifier"] == made["identifier"]
        assert content["number"] == approval["certificate_number"]
        assert (content["name"], content["holder_name"]) == ("食品经营许可证", shop["name"])
        assert content["id_number_masked"] != shop["id_number"]
        assert shop["id_number"] not in str(content)
        assert (content["valid_from"], content["valid_to"]) == ("2026-03-05", "2031-03-04")
        assert content["fields"] == {
            "legal_representative": "陈素琴",
            "document_name": approval["document_name"],
            "document_number": approval["document_number"],
            "category": "普通",
            "content": "食品销售",
            "decided_on": "2026-03-05",
        }
        with pytest.raises(Exception, match="not sealed to a key of ours"):
            office.open(event, service="notify")

    async def test_publishes_what_was_kept_while_the_broker_was_away(self, office: Office) -> None:
        office.bus.down = True
        assert (await office.post(an_approval(a_shop()))).status_code == 201
        office.bus.down = False
        assert len(await office.issued()) == 1

        async def unloaded() -> bool:
            (kept,) = vars(office.documents)["_kept"]["certificates"].values()
            return not kept["outbox"]

        assert await eventually(unloaded)
