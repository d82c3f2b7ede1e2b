"""A page is held against what its token proves: each statement of it, and what is missing from it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.certs.domain.agreement import Agreement, Proved, agreement
from services.certs.domain.face import Face
from tests.certs.faces.samples import MARKING, a_face

FACE = a_face(fields=(("经营项目", "热食"), ("决定日期", "2026年3月5日")), valid_to=date(2031, 3, 4))


def a_proof(*, whole: bool = True, without: str = "", **claims: Any) -> Proved:
    """Everything that the face says."""
    named = ("name", "number", "identifier", "authority_name", "holder_name", "code", "code_shown")
    said = {name: getattr(FACE, name) for name in named} | {
        "id_number_masked": FACE.holder_number,
        "id_type": "001",
        "valid_from": "2026-03-05",
        "valid_to": date(2031, 3, 4),
        "issued_on": "2026-03-05",
    }
    said = {name: value for name, value in (said | claims).items() if name != without}
    return Proved(claims=said, fields={"经营项目": "热食", "决定日期": "2026-03-05"}, whole=whole)


def found(face: Face, proved: Proved) -> tuple[tuple[str, ...], tuple[str, ...]]:
    said = agreement(face, proved)
    return said.differing, said.unproved


class TestAPageThatIsProved:
    @pytest.mark.parametrize("whole", [True, False])
    def test_agrees(self, whole: bool) -> None:  # noqa: FBT001 - a parameter of the test
        assert agreement(FACE, a_proof(whole=whole)) == Agreement()

    def test_may_have_another_template(self) -> None:
        assert agreement(replace(FACE, template="licence"), a_proof()) == Agreement()

    def test_may_say_the_number_in_full(self) -> None:
        assert agreement(FACE, a_proof(id_number_masked="9***2", id_number=FACE.holder_number)) == Agreement()

    def test_may_have_claims_that_it_does_not_show(self) -> None:
        assert agreement(FACE, a_proof(remark="x", employees=7, sites=["a"])) == Agreement()

    def test_says_that_it_has_no_end_if_the_token_says_so(self) -> None:
        assert agreement(replace(FACE, valid_to=None), a_proof(without="valid_to")) == Agreement()

    def test_may_be_a_copy_that_the_caller_knows(self) -> None:
        assert agreement(replace(FACE, marking=MARKING), a_proof(marking=MARKING)) == Agreement()


class TestAPageThatSaysSomethingElse:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("name", "药品经营许可证"),
            ("number", "JY14203220000124"),
            ("number", ""),
            ("identifier", "x"),
            ("authority_name", "x"),
            ("holder_name", "郧西县城关镇天河商行"),
            ("holder_number", "92420322YM00000013"),
            ("valid_from", date(2026, 3, 4)),
            ("valid_from", None),
            ("valid_to", date(2099, 3, 4)),
            ("valid_to", None),
            ("issued_on", date(2026, 3, 6)),
            ("code", "https://elsewhere.example"),
            ("code_shown", "x"),
        ],
    )
    def test_is_found_by_name(self, name: str, value: object) -> None:
        assert found(replace(FACE, **{name: value}), a_proof()) == ((name,), ())  # type: ignore[arg-type]

    def test_is_found_in_a_field(self) -> None:
        changed = replace(FACE, fields=(("经营项目", "冷食"), FACE.fields[1]))
        assert found(changed, a_proof()) == (("fields.经营项目",), ())

    def test_is_found_in_a_second_line_of_the_same_term(self) -> None:
        changed = replace(FACE, fields=(*FACE.fields, ("经营项目", "冷食")))
        assert found(changed, a_proof()) == (("fields.经营项目",), ())

    def test_is_found_where_a_field_was_left_out(self) -> None:
        assert found(replace(FACE, fields=FACE.fields[:1]), a_proof()) == (("fields.决定日期",), ())

    @pytest.mark.parametrize("whole", [True, False])
    def test_is_found_where_a_field_was_added(self, whole: bool) -> None:  # noqa: FBT001 - a parameter
        """A token that keeps something back might still prove it."""
        names = ("fields.备注",)
        expected = (names, ()) if whole else ((), names)
        assert found(replace(FACE, fields=(*FACE.fields, ("备注", "x"))), a_proof(whole=whole)) == expected

    def test_is_found_where_the_token_has_no_end(self) -> None:
        assert found(FACE, a_proof(without="valid_to")) == (("valid_to",), ())

    def test_is_found_in_a_state_or_marking_that_the_caller_knows_otherwise(self) -> None:
        assert found(FACE, a_proof(state="revoked")) == (("state",), ())
        assert found(FACE, a_proof(marking=MARKING)) == (("marking",), ())
        other = replace(MARKING, purpose="贷款")
        assert found(replace(FACE, marking=other), a_proof(marking=MARKING)) == (("marking",), ())


class TestAPageThatSaysMore:
    @pytest.mark.parametrize("name", ["code", "code_shown", "issued_on"])
    def test_is_not_proved_where_the_token_is_silent(self, name: str) -> None:
        assert found(FACE, a_proof(without=name)) == ((), (name,))

    @pytest.mark.parametrize("name", ["holder_name", "valid_to", "number"])
    def test_is_not_proved_where_the_token_keeps_it_back(self, name: str) -> None:
        assert found(FACE, a_proof(without=name, whole=False)) == ((), (name,))

    def test_is_not_proved_to_have_no_end_where_the_end_is_kept_back(self) -> None:
        face = replace(FACE, valid_to=None)
        assert found(face, a_proof(without="valid_to", whole=False)) == ((), ("valid_to",))

    def test_is_not_proved_in_its_use_or_its_state(self) -> None:
        """Neither stands in a token: who knows them says so."""
        face = replace(FACE, marking=MARKING, state="revoked")
        assert found(face, a_proof()) == ((), ("state", "marking"))

    @pytest.mark.parametrize(
        ("id_type", "term", "known"),
        [
            ("001", "统一社会信用代码", True),
            ("001", "证件号码", True),
            ("111", "公民身份号码", True),
            ("111", "统一社会信用代码", False),
            ("414", "公民身份号码", False),
            ("001", "注册资本一亿元，统一社会信用代码", False),
        ],
    )
    def test_has_a_term_for_the_number_that_fits_its_kind(
        self,
        id_type: str,
        term: str,
        known: bool,  # noqa: FBT001 - a parameter of the test
    ) -> None:
        face = replace(FACE, holder_number_term=term)
        assert found(face, a_proof(id_type=id_type)) == ((), () if known else ("holder_number_term",))
