"""Paper codes: what is printed, what it opens, and what five wrong guesses end."""

import asyncio
import logging
from base64 import b64decode
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import zxingcpp
from PIL import Image

from services.identity.drawing import ZintDrawing
from services.identity.store import PAPERS
from services.kernel.check_digits import mod_11_2
from services.kernel.stream.memory_bus import MemoryBus
from tests.identity.office import (
    ENTERPRISE,
    FOOD,
    HEALTH,
    ISSUER,
    NAME,
    NUMBER,
    PERSON,
    HandClock,
    Json,
    Office,
)
from tests.world.yielding import Yielding

LAST_FOUR = NUMBER[-4:]
WRONG = "0000"
LOST = {"id_type": "111", "id_number": NUMBER}


async def try_printing(office: Office, holder: Json = PERSON, *roles: str) -> httpx.Response:
    token = await office.operator("w800", *(roles or ("registrar",)))
    return await office.call("POST", "/v1/paper-codes", token, json=holder | {"checked": "身份证原件"})


async def printed(office: Office) -> Json:
    answer = await try_printing(office)
    assert answer.status_code == 200, answer.text
    paper: Json = answer.json()
    return paper


async def shown(
    office: Office, paper: Json, last_four: str | None = LAST_FOUR, **more: Any
) -> httpx.Response:
    return await office.scan(paper["url"], last_four=last_four, **more)


async def listed(office: Office) -> list[Json]:
    answer = await office.call("GET", "/v1/me/paper-codes", await office.resident(await office.holder_id()))
    papers: list[Json] = answer.json()["papers"]
    return papers


def code_of(answer: httpx.Response) -> str:
    return str(answer.json().get("code", "taken" if answer.is_success else "?"))


class TestPrinting:
    async def test_the_address_has_nothing_of_the_holder(self, office: Office) -> None:
        paper = await printed(office)
        holder_id = await office.holder_id()
        begin, secret = f"{ISSUER}/p/", paper["url"].rpartition("/")[2]
        assert paper["url"] == begin + secret
        assert len(secret) == 26
        assert not [
            part for part in (NUMBER, LAST_FOUR, NAME, holder_id, paper["paper_id"]) if part in secret
        ]

    async def test_what_is_kept_does_not_make_the_paper_again(self, office: Office) -> None:
        secret = (await printed(office))["url"].rpartition("/")[2]
        kept = str(office.documents._kept)  # noqa: SLF001
        assert secret not in kept
        assert NUMBER not in str(office.documents._kept[PAPERS.name])  # noqa: SLF001

    async def test_two_papers_of_one_holder_have_nothing_in_common(self, office: Office) -> None:
        one, other = await printed(office), await printed(office)
        assert one["url"] != other["url"]
        assert one["paper_id"] != other["paper_id"]

    async def test_the_sheet_is_read_back_as_the_address(self, office: Office) -> None:
        paper = await printed(office)
        sheet = Image.open(BytesIO(b64decode(paper["sheet"].removeprefix("data:image/png;base64,"))))
        found = zxingcpp.read_barcodes(sheet)
        assert [one.text for one in found] == [paper["url"]]

    async def test_it_is_good_for_thirty_days_and_five_uses(self, office: Office) -> None:
        paper = await printed(office)
        assert datetime.fromisoformat(paper["expires_at"]) == office.clock.now() + timedelta(days=30)
        assert paper["uses"] == 5

    async def test_a_person_who_never_signed_in_is_registered_on_the_spot(self, office: Office) -> None:
        paper = await printed(office)
        assert code_of(await shown(office, paper)) == "taken"

    async def test_only_a_registrar_prints_and_only_for_persons(self, office: Office) -> None:
        assert code_of(await try_printing(office, PERSON, "hotline")) == "role_missing"
        token = await office.operator("w801", "registrar")
        body = ENTERPRISE | {"checked": "营业执照"}
        answer = await office.call("POST", "/v1/paper-codes", token, json=body)
        assert code_of(answer) == "paper_for_persons"
        resident = await office.resident(await office.holder_id())
        answer = await office.call("POST", "/v1/paper-codes", resident, json=PERSON | {"checked": "x"})
        assert answer.status_code == 403

    @pytest.mark.parametrize(
        ("id_type", "id_number", "code"),
        [
            ("111", "42032220120301103", "taken"),  # fourteen today
            ("111", "42032220120302101", "guardian_needed"),  # fourteen tomorrow
            ("111", "42032220100301107", "taken"),  # sixteen
            ("414", "E12345678", "taken"),  # a passport says no age
        ],
    )
    async def test_from_fourteen_on_one_carries_it_oneself(
        self, office: Office, id_type: str, id_number: str, code: str
    ) -> None:
        whole = id_number + mod_11_2(id_number) if id_type == "111" else id_number
        answer = await try_printing(office, {"id_type": id_type, "id_number": whole, "name": "陈小禾"})
        assert code_of(answer) == code

    async def test_a_newer_one_ends_the_older(self, office: Office) -> None:
        older, newer = await printed(office), await printed(office)
        assert code_of(await shown(office, older)) == "paper_code_revoked"
        assert code_of(await shown(office, newer)) == "taken"


