"""Who acts for the holder: 法定代表人 and 监护人, as approvals name them and certificates say it."""

from typing import Any

import pytest

from services.certs.events import CertificateIssued, TypePublished
from services.certs.store import read_types
from services.kernel.check_digits import mod_11_2, mod_31
from services.kernel.event import decode
from services.kernel.holders import holder_id
from services.kernel.keys.secrets import read_key
from tests.certs.office import BUREAU, FOOD, MARKET, Office, eventually
from tests.certs.sheets import FORM_2018, PERSON, good, sheet
from tests.world.people import a_shop, an_approval

BIRTH_SAID = {"certificate_name": "出生医学证明", "certificate_number": "T420000001", "valid_to": None}
LICENCE, BIRTH = "11100000MB9999900G909", "11100000MB9999900G910"
CHILD = "42032220200101101" + mod_11_2("42032220200101101")
MOTHER = {"name": "林晓禾", "id_type": "111", "id_number": PERSON}
FATHER = {"name": "陈大山", "id_type": "414", "id_number": "EM0000001"}
FIRM = {"id_type": "001", "id_number": "91420322YM00000028"}


def id_of(office: Office, id_type: str, number: str) -> str:
    return holder_id(read_key(office.secrets_dir / "certs" / "holder.key"), id_type, number)


def licence(**said: Any) -> dict[str, Any]:
    return an_approval(a_shop(), certificate_name="营业执照", **said)


async def only(office: Office, approval: dict[str, Any]) -> CertificateIssued:
    """What is said of it."""
    answer = await office.post(approval)
    assert answer.status_code == 201, answer.text
    (event,) = await office.issued()
    return event


@pytest.fixture(autouse=True)
async def may_send(office: Office) -> None:
    await office.register(BUREAU, source_for={MARKET: [FOOD, LICENCE, BIRTH]})


class TestRepresents:
    async def test_names_the_legal_representative_of_a_licence_by_derived_id(self, office: Office) -> None:
        event = await only(office, licence(representatives=[MOTHER]))
        assert [(one.holder_id, one.role) for one in event.represents] == [
            (id_of(office, "111", PERSON), "legal_representative")
        ]
        assert PERSON not in repr(event)

    async def test_names_both_guardians_of_a_child_whatever_their_documents(self, office: Office) -> None:
        child = {"id_type": "111", "id_number": CHILD, "name": "陈小禾"}
        birth = an_approval(child, **BIRTH_SAID, representatives=[MOTHER, FATHER])
        event = await only(office, birth)
        wanted = {id_of(office, "111", PERSON), id_of(office, "414", "EM0000001")}
        assert {(one.holder_id, one.role) for one in event.represents} == {
            (one, "guardian") for one in wanted
        }

    async def test_names_nobody_whose_number_is_missing(self, office: Office) -> None:
        assert (await only(office, licence(representatives=[{"name": "林晓禾"}]))).represents == ()

    async def test_names_nobody_on_a_type_that_does_not_say_who_acts(self, office: Office) -> None:
        assert (await only(office, an_approval(a_shop(), representatives=[MOTHER]))).represents == ()

    async def test_never_names_the_holder_nor_anybody_twice(self, office: Office) -> None:
        child = {"id_type": "111", "id_number": CHILD, "name": "陈小禾"}
        named = [MOTHER, MOTHER, {"id_type": "111", "id_number": CHILD}]
        event = await only(office, an_approval(child, **BIRTH_SAID, representatives=named))
        assert [one.holder_id for one in event.represents] == [id_of(office, "111", PERSON)]

    @pytest.mark.parametrize(
        ("representative", "code"),
        [
            (MOTHER | {"id_number": PERSON[:-1] + "0"}, "id_number_invalid"),
            (FIRM, "representative_not_a_person"),
            (MOTHER | {"id_type": "777"}, "id_type_unknown"),
            (MOTHER | {"name": "林" * 501}, "approval_field_too_long"),
        ],
    )
    async def test_a_number_that_cannot_be_right_is_refused_and_not_repeated(
        self, office: Office, representative: dict[str, str], code: str
    ) -> None:
        answer = await office.post(licence(representatives=[representative]))
        assert answer.json()["code"] == code
        assert representative["id_number"] not in answer.text

    async def test_more_than_ten_are_refused(self, office: Office) -> None:
        answer = await office.post(licence(representatives=[MOTHER] * 11))
        assert answer.json()["code"] == "approval_field_too_long"

    async def test_another_representative_of_the_same_decision_is_a_conflict(self, office: Office) -> None:
        """Whoever comes second must not slip in unseen."""
        approval = licence(representatives=[MOTHER])
        await only(office, approval)
        other = await office.post(approval | {"representatives": [FATHER]})
        assert other.json()["code"] == "approval_conflict"
        assert (await office.post(approval)).status_code == 200


class TestFile:
    COLUMNS = ("法定代表人证件类型", "法定代表人证件号码")

    def form(self, id_type: str, number: str) -> dict[str, str]:
        return dict(FORM_2018) | dict(zip(self.COLUMNS, (id_type, number), strict=True))

    def test_columns_ten_and_eleven_are_read(self) -> None:
        row = good(sheet({}, form=self.form("身份证", PERSON)))
        assert row.representative is not None
        assert (row.representative.id_type, row.representative.number) == ("111", PERSON)

    @pytest.mark.parametrize("number", ["", "无", "/"])
    def test_an_empty_number_is_no_representative(self, number: str) -> None:
        row = good(sheet({}, form=self.form("身份证", number)))
        assert (row.representative, row.warnings) == (None, ())

    @pytest.mark.parametrize("number", [PERSON[:-1] + "0", "4.20322E+17", "123", FIRM["id_number"]])
    def test_a_wrong_number_is_flagged_and_costs_nothing_else(self, number: str) -> None:
        row = good(sheet({}, form=self.form("身份证", number)))
        assert (row.representative, row.warnings) == (None, ("representative_number_invalid",))


class TestTypes:
    async def test_say_their_fields_and_what_is_public(self, office: Office) -> None:
        async def heard() -> dict[str, TypePublished]:
            records = office.bus.topics[TypePublished.topic()]
            events = [decode(TypePublished, one).event for one in records]
            return (
                {one.certificate_type: one for one in events}
                if len(events) >= len(read_types().types)
                else {}
            )

        said = await eventually(heard)
        assert (said[LICENCE].public, said[BIRTH].public) == (True, False)
        sensitive = [one.term for one in said[BIRTH].fields if one.sensitive]
        assert {"出生信息", "签发日期", "母亲身份证件号"} < set(sensitive)
        assert all(one.fields for one in said.values())

    def test_nothing_of_a_person_alone_is_public(self) -> None:
        for one in read_types().types.values():
            assert not one.public or "organisation" in one.holder_kinds, one.name

    def test_the_made_up_authority_has_a_check_character_that_holds(self) -> None:
        codes = {one.defining_authority for one in read_types().types.values() if one.provisional}
        assert all(mod_31(code[:17]) == code[17] for code in codes)
