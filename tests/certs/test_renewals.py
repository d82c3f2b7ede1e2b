"""Renewals and changes: the next edition takes the place of the one that stands, whatever comes again."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.certs.office import BUREAU, FOOD, HYGIENE, MARKET, STREET, Office, eventually
from tests.certs.sheets import FORM_2018, text_of
from tests.certs.test_changes import change
from tests.certs.test_proof_of_issue import says
from tests.world.people import a_shop, an_approval


def renewing(first: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The approval of its renewal five years later, with another number of its own."""
    later = an_approval(first["holder"])
    return later | {
        "document_name": "准予许可决定书",
        "renews": first["certificate_number"],
        "certificate_number": first["certificate_number"],
        "decided_on": "2026-05-06",
        "valid_from": "2026-05-06",
        "valid_to": "2036-03-04",
        **changes,
    }


async def post(office: Office, approval: dict[str, Any], status: int = 201, **said: Any) -> dict[str, Any]:
    answer = await office.post(approval, **said)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def show(office: Office, certificate_id: str, *, sender: str = MARKET) -> dict[str, Any]:
    answer = await office.client.get(f"/v1/certificates/{certificate_id}", headers=office.headers(sender))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def by_identifier(office: Office, identifier: str) -> httpx.Response:
    query = {"identifier": identifier}
    return await office.client.get("/v1/certificates", params=query, headers=office.headers(MARKET))


class TestARenewal:
    @pytest.mark.parametrize("named_by", ["certificate_number", "identifier"])
    async def test_is_the_next_edition_of_the_same_certificate(self, office: Office, named_by: str) -> None:
        first = an_approval(a_shop())
        made = await post(office, first)
        renews = made["identifier"] if named_by == "identifier" else first["certificate_number"]
        renewed = await post(office, renewing(first, renews=renews))
        assert renewed["certificate_id"] == made["certificate_id"]
        old, new = made["identifier"].split("."), renewed["identifier"].split(".")
        assert old[:-2] == new[:-2]
        assert (old[-2], new[-2]) == ("001", "002")
        shown = await show(office, made["certificate_id"])
        assert (shown["state"], shown["version"], shown["valid_to"]) == ("valid", 2, "2036-03-04")
        assert [(one["edition"], one["state"]) for one in shown["editions"]] == [
            (1, "superseded"),
            (2, "valid"),
        ]

    async def test_is_said_with_its_content_at_the_next_version(self, office: Office) -> None:
        first = an_approval(a_shop())
        made = await post(office, first)
        renewed = await post(office, renewing(first))
        before, after = await office.issued(count=2)
        assert (before.change, after.change) == (None, "renew")
        assert (after.certificate_id, after.version) == (made["certificate_id"], 2)
        content = office.open(after)
        assert content["identifier"] == renewed["identifier"]
        assert content["valid_to"] == "2036-03-04"

    async def test_may_have_a_number_of_its_own_by_which_it_is_renewed_in_turn(self, office: Office) -> None:
        first = an_approval(a_shop())
        await post(office, first)
        second = renewing(first, certificate_number="JY14203220099999", valid_to="2036-03-04")
        await post(office, second)
        third = renewing(second, decided_on="2026-05-07")
        assert (await post(office, third))["identifier"].split(".")[-2] == "003"
        # The first number is nobody's now.
        fourth = renewing(first, decided_on="2026-05-08")
        assert (await post(office, fourth, 422))["code"] == "renewed_unknown"

    async def test_is_found_by_every_identifier_it_had(self, office: Office) -> None:
        first = an_approval(a_shop())
        made = await post(office, first)
        renewed = await post(office, renewing(first))
        for identifier in (made["identifier"], renewed["identifier"]):
            found = await by_identifier(office, identifier)
            assert found.json()["identifier"] == renewed["identifier"]

    async def test_leaves_the_edition_before_superseded_for_who_verifies_it(self, office: Office) -> None:
        first = an_approval(a_shop())
        await post(office, first)
        await post(office, renewing(first))
        before, after = [office.open(one)["credential"] for one in await office.issued(count=2)]
        await eventually(says(office, before, "proof_superseded"))
        await eventually(says(office, after, "proof_in_force"))

    async def test_can_be_suspended_and_revoked_as_any(self, office: Office) -> None:
        first = an_approval(a_shop())
        made = await post(office, first)
        await change(office, made["certificate_id"], "suspend", case_number="1号")
        await change(office, made["certificate_id"], "resume", case_number="2号")
        renewed = await post(office, renewing(first))
        answer = await change(office, made["certificate_id"], "revoke", case_number="3号")
        assert (answer.json()["state"], answer.json()["version"]) == ("revoked", 5)
        assert [one["state"] for one in answer.json()["editions"]] == ["superseded", "revoked"]
        assert answer.json()["identifier"] == renewed["identifier"]

    async def test_keeps_what_earlier_editions_said_under_the_key_of_the_holder(self, office: Office) -> None:
        first = an_approval(a_shop("郧西县独一无二商行"))
        made = await post(office, first)
        for day in range(6, 9):
            await post(office, renewing(first, decided_on=f"2026-05-0{day}"))
        kept = vars(office.documents)["_kept"]
        document = kept["certificates"][made["certificate_id"]]
        assert [("content" in one) for one in document["versions"]] == [False, False, False, True]
        assert sorted(kept["certificate_editions"]) == [f"{made['certificate_id']}/{n}" for n in (1, 2, 3)]
        assert "独一无二" not in office.everything()
        assert first["certificate_number"] not in office.everything()


