"""An OFD whose page says something else than its token is found, whatever was changed and however."""

import json
import random
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.certs.domain.agreement import Proved
from services.certs.domain.face import Face
from services.certs.faces import check_ofd, draw_ofd, embedded_token_of_ofd
from services.certs.faces.ofd.package import packed
from services.certs.proof.reading import open_vc
from services.kernel.errors import Refusal
from tests.certs.faces.ofd_reading import entries_of, zipped
from tests.certs.faces.samples import MARKING, TOKEN, a_face
from tests.certs.proof.desk import Desk

TOKEN_NAME, CARD_NAME = "Doc_0/Attachs/certificate.sd-jwt", "Doc_0/Attachs/face.json"
PAGE = "Doc_0/Pages/Page_0/Content.xml"
NAMED = ("name", "number", "identifier", "authority_name", "holder_name", "code", "code_shown")
CHANGED, FOREIGN = ("invalid", "ofd_changed"), ("unknown", "ofd_form_unknown")


def claims_of(face: Face) -> dict[str, object]:
    said: dict[str, object] = {name: getattr(face, name) for name in (*NAMED, "issued_on")}
    return (
        said
        | {"id_type": "001", "id_number_masked": face.holder_number}
        | {
            "valid_from": face.valid_from,
            "valid_to": face.valid_to,
        }
    )


def proof_of(face: Face) -> Proved:
    return Proved(claims=claims_of(face), fields=dict(face.fields), whole=True)


def an_ofd(**changes: Any) -> bytes:
    return draw_ofd(a_face(**changes), token=TOKEN)


def told(content: bytes) -> tuple[str, str | None]:
    """After it was held against a proof of the usual face; refused counts as a reason of its own."""
    try:
        found = check_ofd(content).against(proof_of(a_face()))
    except Refusal as error:
        return "refused", error.code
    return found.integrity, found.integrity_reason


def with_entries(changes: Mapping[str, bytes | None], **face: Any) -> bytes:
    """In exactly our form of a package, with other content."""
    entries = {**entries_of(an_ofd(**face)), **changes}
    return packed({name: content for name, content in entries.items() if content is not None})


class TestAnUntouchedFile:
    def test_is_not_valid_before_its_token_was_verified(self) -> None:
        found = check_ofd(an_ofd())
        assert (found.integrity, found.integrity_reason) == ("unknown", "ofd_not_compared")
        assert (found.token, found.face) == (TOKEN, a_face())

    @pytest.mark.parametrize("text", ["x\n" * 9_900, "\U0001f004" * 19_800], ids=["lines", "letters"])
    def test_is_known_again_however_long_it_is(self, text: str) -> None:
        """Nothing that is drawn is too large, or has too many pages, to be checked."""
        face = a_face(template="licence", marking=MARKING, fields=tuple((term, text) for term in "甲乙丙"))
        assert check_ofd(draw_ofd(face, token=TOKEN)).face == face

    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"template": "licence", "valid_to": None, "valid_from": None},
            {"fields": (("经营项目", "食品销售，" * 1_500), ("", ""), ("备注", "\ud800\x00]]>&#0;"))},
        ],
    )
    def test_is_valid_when_its_token_proves_it(self, changes: dict[str, Any]) -> None:
        face = a_face(**changes)
        found = check_ofd(draw_ofd(face, token=TOKEN)).against(proof_of(face))
        assert (found.integrity, found.integrity_reason, found.differing) == ("valid", None, ())

    def test_is_valid_with_a_token_of_an_authority(self, tmp_path: Path) -> None:
        """The whole way, as a verifier goes it: find the token, verify it, hold the page against it."""
        desk, face = Desk.at(tmp_path), a_face()
        terms = {"legal_representative": "法定代表人", "document_number": "决定文书号", "content": "经营项目"}
        fields = dict(zip(terms, (value for _, value in face.fields), strict=True))
        token = desk.issue(claims=claims_of(face), fields=fields)
        found = check_ofd(draw_ofd(face, token=token))
        assert found.token is not None
        shown = open_vc(found.token, desk.trust)
        proved = Proved(
            claims=shown.claims,
            fields={terms[name]: value for name, value in shown.fields.items()},
            whole=shown.kept_back == 0,
        )
        assert found.against(proved).integrity == "valid"
        other = check_ofd(draw_ofd(replace(face, holder_name="天河商行"), token=token)).against(proved)
        assert (other.integrity, other.integrity_reason) == ("invalid", "ofd_differs")
        assert other.differing == ("holder_name",)


