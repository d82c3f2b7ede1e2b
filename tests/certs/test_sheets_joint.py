"""Columns for further holders (共有人): ours, for the published table has none."""

from io import BytesIO

import pytest

from services.certs.domain import Approval, JointHolder, ReadRow, RefusedRow
from services.certs.sheets.lines import read_lines
from tests.certs.sheets import FIRM, FORM_OF_PERSONS, PERSON, TODAY, faults, sheet

OTHER = "420322198801010022"
COLUMNS = {
    "共有人1姓名": "陈望舒",
    "共有人1证件类型": "",
    "共有人1证件号码": OTHER,
    "共有人2姓名": "",
    "共有人2证件类型": "",
    "共有人2证件号码": "",
}
FORM = FORM_OF_PERSONS | COLUMNS


def approval(content: str) -> Approval:
    (line,) = read_lines(BytesIO(content.encode()), "a.csv", today=TODAY)
    assert isinstance(line, ReadRow), line
    return line.approval


class TestFurtherHolders:
    def test_stand_in_columns_of_their_own(self) -> None:
        read = approval(
            sheet(
                {
                    "共有人2姓名": "郧西县天河口物业",
                    "共有人2证件类型": "统一社会信用代码",
                    "共有人2证件号码": FIRM,
                },
                form=FORM,
            )
        )
        assert read.joint_holders == (
            JointHolder(id_type="111", id_number=OTHER, name="陈望舒"),
            JointHolder(id_type="001", id_number=FIRM, name="郧西县天河口物业"),
        )
        assert read.holder.id_number == PERSON

    @pytest.mark.parametrize(
        "headings",
        [
            ("共有人姓名", "共有人证件号码"),
            ("共有人姓名1", "共有人证件号码1"),
            ("共同持证人（1）名称", "共同持证人（1）证件号"),
            ("共有人_1 姓名", "共有人_1 居民身份证号"),
        ],
    )
    def test_are_found_however_clerks_write_the_heading(self, headings: tuple[str, str]) -> None:
        form = FORM_OF_PERSONS | dict(zip(headings, ("陈望舒", OTHER), strict=True))
        read = approval(sheet({}, form=form))
        assert [one.id_number for one in read.joint_holders] == [OTHER]
        assert read.holder.id_number == PERSON

    def test_are_none_where_the_cells_are_empty(self) -> None:
        empty = {"共有人1姓名": "/", "共有人1证件类型": "身份证", "共有人1证件号码": "无"}
        assert approval(sheet(empty, form=FORM)).joint_holders == ()

    @pytest.mark.parametrize(
        ("cells", "code", "column"),
        [
            ({"共有人1姓名": ""}, "row_field_missing", "共有人1姓名"),
            ({"共有人1证件号码": ""}, "holder_code_missing", "共有人1证件号码"),
            ({"共有人1证件号码": "00000000000000000X"}, "holder_code_placeholder", "共有人1证件号码"),
            ({"共有人1证件号码": OTHER[:-1] + "1"}, "id_number_invalid", "共有人1证件号码"),
            ({"共有人1证件类型": "会员卡"}, "id_type_unknown", "共有人1证件类型"),
        ],
    )
    def test_with_a_wrong_cell_are_told_by_its_column(
        self, cells: dict[str, str], code: str, column: str
    ) -> None:
        (fault,) = faults(sheet(cells, form=FORM))
        assert (fault.code, fault.column) == (code, column)
        assert OTHER[3:16] not in fault.detail
        (line,) = read_lines(BytesIO(sheet(cells, form=FORM).encode()), "a.csv", today=TODAY)
        assert isinstance(line, RefusedRow)
        # Else the rules would refuse the same again, and in the column of the first holder.
        assert (line.approval and line.approval.joint_holders) == ()

    def test_have_their_faults_beside_those_of_the_first(self) -> None:
        found = faults(sheet({"证件号码": "", "共有人1姓名": "", "共有人2姓名": "钱三"}, form=FORM))
        assert [one.column for one in found] == ["证件号码", "共有人1姓名", "共有人2证件号码"]
