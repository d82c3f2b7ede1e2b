"""The sample that `make demo` feeds: what is in it, and that it is what its maker makes."""

from collections import Counter
from io import BytesIO

import pytest
from stdnum.cn import uscc

from deploy.local.sample import make
from deploy.local.sample.authorities import BY_CERTIFICATE_NAME, DATA_BUREAU, ISSUING, Authority
from deploy.local.sample.holders import DRIVER_NAME, GROCERY_NAME
from services.certs.sheets import ROW_WARNINGS, Row, RowRefused, RowSkipped
from services.kernel.check_digits import mod_31
from tests.certs.sheets import Result, results


@pytest.fixture(scope="module")
def rows() -> list[Result]:
    return results(make.CSV.read_bytes())


class TestSample:
    def test_is_what_its_maker_makes(self) -> None:
        assert make.csv_content() == make.CSV.read_bytes(), "run: python -m deploy.local.sample.make"

    def test_holds_some_hundred_rows_a_few_of_them_refused_or_skipped(self, rows: list[Result]) -> None:
        kinds = Counter(type(row) for row in rows)
        assert kinds == {Row: 281, RowRefused: 19, RowSkipped: 6}

    def test_shows_each_reason_once_or_twice(self, rows: list[Result]) -> None:
        codes = Counter(one.code for row in rows if isinstance(row, RowRefused) for one in row.faults)
        assert len(codes) >= 15
        assert max(codes.values()) <= 2

    def test_has_a_row_that_is_wrong_twice(self, rows: list[Result]) -> None:
        assert sum(len(row.faults) > 1 for row in rows if isinstance(row, RowRefused)) == 1

    def test_flags_a_few_rows(self, rows: list[Result]) -> None:
        flags = {flag for row in rows if isinstance(row, Row) for flag in row.warnings}
        assert {"date_month_only", "date_two_digit_year", "code_remark_dropped"} <= flags <= ROW_WARNINGS

    def test_has_the_two_holders_of_the_visit(self, rows: list[Result]) -> None:
        held = {
            (row.holder_name, row.holder_kind, row.certificate_name) for row in rows if isinstance(row, Row)
        }
        assert {
            (GROCERY_NAME, "organisation", "食品经营许可证"),
            (GROCERY_NAME, "organisation", "公共场所卫生许可证"),
            (DRIVER_NAME, "person", "道路运输经营许可证"),
        } <= held

    def test_has_each_certificate_from_the_authority_that_issues_it(self, rows: list[Result]) -> None:
        good = [row for row in rows if isinstance(row, Row)]
        assert {row.certificate_name for row in good} == set(BY_CERTIFICATE_NAME)
        for row in good:
            assert row.authority_code == BY_CERTIFICATE_NAME[row.certificate_name or ""].code

    def test_has_no_certificate_of_a_holder_twice(self, rows: list[Result]) -> None:
        held = Counter((row.id_number, row.certificate_name) for row in rows if isinstance(row, Row))
        assert max(held.values()) == 1

    def test_has_codes_that_somebody_else_checks_too(self, rows: list[Result]) -> None:
        codes = {row.id_number for row in rows if isinstance(row, Row) and row.id_type == "001"}
        assert all(uscc.is_valid(code) for code in codes)


class TestSampleOfPersons:
    def test_is_what_its_maker_makes(self) -> None:
        made = BytesIO()
        make.workbook().save(made)
        assert results(made.getvalue()) == results(make.XLSX.read_bytes())

    def test_holds_persons_and_two_refused_rows(self) -> None:
        rows = results(make.XLSX.read_bytes(), make.XLSX.name)
        assert Counter(type(row) for row in rows) == {Row: 18, RowRefused: 2}
        assert {row.holder_kind for row in rows if isinstance(row, Row)} == {"person"}


class TestAuthorities:
    @pytest.mark.parametrize("authority", [DATA_BUREAU, *ISSUING], ids=lambda authority: authority.name)
    def test_have_made_up_codes_that_hold(self, authority: Authority) -> None:
        assert authority.code[:10] == "11420322YM"
        assert authority.code[17] == mod_31(authority.code[:17])
        assert uscc.is_valid(authority.code)