class TestAFileWithAGenuineTokenAndOtherWords:
    """The token is the authority's; the page is a forger's, who has this program too."""

    @pytest.mark.parametrize(
        ("changes", "differing"),
        [
            ({"holder_name": "郧西县城关镇天河商行"}, "holder_name"),
            ({"valid_to": date(2099, 12, 31)}, "valid_to"),
            ({"valid_to": None}, "valid_to"),
            ({"code": "https://elsewhere.example/"}, "code"),
            ({"fields": a_face().fields[:2]}, "fields.经营项目"),
            ({"fields": (*a_face().fields[:2], ("经营项目", "白酒"))}, "fields.经营项目"),
            ({"fields": (*a_face().fields, ("备注", "可连锁经营"))}, "fields.备注"),
        ],
    )
    def test_is_invalid_when_it_was_drawn_again(self, changes: dict[str, Any], differing: str) -> None:
        found = check_ofd(an_ofd(**changes)).against(proof_of(a_face()))
        assert (found.integrity, found.integrity_reason) == ("invalid", "ofd_differs")
        assert found.differing == (differing,)

    @pytest.mark.parametrize(
        "changes", [{"marking": MARKING}, {"state": "revoked"}, {"holder_number_term": "注册资本一亿元"}]
    )
    def test_is_unknown_in_what_no_token_says(self, changes: dict[str, Any]) -> None:
        found = check_ofd(an_ofd(**changes)).against(proof_of(a_face()))
        assert (found.integrity, found.integrity_reason) == ("unknown", "ofd_partly_proved")
        assert found.unproved == tuple(changes)

    @pytest.mark.parametrize(
        ("part", "old", "new"),
        [
            (PAGE, "七夕食品商行", "天河食品商行"),
            (PAGE, "2031", "2099"),
            (PAGE, "</ofd:Layer>", '<ofd:TextObject ID="9" Boundary="0 0 9 9"/></ofd:Layer>'),
            ("OFD.xml", "七夕食品商行", "天河食品商行"),
            ("OFD.xml", "</ofd:DocBody>", "</ofd:DocBody><ofd:DocBody/>"),
            ("Doc_0/PublicRes.xml", "宋体", "别的"),
            ("Doc_0/Document.xml", "0 0 210 297", "0 0 210 99"),
            (CARD_NAME, '"state":"valid"', '"state":"valid" '),
            (CARD_NAME, '"state":"valid"', '"more":1,"state":"valid"'),
        ],
    )
    def test_is_invalid_when_a_part_was_changed(self, part: str, old: str, new: str) -> None:
        content = entries_of(an_ofd())[part].decode()
        assert old in content
        assert told(with_entries({part: content.replace(old, new, 1).encode()})) == CHANGED

    def test_is_invalid_when_the_token_is_anothers(self) -> None:
        """The bytes are then drawn from another token; the document's id tells, and so does the token."""
        other = TOKEN.replace("eyJpc", "eyJqc")
        assert told(with_entries({TOKEN_NAME: other.encode()})) == CHANGED