class TestAtTheCounter:
    async def test_it_opens_with_the_last_four_and_says_whose_it_is(self, office: Office) -> None:
        answer = await shown(office, await printed(office), last_four=f" {LAST_FOUR.lower()} ")
        assert answer.is_success, answer.text
        assert answer.json()["holder"]["name_masked"] == "欧阳**"

    async def test_it_serves_five_times_and_no_sixth(self, office: Office) -> None:
        paper = await printed(office)
        answers = [code_of(await shown(office, paper, purpose=f"第{use}次")) for use in range(7)]
        assert answers == [*["taken"] * 5, *["paper_code_spent"] * 2]
        assert [(one["state"], one["uses_left"]) for one in await listed(office)] == [("spent", 0)]

    async def test_the_same_scan_again_is_the_same_use(self, office: Office) -> None:
        paper = await printed(office)
        one, other = await shown(office, paper), await shown(office, paper)
        assert one.json()["scan_id"] == other.json()["scan_id"]
        assert (await listed(office))[0]["uses_left"] == 4

    async def test_without_the_last_four_nothing_is_counted(self, office: Office) -> None:
        paper = await printed(office)
        for nothing in (None, "", "  "):
            assert code_of(await shown(office, paper, nothing)) == "last_four_missing"
        assert (await listed(office))[0]["wrong_tries"] == 0

    async def test_each_wrong_try_says_how_many_are_left_and_the_fifth_kills(self, office: Office) -> None:
        paper = await printed(office)
        answers = [await shown(office, paper, WRONG) for _ in range(5)]
        assert {code_of(one) for one in answers} == {"paper_code_wrong_last_four"}
        assert [f"{left} tries" in one.json()["detail"] for left, one in zip("43210", answers, strict=True)]
        assert code_of(await shown(office, paper)) == "paper_code_dead"
        assert (await listed(office))[0]["state"] == "dead"

    async def test_right_ones_in_between_give_no_tries_back(self, office: Office) -> None:
        paper = await printed(office)
        for _ in range(4):
            await shown(office, paper, WRONG)
            assert code_of(await shown(office, paper)) == "taken"
        assert code_of(await shown(office, paper, WRONG)) == "paper_code_wrong_last_four"
        assert code_of(await shown(office, paper)) == "paper_code_dead"

    async def test_thirty_two_racers_never_get_a_sixth_answer(self, keys: Path) -> None:
        async with Office(keys, HandClock(), Yielding(), MemoryBus()) as office:
            await office.open_counter()
            paper = await printed(office)
            staff = [await office.operator(f"w{number:03}") for number in range(32)]
            told: list[str] = []
            for _ in range(6):
                racing = (
                    shown(office, paper, f"{number:04}", token=token) for number, token in enumerate(staff)
                )
                told += [code_of(one) for one in await asyncio.gather(*racing)]
            assert told.count("paper_code_wrong_last_four") == 5
            assert set(told) <= {"paper_code_wrong_last_four", "paper_code_dead", "stale"}

    async def test_who_left_the_service_spends_none_of_them(self, office: Office) -> None:
        paper, token = await printed(office), await office.operator("w900")
        await office.remove_operator("w900")
        assert code_of(await shown(office, paper, WRONG, token=token)) == "operator_removed"
        assert (await listed(office))[0]["wrong_tries"] == 0

    async def test_a_right_guess_among_wrong_ones_is_no_sixth_answer_either(self, keys: Path) -> None:
        async with Office(keys, HandClock(), Yielding(), MemoryBus()) as office:
            await office.open_counter()
            paper = await printed(office)
            staff = [await office.operator(f"w{number:03}") for number in range(32)]
            for _ in range(4):
                await shown(office, paper, WRONG)
            guesses = [WRONG] * 31 + [LAST_FOUR]
            racing = (
                shown(office, paper, guess, token=token) for guess, token in zip(guesses, staff, strict=True)
            )
            told = [code_of(one) for one in await asyncio.gather(*racing)]
            assert told.count("paper_code_wrong_last_four") == 1
            # Whoever was right was answered before the fifth wrong one, or not at all.
            kept = office.kept(PAPERS, paper["paper_id"])
            assert kept is not None
            assert kept["tries"] == told.count("paper_code_wrong_last_four") + 4 + told.count("taken")

    async def test_many_counters_at_once_use_no_use_twice(self, keys: Path) -> None:
        async with Office(keys, HandClock(), Yielding(), MemoryBus()) as office:
            await office.open_counter()
            paper = await printed(office)
            staff = [await office.operator(f"w{number:03}") for number in range(16)]
            taken: set[str] = set()
            for _ in range(4):
                racing = (shown(office, paper, token=token) for token in staff)
                taken |= {one.json()["scan_id"] for one in await asyncio.gather(*racing) if one.is_success}
            assert len(taken) == 5

    async def test_it_is_presented_in_person_only(self, office: Office) -> None:
        paper = await printed(office)
        token = await office.operator("w300", "statutory")
        refused = await shown(office, paper, token=token, mode="statutory", case_number="A1")
        assert code_of(refused) == "paper_code_presented_only"

    async def test_sensitive_certificates_need_the_holders_word(self, office: Office) -> None:
        await office.publish_type(FOOD, version=2, sensitive=True)
        await office.publish_type(HEALTH, version=2, sensitive=True)
        paper = await printed(office)
        assert code_of(await shown(office, paper)) == "oral_consent_needed"
        assert (await listed(office))[0]["uses_left"] == 5
        answer = await shown(office, paper, oral_consent=True)
        assert answer.json()["state"] == "granted"

    async def test_an_address_that_we_did_not_print_is_unknown_or_foreign(self, office: Office) -> None:
        await printed(office)
        for text, reason in (
            (f"{ISSUER}/p/{'A' * 26}", "paper_code_unknown"),
            (f"{ISSUER}/p/{'A' * 25}", "code_foreign"),
            (f"{ISSUER}/p/{'a' * 26}", "code_foreign"),
            (f"https://elsewhere.test/p/{'A' * 26}", "code_foreign"),
        ):
            assert code_of(await shown(office, {"url": text})) == reason

    async def test_after_its_days_it_is_over(self, office: Office) -> None:
        paper = await printed(office)
        office.clock.forward(days=30)
        assert code_of(await shown(office, paper, token=await office.operator())) == "paper_code_expired"


