"""Verification for anyone, beside the register: three answers, and nothing that was not proved."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from services.certs.domain.copy import Form
from services.certs.domain.face import Marking
from services.certs.domain.printed_code import PrintedCodes, grouped
from services.certs.faces import draw_ofd
from services.certs.proof import Seals, disclose
from services.certs.store import CERTIFICATES
from services.kernel.clock import SystemClock, civil_date
from services.kernel.keys.secrets import read_key
from tests.certs.office import MARKET, Office, an_office
from tests.certs.papers import BASE, Paper, a_paper, shown, told
from tests.certs.test_changes import change
from tests.certs.test_corrections import correct
from tests.certs.test_renewals import renewing
from tests.world.people import a_person, a_shop, an_approval

GOOD = ("proof_intact", "proof_in_force", "proof_of_authority")
SHARED = "C7KV-3FRC-V6MR-3563-X973"
MARKING = Marking(
    organisation="郧西县行政审批局",
    purpose="办理食品经营许可变更",
    made_by="郧西县行政审批局",
    made_on=date(2026, 11, 25),
    expires_on=date(2026, 12, 25),
)


@pytest.fixture
async def paper(office: Office) -> Paper:
    return await a_paper(office)


class TestAToken:
    async def test_holds_with_the_status_of_this_moment(self, office: Office, paper: Paper) -> None:
        answer = await shown(office, paper.credential)
        assert told(answer) == GOOD
        said = answer.json()
        assert (said["kind"], said["state"], said["status_age_s"]) == ("token", "valid", 0)
        assert said["shown"]["claims"]["holder_name"] == "郧西县金銮餐馆"
        assert said["status"]["title_zh"] == "证照有效"
        assert said["status"]["next_step"]

    async def test_shown_in_part_tells_that_part_alone(self, office: Office, paper: Paper) -> None:
        said = (await shown(office, disclose(paper.credential, {"identifier"}))).json()
        assert said["shown"]["claims"].keys() == {"identifier"}
        assert "金銮" not in json.dumps(said, ensure_ascii=False)

    async def test_forged_tells_nothing_of_what_it_says(self, office: Office, paper: Paper) -> None:
        signed, *rest = paper.credential.split("~")
        forged = "~".join((signed[:-6] + "AAAAAA", *rest))
        answer = await shown(office, forged)
        assert told(answer) == ("proof_forged", "proof_not_asked", "proof_not_asked")
        assert answer.json()["shown"] == {}

    @pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"~~~", b"{}", b"A" * 300_000, b"a.b.c~"])
    async def test_that_is_none_is_judged_as_one(self, office: Office, content: bytes) -> None:
        integrity, *others = told(await shown(office, content))
        assert integrity in {"proof_unreadable", "proof_too_long"}
        assert others == ["proof_not_asked"] * 2


class TestTheStatus:
    @pytest.mark.parametrize(
        ("what", "code"),
        [
            ("suspend", "proof_suspended"),
            ("revoke", "proof_revoked"),
            ("withdraw", "proof_revoked"),
            ("cancel", "proof_revoked"),
        ],
    )
    async def test_of_a_change_is_seen_as_soon_as_that_was_acknowledged(
        self, office: Office, paper: Paper, what: str, code: str
    ) -> None:
        assert told(await shown(office, paper.credential)) == GOOD
        assert (await change(office, paper.certificate_id, what)).status_code == 201
        for presented in (paper.credential, paper.code):
            assert told(await shown(office, presented))[1] == code

    async def test_of_four_who_ask_while_it_is_revoked_is_never_valid_after_the_answer(
        self, office: Office, paper: Paper
    ) -> None:
        """Each verification that begins after the revocation was acknowledged sees it."""
        acknowledged = asyncio.Event()
        wrong: list[tuple[str, str, str]] = []

        async def ask() -> None:
            for _ in range(12):
                after = acknowledged.is_set()
                answers = told(await shown(office, paper.credential))
                if after and answers[1] != "proof_revoked":
                    wrong.append(answers)

        async def revoke() -> None:
            await change(office, paper.certificate_id, "revoke")
            acknowledged.set()

        await asyncio.gather(*(ask() for _ in range(4)), revoke())
        assert told(await shown(office, paper.credential))[1] == "proof_revoked"
        assert wrong == []

    async def test_of_one_that_ran_out_needs_nobody_to_write_it_down(self, office: Office) -> None:
        paper = await a_paper(office, valid_to="2026-04-01")
        for presented in (paper.credential, paper.code):
            assert told(await shown(office, presented))[1] == "proof_expired"

    async def test_of_an_edition_that_gave_way_is_superseded_and_of_the_next_one_in_force(
        self, office: Office
    ) -> None:
        first = an_approval(a_shop())
        paper = await a_paper(office, approval=first)
        pdf = await paper.file()
        renewed = await a_paper(office, approval=renewing(first), edition=2)
        assert renewed.certificate_id == paper.certificate_id
        assert renewed.code != paper.code
        for presented in (paper.credential, paper.code, pdf):
            answer = told(await shown(office, presented))
            assert answer[1] == "proof_superseded"
        for newer in (renewed.credential, renewed.code, await renewed.file(), await renewed.file("ofd")):
            assert told(await shown(office, newer))[1] == "proof_in_force"

    async def test_is_unknown_while_the_store_is_away_and_the_other_answers_stand(
        self, office: Office, paper: Paper
    ) -> None:
        pdf = await paper.file()
        for presented in (paper.credential, pdf):
            office.wavering.silent_at = ("get certificates", 1)  # no loop of the service asks this
            answer = await shown(office, presented)
            assert told(answer) == ("proof_intact", "proof_status_unreachable", "proof_of_authority")
            assert (answer.json()["state"], answer.json()["status_age_s"]) == ("unknown", None)
        office.wavering.silent = 1
        assert told(await shown(office, paper.code))[1] == "proof_status_unreachable"

    async def test_of_one_that_the_register_lacks_is_unknown_and_not_revoked(
        self, office: Office, paper: Paper
    ) -> None:
        await office.documents.delete(CERTIFICATES, paper.certificate_id)
        answer = told(await shown(office, paper.credential))
        assert answer == ("proof_intact", "proof_not_recorded", "proof_of_authority")


class TestAPdf:
    async def test_holds_with_its_token_and_its_seal(self, office: Office, paper: Paper) -> None:
        answer = await shown(office, await paper.file())
        assert told(answer) == GOOD
        assert answer.json()["kind"] == "pdf"
        assert answer.json()["shown"]["claims"]["identifier"]

    async def test_says_revoked_after_a_revocation_though_the_file_is_the_same(
        self, office: Office, paper: Paper
    ) -> None:
        pdf = await paper.file()
        await change(office, paper.certificate_id, "revoke")
        assert told(await shown(office, pdf)) == ("proof_intact", "proof_revoked", "proof_of_authority")

    async def test_changed_by_a_bit_proves_nothing(self, office: Office, paper: Paper) -> None:
        pdf = bytearray(await paper.file())
        pdf[len(pdf) // 3] ^= 1
        answer = await shown(office, bytes(pdf))
        assert told(answer) == ("pdf_changed", "proof_not_asked", "pdf_changed")
        assert answer.json()["shown"] == {}

    async def test_sealed_by_a_stranger_is_of_nobody_known(
        self, office: Office, paper: Paper, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        strangers = Seals(tmp_path_factory.mktemp("seals"), name="一码电子证照平台", clock=SystemClock())
        answer = await shown(office, await paper.file(seals=strangers))
        assert told(answer)[::2] == ("proof_intact", "pdf_issuer_unknown")
        assert answer.json()["state"] == "unknown"

    async def test_with_the_token_of_another_authority_names_no_issuer(
        self, office: Office, paper: Paper
    ) -> None:
        seals = paper.seals()
        of = lambda _, __, name, **told: seals.of("11420322011445678X", name, **told)  # noqa: E731
        other = type("Others", (), {"of": of})()
        answer = await shown(office, await paper.file(seals=other))
        assert told(answer) == ("proof_intact", "proof_in_force", "proof_issuer_other")

    async def test_under_a_key_that_was_declared_dead_is_worth_nothing(
        self, office: Office, paper: Paper
    ) -> None:
        pdf = await paper.file()
        path = office.secrets_dir / "certs" / "seals" / f"{MARKET}.jwks"
        before = path.read_text()
        keys = json.loads(before)["keys"]
        keys[0]["state"], keys[1]["state"] = "dead", "current"
        try:
            path.write_text(json.dumps({"keys": keys}))
            assert told(await shown(office, pdf))[::2] == ("proof_key_dead", "proof_key_dead")
        finally:
            path.write_text(before)


class TestAnOfd:
    async def test_holds_where_every_line_of_its_page_is_proved(self, office: Office, paper: Paper) -> None:
        answer = await shown(office, await paper.file("ofd"))
        assert told(answer) == GOOD, answer.json()
        assert answer.json()["differing"] == answer.json()["unproved"] == []

    async def test_with_the_token_of_another_certificate_differs(self, office: Office, paper: Paper) -> None:
        other = await a_paper(office)
        answer = await shown(office, draw_ofd(await paper.face(), token=other.credential))
        assert told(answer) == ("ofd_differs", "proof_not_asked", "proof_of_authority")
        assert {"identifier", "code", "number"} <= set(answer.json()["differing"])
        assert answer.json()["shown"] == {}

    async def test_that_shows_in_part_is_proved_in_part(self, office: Office, paper: Paper) -> None:
        part = disclose(paper.credential, {"name", "identifier", "holder_name", "printed_code"})
        answer = await shown(office, await paper.file("ofd", credential=part))
        assert told(answer)[0] == "ofd_partly_proved"
        assert "valid_to" in answer.json()["unproved"]

    async def test_with_a_note_does_not_prove_the_note(self, office: Office, paper: Paper) -> None:
        answer = await shown(office, await paper.file("ofd", marking=MARKING))
        assert (told(answer)[0], answer.json()["unproved"]) == ("ofd_partly_proved", ["marking"])


class TestAnAnnotatedCopy:
    @pytest.mark.parametrize("form", ["pdf", "ofd"])
    async def test_past_its_end_is_told_so_and_is_whole(self, office: Office, form: Form) -> None:
        paper = await a_paper(office)
        over = replace(MARKING, made_on=date(2026, 1, 5), expires_on=date(2026, 2, 4))
        said = (await shown(office, await paper.file(form, marking=over))).json()
        assert (said["marking"]["state"], said["marking"]["code"]) == ("invalid", "copy_expired")
        assert said["marking"]["detail"] == "2026-02-04"
        assert said["state"] == "invalid"
        assert said["integrity"]["state"] == ("valid" if form == "pdf" else "unknown")
        assert said["status"]["code"] == "proof_in_force"

    async def test_is_good_to_the_end_of_its_last_day(self, office: Office) -> None:
        paper = await a_paper(office)
        today = civil_date(SystemClock().now())
        content = await paper.file("pdf", marking=replace(MARKING, expires_on=today))
        said = (await shown(office, content)).json()
        assert (said["marking"]["state"], said["marking"]["code"]) == ("valid", "copy_in_time")

    @pytest.mark.parametrize(
        ("form", "code"), [("ofd", "ofd_partly_proved"), ("pdf", "pdf_issuer_unknown")], ids=["ofd", "pdf"]
    )
    async def test_is_not_said_to_be_good_where_anybody_could_have_written_its_day(
        self, office: Office, tmp_path: Path, form: Form, code: str
    ) -> None:
        """Drawn anew with a later day, and sealed by whoever did it."""
        paper = await a_paper(office)
        seals = Seals(tmp_path / "forger", name="一码电子证照平台", clock=SystemClock())
        later = replace(MARKING, expires_on=date(9999, 12, 31))
        said = (await shown(office, await paper.file(form, marking=later, seals=seals))).json()
        assert (said["marking"]["state"], said["marking"]["code"]) == ("unknown", code)
        assert said["status"]["code"] == "proof_in_force"

    async def test_is_none_without_a_note(self, office: Office) -> None:
        paper = await a_paper(office)
        for content in (paper.credential, await paper.file("pdf"), await paper.file("ofd"), paper.code):
            assert (await shown(office, content)).json()["marking"] is None

    async def test_that_was_changed_says_nothing_of_its_end(self, office: Office) -> None:
        paper = await a_paper(office)
        content = await paper.file("pdf", marking=MARKING)
        said = (await shown(office, content.replace(b"/Producer", b"/Prodecur", 1) + b" ")).json()
        assert said["integrity"]["state"] == "invalid"
        assert said["marking"] is None


class TestAPrintedCode:
    async def test_leads_to_the_record_and_to_the_least_of_it(self, office: Office, paper: Paper) -> None:
        answer = await shown(office, paper.code)
        assert told(answer) == ("printed_code_alone", "proof_in_force", "printed_code_on_record")
        said = answer.json()["shown"]
        assert said == {
            "certificate_type": said["certificate_type"],
            "name": "食品经营许可证",
            "authority": MARKET,
            "authority_name": said["authority_name"],
            "state": "valid",
            "valid_from": "2026-03-05",
            "valid_to": "2031-03-04",
            "holder_name_masked": "郧西县金銮餐馆",
        }

    async def test_masks_the_name_of_a_person(self, office: Office) -> None:
        paper = await a_paper(office, holder=a_person("欧阳禾苗"))
        answer = await shown(office, paper.code)
        assert answer.json()["shown"]["holder_name_masked"] == "欧阳**"
        assert "禾苗" not in answer.text

    @pytest.mark.parametrize("form", ["grouped", "lower", "address"])
    async def test_is_taken_as_people_give_it(self, office: Office, paper: Paper, form: str) -> None:
        forms = {
            "grouped": grouped(paper.code),
            "lower": f" {paper.code.lower()}\n",
            "address": f"{BASE}/verify?code={paper.code}",
        }
        assert told(await shown(office, forms[form]))[1] == "proof_in_force"

    async def test_of_who_had_it_wrongly_does_not_name_the_right_holder(self, office: Office) -> None:
        wrong = an_approval(a_shop("郧西县误登商行"))
        paper = await a_paper(office, approval=wrong)
        assert (await shown(office, paper.code)).json()["shown"]["holder_name_masked"] == "郧西县误登商行"
        right = wrong | {"holder": a_shop("郧西县真正商行")}
        assert (await correct(office, paper.certificate_id, right)).status_code == 201
        answer = await shown(office, paper.code)
        assert told(answer)[1] == "proof_superseded"
        assert answer.json()["shown"]["holder_name_masked"] is None
        assert "真正" not in answer.text

    async def test_that_nobody_has_is_said_to_be_nobodys(self, office: Office, paper: Paper) -> None:
        wrong = ("3" if paper.code[0] == "2" else "2") + paper.code[1:]
        for code in (SHARED, wrong):
            answer = await shown(office, code)
            assert told(answer) == ("printed_code_unknown", "proof_not_asked", "proof_not_asked")
            assert answer.json()["shown"] == {}

    async def test_that_could_be_ours_and_that_no_page_had_yet_is_unknown_and_not_wrong(
        self, office: Office, paper: Paper
    ) -> None:
        codes = PrintedCodes(read_key(office.secrets_dir / "certs" / "printed.key"))
        states, ours = {}, codes.of("0" * 32, 1)
        mistyped = ("3" if ours[0] == "2" else "2") + ours[1:]
        for name, code in (("ours", ours), ("nobody's", mistyped)):
            answer = await shown(office, code)
            assert told(answer)[0] == "printed_code_unknown"
            states[name] = answer.json()["integrity"]["state"]
        assert states == {"ours": "unknown", "nobody's": "invalid"}

    async def test_stands_in_the_token_so_that_a_page_can_be_held_against_it(
        self, office: Office, paper: Paper
    ) -> None:
        said = (await shown(office, paper.credential)).json()
        assert said["shown"]["claims"]["printed_code"] == paper.code


class TestWhatIsHostile:
    async def test_a_bomb_is_not_opened(self, office: Office) -> None:
        answer = await shown(office, b"PK\x03\x04" + b"\0" * 5_000)
        assert answer.status_code == 415
        assert answer.json()["code"] in {"ofd_unreadable", "ofd_unsafe"}

    async def test_an_endless_file_is_not_read_to_its_end(self, office: Office) -> None:
        answer = await shown(office, b"%PDF-1.7" + b"x" * (9 * 1024 * 1024))
        assert (answer.status_code, answer.json()["code"]) == (413, "verification_too_large")

    async def test_an_address_of_another_kind_is_no_code(self, office: Office) -> None:
        for text in (
            "https://evil.example/?code=",
            "http://[::1/?code=x",
            "https://a/?" + "&".join("abcdefgh"),
        ):
            assert told(await shown(office, text))[0] == "proof_unreadable"

    async def test_more_than_so_many_a_minute_are_asked_to_wait(self, secrets_dir: Path) -> None:
        async with an_office(secrets_dir, verifications_a_minute=3) as office:
            answers = [await shown(office, SHARED) for _ in range(4)]
            assert [one.status_code for one in answers] == [200, 200, 200, 429]
            assert answers[-1].json()["code"] == "rate_limited"
            assert 0 < int(answers[-1].headers["Retry-After"]) <= 60

    async def test_more_files_at_once_than_have_room_are_sent_away(self, secrets_dir: Path) -> None:
        gate, begun = asyncio.Event(), asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield b"%PDF-"
            begun.set()
            await gate.wait()

        async with an_office(secrets_dir, presented_at_once=1) as office:
            first = asyncio.create_task(office.client.post("/v1/verifications", content=slowly()))
            await begun.wait()
            answer = await shown(office, SHARED)
            assert (answer.status_code, answer.json()["code"]) == (503, "verification_busy")
            gate.set()
            assert (await first).status_code == 200
            assert (await shown(office, SHARED)).status_code == 200
