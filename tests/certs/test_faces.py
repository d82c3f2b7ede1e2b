"""Faces over HTTP: for the holder as they stand, for a counter that pulled one with a note on it."""

import asyncio
import json
import uuid
from datetime import UTC, datetime
from io import BytesIO
from time import time
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from services.certs.domain.printed_code import PrintedCodes, prefix_of
from services.certs.events import CertificateIssued, HolderRegistered, MandateChanged, OrganisationRegistered
from services.certs.faces import check_pdf, embedded_token, embedded_token_of_ofd
from services.certs.proof import shown_in
from services.certs.store import MandateMirror
from services.kernel.clock import SystemClock
from services.kernel.keys.rings import HeldRing, Signer
from services.kernel.keys.secrets import read_jwks, read_key
from services.kernel.names import hash_name
from services.kernel.store.memory import MemoryDocuments
from tests.certs.office import ISSUER, MARKET, STREET, Office, eventually
from tests.certs.papers import Paper, a_paper, shown, told
from tests.certs.test_changes import change
from tests.certs.test_corrections import correct
from tests.certs.test_joint_holders import a_couple, married, registry
from tests.certs.test_renewals import renewing
from tests.world.people import a_shop, an_approval

__all__ = ["registry"]

OPERATOR = "wang-li"
PURPOSE = "办理食品经营许可变更"


@pytest.fixture
async def paper(office: Office) -> Paper:
    return await a_paper(office)


def access_token(office: Office, **claims: Any) -> str:
    now = int(time())
    said = {"iss": ISSUER, "aud": "yima", "exp": now + 600, "iat": now, "jti": uuid.uuid4().hex}
    return office.signer.sign(said | {"client_id": "portal", "scope": ""} | claims, typ="at+jwt")


async def holder_of(office: Office, paper: Paper) -> str:
    events: list[CertificateIssued] = await office.issued()
    return next(one.holder_id for one in events if one.certificate_id == paper.certificate_id)


async def registered(office: Office, holder_id: str, name: str | None = None) -> None:
    """Identity has said so: under this name, or without telling one."""
    key = read_key(office.secrets_dir / "certs" / "name.key")
    hashed = hash_name(key, holder_id, name) if name else None
    kept = vars(office.documents)["_kept"]

    async def heard() -> bool:
        return holder_id in kept.get("holder_names", {})

    if not await heard():
        await office.say(HolderRegistered(holder_id=holder_id, version=1, name_hash=hashed))
        await eventually(heard)


async def as_holder(
    office: Office, paper: Paper, *, holder_ids: list[str] | None = None, **asked: Any
) -> httpx.Response:
    mine = [await holder_of(office, paper)] if holder_ids is None else holder_ids
    for holder_id in mine:
        await registered(office, holder_id)
    acting = asked.pop("acting", {})
    token = access_token(office, sub=(mine or ["nobody"])[0], kind="resident", holder_ids=mine, **acting)
    return await get(office, paper, token, **asked)


def ticket(office: Office, paper: Paper, *, typ: str = "pull-ticket+jwt", **changes: Any) -> str:
    """As space signs it."""
    now = int(time())
    claims = {
        "iss": "urn:yima:space",
        "aud": "certs",
        "sub": OPERATOR,
        "jti": uuid.uuid4().hex,
        "iat": now,
        "exp": now + 600,
        "certificate_id": paper.certificate_id,
        "version": 1,
        "organisation": STREET,
        "purpose": PURPOSE,
        "access_id": uuid.uuid4().hex,
        "made_by": "3 号窗口 wang-li",
    } | changes
    ring = HeldRing(read_jwks(office.secrets_dir / "space" / "tickets.jwks"))
    return Signer(ring).sign(claims, typ=typ)


async def as_counter(
    office: Office, paper: Paper, ticket_text: str | None, *, operator: str = OPERATOR, **asked: Any
) -> httpx.Response:
    token = access_token(office, sub=operator, kind="operator", organisation=STREET)
    headers = {"Pull-Ticket": ticket_text} if ticket_text else {}
    return await get(office, paper, token, headers=headers, **asked)


async def get(
    office: Office, paper: Paper, token: str, *, headers: dict[str, str] | None = None, **asked: Any
) -> httpx.Response:
    path = f"/v1/certificates/{paper.certificate_id}/face"
    bearer = {"Authorization": f"Bearer {token}", **(headers or {})}
    return await office.client.get(path, params=asked, headers=bearer)