class TestARepeat:
    async def test_of_either_approval_leads_to_the_certificate_that_stands(self, office: Office) -> None:
        first = an_approval(a_shop())
        await post(office, first)
        second = renewing(first)
        renewed = await post(office, second)
        for again in (second, first, second):
            assert await post(office, again, 200) == renewed
        assert len(await office.issued(count=2)) == 2

    async def test_of_the_first_never_brings_the_old_edition_back_from_an_end(self, office: Office) -> None:
        first = an_approval(a_shop())
        made = await post(office, first)
        await post(office, renewing(first))
        await change(office, made["certificate_id"], "cancel")
        assert (await post(office, first, 200))["state"] == "cancelled"

    async def test_by_a_channel_that_names_it_otherwise_or_not_at_all_is_the_same(
        self, office: Office
    ) -> None:
        first = an_approval(a_shop())
        made = await post(office, first)
        second = renewing(first)
        renewed = await post(office, second)
        for said in (made["identifier"], None):
            assert await post(office, second | {"renews": said}, 200) == renewed

    async def test_that_names_another_certificate_is_a_conflict(self, office: Office) -> None:
        shop = a_shop()
        first, other = an_approval(shop), an_approval(shop)
        await post(office, first)
        await post(office, other)
        second = renewing(first)
        await post(office, second)
        said = second | {"renews": other["certificate_number"]}
        assert (await post(office, said, 409))["code"] == "approval_conflict"
        assert (await post(office, first | {"renews": "X"}, 409))["code"] == "approval_conflict"

    async def test_with_other_details_is_a_conflict(self, office: Office) -> None:
        first = an_approval(a_shop())
        await post(office, first)
        second = renewing(first)
        await post(office, second)
        assert (await post(office, second | {"valid_to": "2037-01-01"}, 409))["code"] == "approval_conflict"
        assert (await post(office, first | {"valid_to": "2037-01-01"}, 409))["code"] == "approval_conflict"

    async def test_of_many_at_once_makes_one_edition(self, office: Office) -> None:
        first = an_approval(a_shop())
        await post(office, first)
        second = renewing(first)
        answers = await asyncio.gather(*(office.post(second) for _ in range(8)))
        assert sorted(one.status_code for one in answers) == [200] * 7 + [201]
        assert len(await office.issued(count=2)) == 2

    async def test_after_an_answer_that_was_lost_finds_what_was_made(self, office: Office) -> None:
        first = an_approval(a_shop())
        await post(office, first)
        second = renewing(first)
        office.wavering.silent_at, office.wavering.lose_answers = ("update certificates", 1), True
        assert (await office.post(second)).status_code == 503
        office.wavering.lose_answers = False
        renewed = await post(office, second, 200)
        assert renewed["identifier"].split(".")[-2] == "002"
        assert len((await show(office, renewed["certificate_id"]))["editions"]) == 2


class TestSeveralRenewals:
    async def test_at_once_of_one_certificate_come_one_after_the_other(self, office: Office) -> None:
        first = an_approval(a_shop())
        made = await post(office, first)
        several = [renewing(first) for _ in range(4)]
        answers = await asyncio.gather(*(office.post(one) for one in several))
        assert [one.status_code for one in answers] == [201] * 4
        shown = await show(office, made["certificate_id"])
        assert [one["edition"] for one in shown["editions"]] == [1, 2, 3, 4, 5]

    async def test_with_an_expiry_or_a_revocation_between_end_as_if_one_by_one(self, office: Office) -> None:
        first = an_approval(a_shop())
        made = await post(office, first)
        renewed, revoked = await asyncio.gather(
            office.post(renewing(first)), change(office, made["certificate_id"], "revoke")
        )
        assert revoked.status_code == 201
        assert renewed.status_code in {201, 409}
        assert (await show(office, made["certificate_id"]))["state"] == "revoked"