class TestTakingBack:
    async def test_by_its_holder_and_by_nobody_else(self, office: Office) -> None:
        paper = await printed(office)
        path = f"/v1/me/paper-codes/{paper['paper_id']}"
        stranger = await office.resident(await office.holder_id(ENTERPRISE))
        assert code_of(await office.call("DELETE", path, stranger)) == "paper_code_unknown"
        assert code_of(await shown(office, paper)) == "taken"
        mine = await office.resident(await office.holder_id())
        for _ in range(2):
            assert (await office.call("DELETE", path, mine)).status_code == 204
        assert code_of(await shown(office, paper)) == "paper_code_revoked"
        assert (await listed(office))[0]["state"] == "revoked"

    async def test_by_a_registrar_with_the_same_answer_for_an_unknown_number(self, office: Office) -> None:
        paper = await printed(office)
        token = await office.operator("w802", "registrar")
        known = await office.call("POST", "/v1/paper-codes:revoke", token, json=LOST)
        unknown = await office.call(
            "POST", "/v1/paper-codes:revoke", token, json={"id_type": "414", "id_number": "E12345678"}
        )
        assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
        assert code_of(await shown(office, paper)) == "paper_code_revoked"
        assert (
            code_of(await office.call("POST", "/v1/paper-codes:revoke", await office.operator(), json=LOST))
            == "role_missing"
        )

    async def test_a_freeze_stops_it(self, office: Office) -> None:
        paper = await printed(office)
        notice = LOST | {"reason": "遗失", "checked": "本人"}
        await office.call("POST", "/v1/holders:freeze", await office.operator("w803"), json=notice)
        assert code_of(await shown(office, paper)) == "holder_frozen"
        assert code_of(await try_printing(office)) == "holder_frozen"