def text_of(pdf: bytes) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class TestTheHolder:
    @pytest.mark.parametrize(
        ("form", "media_type", "begins"),
        [
            ("pdf", "application/pdf", b"%PDF-"),
            ("svg", "image/svg+xml", b"<svg"),
            ("png", "image/png", b"\x89PNG"),
            ("ofd", "application/ofd", b"PK\x03\x04"),
        ],
    )
    async def test_gets_the_certificate_in_each_form_by_name_and_by_accept(
        self, office: Office, paper: Paper, form: str, media_type: str, begins: bytes
    ) -> None:
        for asked in ({"format": form}, {"headers": {"Accept": media_type}}):
            answer = await as_holder(office, paper, **asked)
            assert (answer.status_code, answer.headers["Content-Type"]) == (200, media_type)
            assert answer.content.startswith(begins)
            assert "attachment" in answer.headers["Content-Disposition"]
            assert answer.headers["Cache-Control"] == "no-store"

    async def test_has_a_pdf_that_everybody_finds_genuine_and_that_holds_the_whole_token(
        self, office: Office, paper: Paper
    ) -> None:
        pdf = (await as_holder(office, paper)).content
        assert embedded_token(pdf) == paper.credential
        assert "加注" not in text_of(pdf)
        assert "本件仅供" not in text_of(pdf)
        verified = await shown(office, pdf)
        assert told(verified) == ("proof_intact", "proof_in_force", "proof_of_authority")
        content = (await as_holder(office, paper, format="ofd")).content
        assert embedded_token_of_ofd(content) == paper.credential
        assert (await shown(office, content)).json()["state"] == "valid"

    async def test_has_a_pdf_that_is_sealed_in_the_name_that_the_authority_has_today(
        self, office: Office, paper: Paper
    ) -> None:
        version = office.versions[MARKET] = office.versions.get(MARKET, 0) + 1
        renamed = OrganisationRegistered(
            organisation=MARKET,
            version=version,
            certificate_types=(),
            source_for=(),
            items=(),
            name="郧西县市场监督管理局（知识产权局）",
        )
        await office.say(renamed, version=version)

        async def sealed_by() -> bool:
            pdf = (await as_holder(office, paper)).content
            found = await asyncio.to_thread(check_pdf, pdf, [paper.seals().root], at=datetime.now(UTC))
            return found.signed_by == renamed.name

        await eventually(sealed_by)

    @pytest.mark.parametrize(("what", "word"), [("suspend", "暂扣"), ("revoke", "吊销")])
    async def test_reads_in_large_letters_that_it_is_not_valid(
        self, office: Office, paper: Paper, what: str, word: str
    ) -> None:
        await change(office, paper.certificate_id, what)
        assert f"本证照状态为“{word}”" in text_of((await as_holder(office, paper)).content)

    async def test_has_a_code_on_it_that_leads_to_it_from_then_on(self, office: Office) -> None:
        answer = await office.post(an_approval(a_shop()))
        certificate_id = answer.json()["certificate_id"]
        code = PrintedCodes(read_key(office.secrets_dir / "certs" / "printed.key")).of(certificate_id, 1)
        assert told(await shown(office, code))[0] == "printed_code_unknown"
        await eventually(office.issued)
        for _ in range(2):
            assert (await as_holder(office, Paper(office, certificate_id, ""))).status_code == 200
            assert told(await shown(office, code))[1] == "proof_in_force"

    async def test_gets_no_page_whose_code_would_lead_to_another_certificate(
        self, office: Office, paper: Paper
    ) -> None:
        printed = {"_id": prefix_of(paper.certificate_id), "certificate_id": "0" * 32}
        vars(office.documents)["_kept"].setdefault("printed_codes", {})[printed["_id"]] = printed
        assert code(await as_holder(office, paper)) == (409, "printed_code_taken")

    async def test_gets_the_edition_that_stands(self, office: Office) -> None:
        first = an_approval(a_shop())
        paper = await a_paper(office, approval=first)
        renewed = await a_paper(office, approval=renewing(first), edition=2)
        assert embedded_token((await as_holder(office, paper)).content) == renewed.credential

    async def test_cannot_tell_anothers_certificate_from_none(self, office: Office, paper: Paper) -> None:
        nobodys = Paper(office, "0" * 32, "")
        others = await as_holder(office, paper, holder_ids=["SOMEBODYELSE"])
        none = await as_holder(office, nobodys, holder_ids=["SOMEBODYELSE"])
        assert code(others) == code(none) == (404, "certificate_unknown")
        assert others.json()["detail"] == none.json()["detail"]

    async def test_is_asked_for_a_form_that_there_is(self, office: Office, paper: Paper) -> None:
        assert code(await as_holder(office, paper, format="docx")) == (415, "face_form_unknown")
        answer = await as_holder(office, paper, headers={"Accept": "text/plain"})
        assert code(answer) == (415, "face_form_unknown")

    async def test_may_act_for_the_holder_until_the_mandate_is_over(
        self, office: Office, paper: Paper
    ) -> None:
        acting = {"mandate_id": "m1", "act": {"sub": "A" * 26}}
        assert (await as_holder(office, paper, acting=acting)).status_code == 200
        holder_id = await holder_of(office, paper)
        ended = MandateChanged(mandate_id="m1", version=2, holder_id=holder_id, state="withdrawn")
        await office.say(ended, version=2)

        async def refused() -> bool:
            return (await as_holder(office, paper, acting=acting)).status_code == 410

        assert await eventually(refused)
        assert (await as_holder(office, paper, acting=acting)).json()["code"] == "mandate_ended"