class TestWhatCannotBeRenewed:
    async def test_is_what_nobody_knows(self, office: Office) -> None:
        problem = await post(office, renewing(an_approval(a_shop())), 422)
        assert problem["code"] == "renewed_unknown"

    async def test_is_another_holders(self, office: Office) -> None:
        """By the number it is not found, by the identifier it does not fit."""
        first = an_approval(a_shop())
        made = await post(office, first)
        theirs = renewing(an_approval(a_shop()), renews=first["certificate_number"])
        assert (await post(office, theirs, 422))["code"] == "renewed_unknown"
        problem = await post(office, theirs | {"renews": made["identifier"]}, 409)
        assert problem["code"] == "renewal_mismatch"
        assert problem["detail"].startswith("holder: ")

    async def test_is_another_authoritys_and_then_it_looks_like_none(self, office: Office) -> None:
        await office.register(STREET, own=[FOOD])
        first = an_approval(a_shop())
        made = await post(office, first)
        theirs = renewing(first, authority_code=STREET, renews=made["identifier"])
        unknown = await post(
            office, theirs | {"renews": made["identifier"][:-6] + "2.001.1"}, 422, sender=STREET
        )
        problem = await post(office, theirs, 422, sender=STREET)
        assert problem["code"] == "renewed_unknown"
        assert problem["detail"] == unknown["detail"]
        # A source of both is told.
        await office.register(BUREAU, source_for={MARKET: [FOOD], STREET: [FOOD]})
        problem = await post(office, theirs, 409)
        assert problem["code"] == "renewal_mismatch"
        assert problem["detail"] == f"authority: got {STREET}; needed {MARKET}"

    async def test_goes_on_at_a_successor_as_a_new_certificate_once_the_old_one_is_cancelled(
        self, office: Office
    ) -> None:
        """As docs/connect-an-authority.md has it for 机构改革: also where the decision calls itself 延续."""
        first = an_approval(a_shop())
        made = await post(office, first)
        await office.register(STREET, own=[FOOD], source_for={MARKET: [FOOD]})
        ended = await change(office, made["certificate_id"], "cancel", sender=STREET)
        assert ended.status_code == 201
        theirs = renewing(first, authority_code=STREET, renews=None, category="延续")
        new = await post(office, theirs, sender=STREET)
        assert new["certificate_id"] != made["certificate_id"]
        assert (await show(office, made["certificate_id"]))["state"] == "cancelled"

    async def test_is_of_another_type(self, office: Office) -> None:
        await office.register(BUREAU, source_for={MARKET: [FOOD, HYGIENE]})
        first = an_approval(a_shop())
        made = await post(office, first)
        other = renewing(first, certificate_name="公共场所卫生许可证", renews=made["identifier"])
        problem = await post(office, other | {"certificate_number": None, "valid_to": "2030-05-05"}, 409)
        assert problem["code"] == "renewal_mismatch"
        assert FOOD in problem["detail"]

    @pytest.mark.parametrize(
        ("move", "state"), [("suspend", "suspended"), ("withdraw", "withdrawn"), ("revoke", "revoked")]
    )
    async def test_is_suspended_or_over_by_a_decision(self, office: Office, move: str, state: str) -> None:
        first = an_approval(a_shop())
        made = await post(office, first)
        await change(office, made["certificate_id"], move)
        problem = await post(office, renewing(first), 409)
        assert problem["code"] == "renewed_not_standing"
        assert state in problem["detail"]
        assert "expired or valid" in problem["detail"]
        assert (await show(office, made["certificate_id"]))["state"] == state

    async def test_is_not_what_the_calendar_alone_has_ended(self, office: Office) -> None:
        """A renewal in time may reach us after the last day."""
        first = an_approval(a_shop(), valid_from="2020-03-05", decided_on="2020-03-05", valid_to="2025-03-04")
        made = await post(office, first)
        assert (await show(office, made["certificate_id"]))["state"] == "expired"
        assert (await post(office, renewing(first)))["state"] == "valid"

    async def test_is_superseded_and_the_refusal_names_what_stands(self, office: Office) -> None:
        first = an_approval(a_shop())
        made = await post(office, first)
        renewed = await post(office, renewing(first))
        late = renewing(first, renews=made["identifier"], decided_on="2026-06-06")
        problem = await post(office, late, 409)
        assert problem["code"] == "renewed_not_standing"
        assert renewed["identifier"] in problem["detail"]

    async def test_is_what_a_later_decision_has_renewed(self, office: Office) -> None:
        first = an_approval(a_shop())
        await post(office, first)
        await post(office, renewing(first, decided_on="2026-06-06"))
        problem = await post(office, renewing(first, decided_on="2026-05-05"), 409)
        assert problem["code"] == "renewal_outdated"

    async def test_is_one_of_several_of_the_same_number(self, office: Office) -> None:
        shop = a_shop()
        first = an_approval(shop)
        twin = an_approval(shop, certificate_number=first["certificate_number"])
        made = [await post(office, one) for one in (first, twin)]
        problem = await post(office, renewing(first), 409)
        assert problem["code"] == "renewed_ambiguous"
        assert all(one["identifier"] in problem["detail"] for one in made)
        # Of those that have ended none is meant as long as one stands.
        await change(office, made[1]["certificate_id"], "cancel")
        assert (await post(office, renewing(first)))["certificate_id"] == made[0]["certificate_id"]