class TestUnderAnotherName:
    """The registrar says number and name; whether the number is known under another name is not told."""

    OTHER, NOBODY = (
        PERSON | {"name": "试探某"},
        {"id_type": "414", "id_number": "E12345678", "name": "试探某"},
    )

    @pytest.fixture
    def lines(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
        """What stands on each sheet that is drawn."""
        drawn: list[tuple[str, ...]] = []
        draw = ZintDrawing.sheet

        def noted(self: ZintDrawing, text: str, *, lines: tuple[str, ...], **more: Any) -> bytes:
            drawn.append(tuple(lines))
            return draw(self, text, lines=lines, **more)

        monkeypatch.setattr(ZintDrawing, "sheet", noted)
        return drawn

    async def test_a_known_number_prints_as_an_unknown_one(
        self, office: Office, lines: list[tuple[str, ...]]
    ) -> None:
        await office.holder_id()
        known, unknown = [await try_printing(office, who) for who in (self.OTHER, self.NOBODY)]
        assert (known.status_code, list(known.json())) == (unknown.status_code, list(unknown.json()))
        assert known.json()["expires_at"] == unknown.json()["expires_at"]
        assert lines[0] == lines[1]
        assert lines[0][0] == "试**"

    async def test_the_same_name_otherwise_written_prints_what_was_said_and_opens(
        self, office: Office, lines: list[tuple[str, ...]]
    ) -> None:
        await office.holder_id(PERSON | {"name": "买买提·艾力"})
        answer = await try_printing(office, PERSON | {"name": " 买买提•艾 力 "})
        assert lines[0][0] == "买***"
        assert code_of(await shown(office, answer.json())) == "taken"

    async def test_the_paper_opens_nothing_of_the_other_person(self, office: Office) -> None:
        await office.holder_id()
        paper = (await try_printing(office, self.OTHER)).json()
        for _ in range(2):
            assert code_of(await shown(office, paper)) == "paper_code_other_name"
        assert await office.said("identity-scan") == []

    async def test_who_finds_it_learns_nothing_before_the_last_four(self, office: Office) -> None:
        await office.holder_id()
        paper = (await try_printing(office, self.OTHER)).json()
        assert code_of(await shown(office, paper, WRONG)) == "paper_code_wrong_last_four"

    async def test_the_good_paper_of_the_other_person_stays_good(self, office: Office) -> None:
        good = await printed(office)
        await try_printing(office, self.OTHER)
        assert code_of(await shown(office, good)) == "taken"

    async def test_the_holder_sees_that_it_was_printed_and_that_it_opens_nothing(
        self, office: Office
    ) -> None:
        await office.holder_id()
        paper = (await try_printing(office, self.OTHER)).json()
        assert [(one["paper_id"], one["state"]) for one in await listed(office)] == [
            (paper["paper_id"], "other_name")
        ]

    async def test_one_printed_under_a_name_borne_no_more_ends_with_it(self, office: Office) -> None:
        """Somebody registered a wrong name with the number; then the holder signs in."""
        paper = (await try_printing(office, self.OTHER)).json()
        assert code_of(await shown(office, paper)) == "taken"
        token = await office.operator("w810", "authority")
        said = PERSON | {"reason": "更正", "checked": "户口簿"}
        assert (await office.call("POST", "/v1/holders:rename", token, json=said)).is_success
        assert code_of(await shown(office, paper, purpose="第二次")) == "paper_code_other_name"

    async def test_it_is_noted_for_review_without_name_or_number(
        self, office: Office, caplog: pytest.LogCaptureFixture
    ) -> None:
        await office.holder_id()
        with caplog.at_level(logging.WARNING, "yima.identity"):
            paper = (await try_printing(office, self.OTHER)).json()
            await shown(office, paper)
        noted = [one.__dict__ for one in caplog.records if one.__dict__.get("paper_id") == paper["paper_id"]]
        assert [one.get("operator") for one in noted] == ["w800@staff", "w001@staff"]
        assert "试探某" not in caplog.text + str(noted)
        assert NUMBER not in caplog.text + str(noted)

    async def test_the_name_that_was_said_is_not_kept_to_be_read_or_compared(self, office: Office) -> None:
        names = [
            office.kept(PAPERS, (await try_printing(office, self.OTHER)).json()["paper_id"]) for _ in range(2)
        ]
        assert "试探某" not in str(office.documents._kept[PAPERS.name])  # noqa: SLF001
        assert len({(one or {})["named"] for one in names}) == 2