class TestAWrongNumber:
    async def test_puts_no_strangers_certificate_into_the_hand_of_who_has_it(
        self, office: Office, paper: Paper
    ) -> None:
        """Space hides it; so it is not to be had here either, and looks like none."""
        await registered(office, await holder_of(office, paper), "另一家店")
        answer = await as_holder(office, paper)
        assert code(answer) == (404, "certificate_unknown")
        assert "金銮" not in answer.text

    async def test_does_not_keep_it_from_who_is_called_so(self, office: Office, paper: Paper) -> None:
        await registered(office, await holder_of(office, paper), "郧西县金銮餐馆")
        assert (await as_holder(office, paper)).status_code == 200

    async def test_of_a_holder_who_was_not_heard_of_yet_nothing_is_told(
        self, office: Office, paper: Paper
    ) -> None:
        mine = [await holder_of(office, paper)]
        token = access_token(office, sub=mine[0], kind="resident", holder_ids=mine)
        assert code(await get(office, paper, token)) == (503, "holder_not_yet_known")


class TestSeveralHolders:
    async def test_have_one_page_with_both_on_it_and_its_ofd_is_proved(self, registry: Office) -> None:
        certificate_id, events = await married(registry, *a_couple())
        paper = Paper(registry, certificate_id, registry.open(events[0])["credential"])
        for event in events:
            mine = [event.holder_id]
            text = text_of((await as_holder(registry, paper, holder_ids=mine)).content)
            assert "欧阳晓禾" in text
            assert "共同持证主体" in text
            assert "林望舒" in text
            ofd = (await as_holder(registry, paper, holder_ids=mine, format="ofd")).content
            answer = await shown(registry, ofd)
            assert answer.json()["state"] == "valid", answer.json()

    async def test_name_it_as_their_space_does(self, registry: Office) -> None:
        certificate_id, events = await married(registry, *a_couple())
        paper = Paper(registry, f"{certificate_id}-1", "")
        answer = await as_holder(registry, paper, holder_ids=[events[1].holder_id])
        assert answer.status_code == 200


class TestAWrongHolder:
    async def test_has_no_copy_any_more_and_the_right_one_has(self, office: Office) -> None:
        wrong = an_approval(a_shop("甲店"))
        paper = await a_paper(office, approval=wrong)
        before, pdf = await holder_of(office, paper), await paper.file()
        right = wrong | {"holder": a_shop("乙店")}
        assert (await correct(office, paper.certificate_id, right)).status_code == 201
        assert code(await as_holder(office, paper, holder_ids=[before])) == (404, "certificate_unknown")
        after = next(one for one in await office.issued(count=2) if one.version == 2)
        answer = await as_holder(office, paper, holder_ids=[after.holder_id])
        assert "乙店" in text_of(answer.content)
        assert told(await shown(office, pdf))[1] == "proof_superseded"
        assert code(await as_counter(office, paper, ticket(office, paper))) == (409, "ticket_outdated")