class TestTheDays:
    async def test_leave_no_gap_where_the_new_edition_begins_when_the_old_one_ends(
        self, office: Office
    ) -> None:
        first = an_approval(a_shop())
        made = await post(office, first)
        second = renewing(first, valid_from="2031-03-05", valid_to="2036-03-04")
        await post(office, second)
        shown = await show(office, made["certificate_id"])
        assert (shown["valid_from"], shown["valid_to"]) == ("2026-03-05", "2036-03-04")
        _, said = await office.issued(count=2)
        assert str(said.valid_from) == "2026-03-05"

    async def test_keep_a_gap_that_the_authority_left(self, office: Office) -> None:
        first = an_approval(a_shop())
        made = await post(office, first)
        await post(office, renewing(first, valid_from="2031-03-06", valid_to="2036-03-04"))
        assert (await show(office, made["certificate_id"]))["valid_from"] == "2031-03-06"


class TestAFile:
    async def test_renews_what_says_so_and_has_the_number_of_one_that_stands(self, office: Office) -> None:
        shop = a_shop()
        rows = [
            {"文书名称": "准予许可决定书", "自": "2021-03-05", "至": "2026-03-04", "决定": "2021-03-05"},
            {"文书名称": "准予延续许可决定书", "自": "2026-03-05", "至": "2031-03-04", "决定": "2026-03-05"},
            {"文书名称": "准予变更许可决定书", "自": "2026-04-01", "至": "2031-03-04", "决定": "2026-04-01"},
        ]
        sheet = csv_of([row_of(shop, number, one) for number, one in enumerate(rows)])
        ended = await office.imported(sheet)
        assert (ended["issued"], ended["refused"]) == (3, 0)
        said = await office.issued(count=3)
        assert len({one.certificate_id for one in said}) == 1
        assert [one.version for one in said] == [1, 2, 3]
        again = await office.imported(sheet, "again.csv")
        assert (again["issued"], again["already"]) == (0, 3)

    async def test_makes_the_first_of_a_number_that_was_never_seen_a_new_certificate(
        self, office: Office
    ) -> None:
        shop = a_shop()
        words = {
            "文书名称": "准予延续许可决定书",
            "自": "2026-03-05",
            "至": "2031-03-04",
            "决定": "2026-03-05",
        }
        later = words | {"决定": "2026-06-05"}
        ended = await office.imported(csv_of([row_of(shop, 1, words), row_of(shop, 2, later)]))
        assert (ended["issued"], ended["refused"]) == (2, 0)
        said = await office.issued(count=2)
        assert [one.version for one in said] == [1, 2]

    async def test_names_another_number_in_a_column_of_its_own(self, office: Office) -> None:
        first = an_approval(a_shop())
        made = await post(office, first)
        words = {"文书名称": "准予许可决定书", "自": "2026-05-05", "至": "2031-03-04", "决定": "2026-05-05"}
        row = row_of(first["holder"], 1, words) | {"原许可证编号": first["certificate_number"]}
        lost = row_of(first["holder"], 2, words) | {"原许可证编号": "没有这个"}
        ended = await office.imported(csv_of([row, lost]))
        assert (ended["issued"], ended["refused"]) == (1, 1)
        assert len((await show(office, made["certificate_id"]))["editions"]) == 2
        report = await office.client.get(ended["report"], headers=office.headers())
        assert "renewed_unknown" in report.text
        assert "原许可编号" in report.text


def row_of(shop: dict[str, str], number: int, words: dict[str, str]) -> dict[str, str]:
    """One decision about the licence of number JY14203220077777."""
    return FORM_2018 | {
        "行政相对人名称": shop["name"],
        "行政相对人代码_1(统一社会信用代码)": shop["id_number"],
        "行政许可决定文书名称": words["文书名称"],
        "行政许可决定文书号": f"西决〔2026〕{number}号",
        "许可编号": "JY14203220077777",
        "许可决定日期": words["决定"],
        "有效期自": words["自"],
        "有效期至": words["至"],
    }


def csv_of(rows: list[dict[str, str]]) -> bytes:
    """A file with the columns of its first row."""
    return text_of([list(rows[0]), *(list(one.values()) for one in rows)]).encode()
