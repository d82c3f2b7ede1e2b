"""An approval held against its type: the type's own fields, the number, the validity."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.certs.domain import Catalogue, CertificateType, Holder, IssuerNotEntitled
from services.certs.domain.contents import ContentWrong
from tests.certs.types import NEW, a_type, approval_of, issued, issued_as
from tests.world.people import a_person, citizen_number

FIELDS = [
    {"name": "content", "term": "内容", "required": True},
    {"name": "grade", "term": "等级", "required": True, "choices": ["一级", "二级"]},
    {"name": "since", "term": "起始日期", "kind": "date"},
    {"name": "area", "term": "面积", "kind": "number"},
    {"name": "capital", "term": "资本", "kind": "money"},
    {"name": "partner", "term": "对方证件号", "kind": "id_number", "sensitive": True},
    {"name": "note", "term": "附注"},
]
DETAILED = a_type(fields=FIELDS)


def faults(kind: CertificateType, **changes: Any) -> dict[str, str]:
    with pytest.raises(ContentWrong) as refused:
        issued_as(kind, **changes)
    return {fault.path: f"got {fault.got}, needed {fault.needed}" for fault in refused.value.faults}


def fields_of(**said: Any) -> dict[str, str]:
    shown = issued_as(DETAILED, fields={"grade": "一级", **said}).shown()["fields"]
    assert isinstance(shown, dict)
    return shown


class TestOwnFields:
    @pytest.mark.parametrize(
        ("name", "said", "kept"),
        [
            ("grade", "二级", "二级"),
            ("since", "2024-02-29", "2024-02-29"),
            ("area", "89.50", "89.50"),
            ("area", -3, "-3"),
            ("area", 12.25, "12.25"),
            ("capital", "0500", "500.00"),
            ("capital", 12.5, "12.50"),
            ("note", "  西岸 2 号 ", "西岸 2 号"),
        ],
    )
    def test_are_shown_in_one_form(self, name: str, said: object, kept: str) -> None:
        assert fields_of(**{name: said})[name] == kept

    def test_stand_beside_what_comes_from_the_columns(self) -> None:
        assert fields_of() == {"content": "准予", "grade": "一级"}

    @pytest.mark.parametrize("nothing", [None, ""])
    def test_may_be_empty_where_they_are_not_required(self, nothing: object) -> None:
        assert fields_of(note=nothing) == {"content": "准予", "grade": "一级"}
        assert set(faults(DETAILED, fields={"grade": nothing})) == {"fields.grade"}

    def test_of_another_person_are_shown_masked(self) -> None:
        number = a_person()["id_number"]
        shown = fields_of(partner=number.lower())["partner"]
        assert (shown[:3], shown[-2:]) == (number[:3], number[-2:])
        assert shown[3:-2] == "*" * 13

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            *(("grade", one) for one in ("三级", 1, ["一级"], {"是": "一级"}, True)),
            *(("since", one) for one in ("2026-02-30", "2026-2-3", "20260203", 20260203, "明天")),
            *(("area", one) for one in ("约80", "1e3", "NaN", float("inf"), True, "1" * 16)),
            *(("capital", one) for one in ("-1", "1.234", "￥5", 1e30)),
            *(("partner", one) for one in ("42032219950101001X", "123", 7)),
            *(("note", one) for one in ("字" * 501, " ", "\u200b", 7)),
        ],
    )
    def test_of_another_kind_are_refused_without_a_word_of_what_stood_there(
        self, name: str, said: object
    ) -> None:
        found = faults(DETAILED, fields={"grade": "一级", name: said})
        assert set(found) == {f"fields.{name}"}
        assert len(str(said)) < 3 or str(said) not in found[f"fields.{name}"].replace("一级", "")

    def test_are_refused_all_at_once(self) -> None:
        said = {"grade": "三级", "since": "gestern", "area": "x", "colour": "red", "<script>": 1}
        found = faults(DETAILED, fields=said, decided_on=None)
        assert set(found) == {"fields.grade", "fields.since", "fields.area", "fields.colour", "fields"}
        assert "grade, since, area" in found["fields.colour"]

    def test_are_no_more_than_a_face_can_hold(self) -> None:
        assert set(faults(DETAILED, fields={f"x{n}": "1" for n in range(61)})) == {"fields"}

    def test_of_a_type_without_any_are_all_unknown(self) -> None:
        assert "none" in faults(a_type(), fields={"grade": "一级"})["fields.grade"]

    def test_make_another_approval_of_the_same_decision_a_conflict(self) -> None:
        approval = approval_of(DETAILED, fields={"grade": "一级"})
        types = Catalogue([DETAILED])
        first, other = (issued(replace(approval, fields={"grade": one}), types) for one in ("一级", "二级"))
        again = issued(replace(approval, fields={"grade": "一级", "note": None}), types)
        assert first.id == other.id
        assert first.digest != other.digest
        assert first.digest == again.digest


class TestANumber:
    KIND = a_type(number_rule={"pattern": "JY[0-9]{4}", "example": "JY0001"})

    @pytest.mark.parametrize("number", ["JY1234", "jy 1234", "ＪＹ１２３４", None, ""])
    def test_is_taken_as_it_is_written(self, number: str | None) -> None:
        assert issued_as(self.KIND, certificate_number=number).approval.certificate_number == number

    @pytest.mark.parametrize("number", ["JY123", "JY12345", "1234", "0" * 400])
    def test_of_another_make_is_refused_with_an_example(self, number: str) -> None:
        (fault,) = faults(self.KIND, certificate_number=number).values()
        assert fault == f"got a text of {len(number)} characters, needed a number like JY0001"


class TestValidity:
    def test_as_stated_is_whatever_the_approval_says(self) -> None:
        assert issued_as(a_type()).valid_to is None
        assert issued_as(a_type(), valid_to=date(2090, 1, 1)).valid_to == date(2090, 1, 1)

    def test_for_ever_takes_no_end(self) -> None:
        kind = a_type(validity={"rule": "long_term"})
        assert issued_as(kind).valid_to is None
        assert issued_as(kind, valid_to=date(2099, 12, 31)).valid_to is None  # 长期, as forms write it
        assert set(faults(kind, valid_to=date(2031, 1, 1))) == {"valid_to"}

    @pytest.mark.parametrize(
        ("begin", "end", "last"),
        [
            (date(2026, 3, 5), None, date(2031, 3, 4)),
            (date(2024, 2, 29), None, date(2029, 2, 28)),
            (None, None, date(2031, 3, 4)),  # from the day of the decision
            (date(2026, 3, 5), date(2031, 3, 4), date(2031, 3, 4)),
            (date(2026, 3, 5), date(2031, 3, 5), date(2031, 3, 5)),  # the anniversary is written too
            (date(2026, 3, 5), date(2028, 1, 1), date(2028, 1, 1)),
        ],
    )
    def test_of_years_is_filled_in(self, begin: date | None, end: date | None, last: date) -> None:
        kind = a_type(validity={"rule": "years", "years": 5})
        assert issued_as(kind, valid_from=begin, valid_to=end).valid_to == last

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"valid_to": date(2031, 3, 6)}, "valid_to"),
            ({"long_term": True}, "long_term"),
            ({"valid_to": date(2099, 12, 31)}, "long_term"),
            ({"decided_on": None}, "valid_to"),
            ({"valid_from": date(9999, 12, 31)}, "valid_from"),
            ({"decided_on": date(9994, 12, 31), "valid_from": None}, "valid_from"),
        ],
    )
    def test_of_years_is_not_exceeded(self, changes: dict[str, Any], path: str) -> None:
        assert set(faults(a_type(validity={"rule": "years", "years": 5}), **changes)) == {path}

    def test_until_an_age_ends_the_day_before_the_birthday(self) -> None:
        kind = a_type(validity={"rule": "until_age", "age": 80})
        holder = Holder(id_type="111", id_number=citizen_number(1), name="张晓禾")  # born on 1950-01-15
        assert issued_as(kind, holder=holder).valid_to == date(2030, 1, 14)
        assert issued_as(kind, holder=holder, valid_to=date(2030, 1, 14)).valid_to == date(2030, 1, 14)
        assert set(faults(kind, holder=holder, valid_to=date(2030, 1, 15))) == {"valid_to"}

    def test_until_an_age_that_the_number_does_not_tell_is_stated(self) -> None:
        kind = a_type(validity={"rule": "until_age", "age": 80})
        holder = Holder(id_type="414", id_number="E12345678", name="JOHN")
        assert set(faults(kind, holder=holder)) == {"valid_to"}
        assert issued_as(kind, holder=holder, valid_to=date(2040, 1, 1)).valid_to == date(2040, 1, 1)

    def test_filled_in_leaves_the_approval_and_its_digest_as_they_were_sent(self) -> None:
        approval = approval_of(a_type())
        ruled = issued(approval, Catalogue([a_type(validity={"rule": "years", "years": 5})]))
        plain = issued(approval, Catalogue([a_type()]))
        assert ruled.approval.valid_to is None
        assert ruled.digest == plain.digest


class TestASwappedCode:
    OFFICIAL = "11100000000013127D777"
    SWAPPED = a_type(
        certificate_type=OFFICIAL, defining_authority=OFFICIAL[:18], provisional=False, formerly=[NEW]
    )

    def test_finds_the_type_by_the_code_that_it_had(self) -> None:
        types = Catalogue([a_type(), self.SWAPPED])
        assert types.find(NEW, None) is types.find(self.OFFICIAL, None) is self.SWAPPED
        assert types.find(None, "测试证") is self.SWAPPED
        assert list(types.types) == [self.OFFICIAL]

    @pytest.mark.parametrize("registered", [NEW, OFFICIAL])
    @pytest.mark.parametrize("sent", [NEW, OFFICIAL])
    def test_entitles_by_both_and_issues_under_the_new_one(self, registered: str, sent: str) -> None:
        approval = approval_of(self.SWAPPED, certificate_type=sent)
        made = issued(approval, Catalogue([self.SWAPPED]), entitled={registered: None})
        assert f".{self.OFFICIAL}." in made.identifier

    def test_entitles_by_no_other(self) -> None:
        with pytest.raises(IssuerNotEntitled):
            issued(approval_of(self.SWAPPED), Catalogue([self.SWAPPED]), entitled={"1" * 21: None})

    def test_leaves_an_approval_that_was_sent_before_the_same_one(self) -> None:
        approval = approval_of(a_type())
        before = issued(approval, Catalogue([a_type()]))
        after = issued(approval, Catalogue([self.SWAPPED]))
        assert (before.id, before.digest) == (after.id, after.digest)

    def test_twice_finds_the_type_by_the_oldest_too(self) -> None:
        third = a_type(certificate_type="11100000MB9999900G991", formerly=[NEW, self.OFFICIAL])
        types = Catalogue([a_type(), self.SWAPPED, third])
        assert {types.of(code) for code in third.codes} == {third}

    def test_of_two_types_for_each_others_is_not_followed_for_ever(self) -> None:
        types = Catalogue([a_type(formerly=[self.OFFICIAL]), self.SWAPPED])
        assert types.of(NEW) is None


class TestTwoTypesOfOneName:
    def test_by_two_administrators_at_once_leave_the_name_to_the_lower_code(self) -> None:
        other = a_type(certificate_type="11100000MB9999900G991")
        assert Catalogue([other, a_type()]).find(None, "测试证").certificate_type == NEW