class TestAChangedFile:
    def test_is_found_wherever_a_bit_was_turned(self) -> None:
        """A thousand places by chance, the same every time."""
        ofd, chance = an_ofd(), random.Random(33190)
        for place in chance.sample(range(len(ofd)), 1_000):
            changed = bytearray(ofd)
            changed[place] ^= 1 << chance.randrange(8)
            assert told(bytes(changed))[0] != "valid", place

    def test_is_found_when_it_was_cut_or_added_to(self) -> None:
        ofd = an_ofd()
        for length in (0, 1, 100, len(ofd) // 2, len(ofd) - 1):
            assert told(ofd[:length])[0] == "refused"
        for changed in (ofd + b"\n", b"\n" + ofd, ofd + ofd):
            assert told(changed)[0] != "valid"

    def test_is_found_when_a_part_was_added_or_taken(self) -> None:
        for changes in ({"Doc_0/Signs/x": b""}, {"x/": b""}, {"Doc_0/PublicRes.xml": None}):
            assert told(with_entries(changes)) == CHANGED

    def test_is_found_when_its_parts_stand_in_another_order(self) -> None:
        assert told(packed(dict(reversed(list(entries_of(an_ofd()).items()))))) == CHANGED

    @pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    def test_by_another_program_that_saved_it_still_has_its_token(self, method: int) -> None:
        saved = zipped(entries_of(an_ofd()), method)
        assert told(saved) == CHANGED
        assert embedded_token_of_ofd(saved) == TOKEN


class TestAFileOfSomebodyElse:
    def test_has_a_token_and_a_page_that_nobody_judges(self) -> None:
        found = check_ofd(zipped({"OFD.xml": b"<x/>", TOKEN_NAME: TOKEN.encode()}))
        assert (found.integrity, found.integrity_reason, found.token) == (*FOREIGN, TOKEN)
        assert found.against(proof_of(a_face())) == found

    @pytest.mark.parametrize(
        "tokens",
        [
            {},
            {"a.sd-jwt": b"x"},
            {"a.sd-jwt": TOKEN.encode() + b"\n"},
            {"a.txt": TOKEN.encode()},
            {"a.sd-jwt": TOKEN.encode(), "b.sd-jwt": TOKEN.replace("eyJpc", "eyJqc").encode()},
            {"a.sd-jwt": (TOKEN + "WyJ~" * 80_000).encode()},
        ],
        ids=["none", "something else", "a line more", "another name", "two", "too long"],
    )
    def test_without_one_token_says_nothing(self, tokens: dict[str, bytes]) -> None:
        content = zipped({"OFD.xml": b"<x/>", **tokens})
        assert told(content) == ("unknown", "ofd_without_token")
        assert embedded_token_of_ofd(content) is None

    def test_without_a_token_is_no_proof_although_we_drew_it(self) -> None:
        assert told(draw_ofd(a_face())) == ("unknown", "ofd_without_token")

    @pytest.mark.parametrize(
        "card",
        [
            b"",
            b"null",
            b"\xff",
            b"[" * 100_000,
            b'{"form":1}',
            b'{"form":1,"face":{}}',
            b'{"form":1,"face":' + b"9" * 9_000 + b"}",
        ],
        ids=["empty", "null", "no text", "nested", "no face", "no fields", "number"],
    )
    def test_has_data_of_another_form(self, card: bytes) -> None:
        assert told(with_entries({CARD_NAME: card})) == FOREIGN

    def test_is_of_another_form_and_not_changed_where_we_draw_it_otherwise_today(self) -> None:
        card = entries_of(an_ofd())[CARD_NAME]
        assert told(with_entries({CARD_NAME: card.replace(b'"form":1', b'"form":2')})) == FOREIGN

    def test_has_more_data_than_is_read(self) -> None:
        card = entries_of(an_ofd())[CARD_NAME]
        assert told(with_entries({CARD_NAME: card + b" "})) == CHANGED
        assert told(with_entries({CARD_NAME: card + b" " * 1024 * 1024})) == FOREIGN

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("valid_to", "2031-02-30", FOREIGN),
            ("name", 7, FOREIGN),
            ("fields", [["a", "b", "c"]], FOREIGN),
            ("marking", {"organisation": "x"}, FOREIGN),
            ("code", "", CHANGED),
            ("code", "查验", CHANGED),
            ("name", "食" * 60_001, CHANGED),
            ("fields", [["a", "b"]] * 61, CHANGED),
        ],
    )
    def test_has_data_that_no_page_was_drawn_from(
        self, name: str, value: object, expected: tuple[str, str]
    ) -> None:
        card = json.loads(entries_of(an_ofd())[CARD_NAME])
        card["face"][name] = value
        assert told(with_entries({CARD_NAME: json.dumps(card).encode()})) == expected

    @settings(max_examples=150, deadline=None)
    @given(card=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: json.dumps(text).encode()))
    def test_may_have_any_data(self, card: bytes) -> None:
        assert told(with_entries({CARD_NAME: card})) == FOREIGN
