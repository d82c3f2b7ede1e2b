"""The types that come with the program: those that residents meet, each of them fit to be issued."""

from datetime import date

import pytest

from deploy.local.sample.authorities import ISSUING
from services.certs.domain import CertificateType
from services.certs.domain.certificate_type import COLUMNS, normal
from services.certs.domain.contents import ContentWrong
from services.certs.domain.face import TEMPLATES
from services.certs.faces.drawing import TEMPLATES as FOLDER
from services.certs.store import read_types
from tests.certs.types import approval_of, issued, own_values

TYPES = read_types()
SHIPPED = sorted(TYPES.types.values(), key=lambda one: one.name)
RESIDENTS_MEET = (
    *("居民身份证", "居民户口簿", "结婚证", "出生医学证明", "社会保障卡", "医保电子凭证", "残疾人证"),
    *(
        "老年人优待证",
        "学生证",
        "退役军人优待证",
        "社会救助证",
        "不动产权证书",
        "驾驶证",
        "营业执照",
        "食品经营许可证",
    ),
    *("道路运输经营许可证", "公共场所卫生许可证", "人力资源服务许可证"),
)
OFFICIAL = {
    "居民身份证": "11100000000013127D001",
    "结婚证": "111000000000131433001",
    "不动产权证书": "11100000MB03271699001",
}
# Those that the county's files, which have no columns for own fields, were always full of.
IN_FILES = [one for one in SHIPPED if one.certificate_type < "11100000MB9999900G912"]


def named(kind: CertificateType) -> str:
    return kind.name


class TestTheShippedTypes:
    @pytest.mark.parametrize("name", RESIDENTS_MEET)
    def test_are_those_that_residents_meet(self, name: str) -> None:
        assert TYPES.find(None, name).name == name

    def test_are_those_that_the_counties_authorities_issue(self) -> None:
        names = {name for one in ISSUING for name in (*one.certificate_names, *one.also_issues)}
        assert {TYPES.find(None, name).name for name in names} == names

    def test_have_official_codes_where_they_are_known_and_say_where_not(self) -> None:
        assert {one.name: one.certificate_type for one in SHIPPED if not one.provisional} == OFFICIAL
        codes = {one.certificate_type for one in SHIPPED if one.provisional}
        assert codes == {f"11100000MB9999900G{number}" for number in range(901, 920)}

    @pytest.mark.parametrize("kind", SHIPPED, ids=named)
    def test_issue_a_certificate_from_a_sample_approval(self, kind: CertificateType) -> None:
        made = issued(approval_of(kind), TYPES)
        shown = made.shown()["fields"]
        assert isinstance(shown, dict)
        assert {field.name for field in kind.own_fields} <= set(shown)
        assert {field.name for field in kind.fields if field.required} <= set(shown)
        assert f".{kind.certificate_type}." in made.identifier

    @pytest.mark.parametrize("kind", SHIPPED, ids=named)
    def test_refuse_one_without_their_required_fields_and_with_others(self, kind: CertificateType) -> None:
        with pytest.raises(ContentWrong) as refused:
            issued(approval_of(kind, fields={"colour": "red"}), TYPES)
        needed = {f"fields.{field.name}" for field in kind.own_fields if field.required}
        assert {fault.path for fault in refused.value.faults} == needed | {"fields.colour"}

    @pytest.mark.parametrize("kind", [one for one in SHIPPED if one.number_rule], ids=named)
    def test_refuse_a_number_of_another_make(self, kind: CertificateType) -> None:
        with pytest.raises(ContentWrong, match="certificate_number"):
            issued(approval_of(kind, certificate_number="第一号"), TYPES)

    @pytest.mark.parametrize("kind", SHIPPED, ids=named)
    def test_are_drawn_by_a_face_that_there_is_and_say_how_long_they_are_kept(
        self, kind: CertificateType
    ) -> None:
        assert kind.face in TEMPLATES
        assert kind.retention_years is None or kind.retention_years >= 10
        assert kind.own_fields, "a type has something of its own"

    def test_mask_and_call_sensitive_whatever_is_somebodys_number(self) -> None:
        for kind in SHIPPED:
            for field in kind.own_fields:
                assert field.kind != "id_number" or field.sensitive, f"{kind.name}: {field.term}"

    @pytest.mark.parametrize("kind", IN_FILES, ids=named)
    def test_that_come_in_files_need_nothing_that_a_file_has_no_column_for(
        self, kind: CertificateType
    ) -> None:
        assert not [field.name for field in kind.own_fields if field.required]

    def test_do_not_take_the_form_of_an_alias_for_another(self) -> None:
        names = [normal(name) for kind in SHIPPED for name in kind.names]
        assert len(names) == len(set(names))

    def test_fill_in_ten_years_for_a_disability_certificate(self) -> None:
        kind = TYPES.find(None, "残疾人证")
        assert issued(approval_of(kind, valid_from=date(2026, 5, 1)), TYPES).valid_to == date(2036, 4, 30)

    def test_grade_a_disability_from_one_to_four(self) -> None:
        kind = TYPES.find(None, "残疾人证")
        wrong = own_values(kind) | {"disability_grade": "五级"}
        with pytest.raises(ContentWrong, match="一级, 二级, 三级, 四级"):
            issued(approval_of(kind, fields=wrong), TYPES)

    def test_keep_the_columns_that_approvals_had_before(self) -> None:
        for kind in SHIPPED:
            columns = {field.name for field in kind.fields} & COLUMNS
            assert {"document_name", "document_number", "category", "content"} <= columns


class TestTheFaces:
    def test_that_a_type_may_name_are_the_ones_that_are_drawn(self) -> None:
        drawn = {file.stem for file in FOLDER.glob("*.typ")} - {"page", "paper"}
        assert drawn == set(TEMPLATES)