class TestACounter:
    async def test_gets_a_copy_that_says_for_whom_and_for_what_it_is(
        self, office: Office, paper: Paper
    ) -> None:
        answer = await as_counter(office, paper, ticket(office, paper))
        assert answer.status_code == 200, answer.text
        text = text_of(answer.content)
        for words in (STREET, PURPOSE, "3号窗口wang-li", "有效期至", "本件仅供"):
            assert words in text, words
        verified = await shown(office, answer.content)
        assert told(verified) == ("proof_intact", "proof_in_force", "proof_of_authority")

    async def test_that_pulled_some_fields_gets_these_and_no_other_on_the_page_and_inside(
        self, office: Office, paper: Paper
    ) -> None:
        part = ticket(office, paper, disclosed=["name", "holder_name", "fields.content"])
        for form in ("pdf", "ofd"):
            answer = await as_counter(office, paper, part, format=form)
            read = embedded_token if form == "pdf" else embedded_token_of_ofd
            said = shown_in(read(answer.content) or "")
            assert said == {
                "name": "食品经营许可证",
                "holder_name": "郧西县金銮餐馆",
                "fields": {"content": "食品销售"},
            }
        everything = shown_in(paper.credential)
        text = text_of((await as_counter(office, paper, part)).content)
        for name in ("identifier", "number", "id_number_masked"):
            assert str(everything[name]) not in text
        assert "2031" not in text

    async def test_without_a_ticket_gets_nothing(self, office: Office, paper: Paper) -> None:
        assert code(await as_counter(office, paper, None)) == (400, "ticket_missing")

    async def test_has_a_ticket_that_counts_for_its_operator_and_certificate_alone(
        self, office: Office, paper: Paper
    ) -> None:
        mine = ticket(office, paper)
        assert code(await as_counter(office, paper, mine, operator="other")) == (403, "ticket_other")
        other = await a_paper(office)
        assert code(await as_counter(office, other, mine)) == (403, "ticket_other")
        assert code(await as_counter(office, paper, ticket(office, paper, organisation="X"))) == (
            403,
            "ticket_other",
        )

    @pytest.mark.parametrize(
        "changes",
        [
            {"iss": "urn:yima:other"},
            {"aud": "space"},
            {"typ": "at+jwt"},
            {"version": "1"},
            {"version": None},
            {"purpose": None},
            {"purpose": "x" * 501},
            {"disclosed": "name"},
        ],
    )
    async def test_with_a_ticket_of_another_kind_is_refused(
        self, office: Office, paper: Paper, changes: dict[str, Any]
    ) -> None:
        answer = await as_counter(office, paper, ticket(office, paper, **changes))
        assert code(answer) == (403, "ticket_rejected")

    async def test_cannot_make_a_ticket(self, office: Office, paper: Paper) -> None:
        now = int(time())
        forged = access_token(office, iss="urn:yima:space", aud="certs", sub=OPERATOR, exp=now + 60)
        assert code(await as_counter(office, paper, forged)) == (403, "ticket_rejected")
        signed = ticket(office, paper).split(".")
        changed = ".".join((signed[0], signed[1][:-4] + "AAAA", signed[2]))
        assert code(await as_counter(office, paper, changed)) == (403, "ticket_rejected")

    async def test_comes_too_late_after_ten_minutes(self, office: Office, paper: Paper) -> None:
        then = int(time()) - 700
        late = ticket(office, paper, iat=then, exp=then + 600)
        assert code(await as_counter(office, paper, late)) == (410, "ticket_expired")

    async def test_pulls_anew_what_was_changed_since(self, office: Office, paper: Paper) -> None:
        mine = ticket(office, paper)
        await change(office, paper.certificate_id, "revoke")
        assert code(await as_counter(office, paper, mine)) == (409, "ticket_outdated")


class TestOthers:
    async def test_get_no_face(self, office: Office, paper: Paper) -> None:
        answer = await get(office, paper, office.token())
        assert code(answer) == (403, "caller_kind_wrong")
        path = f"/v1/certificates/{paper.certificate_id}/face"
        assert (await office.client.get(path)).status_code == 401

    async def test_get_the_root_of_the_seals_and_nothing_private(self, office: Office) -> None:
        answer = await office.client.get("/v1/seal-root")
        assert answer.text.startswith("-----BEGIN CERTIFICATE-----")
        assert "PRIVATE" not in answer.text
        listed = (await office.client.get("/v1/trust-list")).json()
        assert listed["seal_roots"] == [answer.text]
        assert '"d"' not in json.dumps(listed)


class TestTheMirrorOfMandates:
    @pytest.mark.parametrize("order", [(1, 2), (2, 1), (2, 2), (1, 2, 1)])
    async def test_ends_one_in_whatever_order_it_is_told(self, order: tuple[int, ...]) -> None:
        mirror, now = MandateMirror(MemoryDocuments()), SystemClock().now()
        states = {1: "open", 2: "withdrawn"}
        for version in order:
            said = MandateChanged(mandate_id="m", version=version, holder_id="h", state=states[version])
            await mirror.advance([said, said])
        assert await mirror.is_over("m", at=now)
        assert not await mirror.is_over("another", at=now)

    async def test_ends_one_whose_day_has_come(self) -> None:
        mirror, now = MandateMirror(MemoryDocuments()), SystemClock().now()
        await mirror.advance(
            [MandateChanged(mandate_id="m", version=1, holder_id="h", state="open", until=now)]
        )
        assert await mirror.is_over("m", at=now)
