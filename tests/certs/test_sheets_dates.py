"""Dates as clerks write them."""

from datetime import date

import pytest

from services.certs.sheets.dates import DateUnreadable, Day, read_day
from tests.certs.sheets import FORM_2015, good, refused, sheet

FIFTH_OF_MARCH = date(2024, 3, 5)


class TestDay:
    @pytest.mark.parametrize(
        "written",
        [
            *(
                "2024-3-5",
                "2024/03/05",
                "2024.03.05",
                "2024年3月5日",
                "20240305",
                "2024,3,5",
                "2024，3，5",
                "2024、3、5",
            ),
            *("2024-03-05 00:00:00", "2024-03-05 00:00:00.0", "2024-03-05T00:00:00Z", "2024/3/5 0：00：00"),
            *(
                "２０２４-０３-０５",
                "2024 年 3 月 5 日",
                "45356",
                "45356.0",
                "'2024-03-05",
                " 2024-03-05\t",
                "2024年3月5日 10:30",
            ),
        ],
    )
    def test_is_read_in_every_form_that_was_met(self, written: str) -> None:
        assert read_day(written) == Day(FIFTH_OF_MARCH)

    @pytest.mark.parametrize(
        "written",
        [
            *("2024-03-04T16:00:00.000Z", "2024-03-04 16:00:00+00:00", "2024-03-05T15:59:59Z"),
            *("2024-03-05T00:00:00+08:00", "2024-03-05T23:59+0800", "2024-03-04T08:00:00-08:00"),
        ],
    )
    def test_of_a_moment_is_the_day_in_shanghai(self, written: str) -> None:
        assert read_day(written) == Day(FIFTH_OF_MARCH)

    @pytest.mark.parametrize("written", ["24-3-5", "24.03.05", "24年3月5日"])
    def test_of_a_two_digit_year_is_flagged(self, written: str) -> None:
        assert read_day(written) == Day(FIFTH_OF_MARCH, ("date_two_digit_year",))

    @pytest.mark.parametrize("written", ["2024.03", "2024年3月", "2024/3"])
    def test_of_a_month_alone_is_its_first_and_as_an_end_its_last(self, written: str) -> None:
        flagged = ("date_month_only",)
        assert read_day(written) == Day(date(2024, 3, 1), flagged)
        assert read_day(written, is_end=True) == Day(date(2024, 3, 31), flagged)

    @pytest.mark.parametrize(
        "written",
        [
            "长期",
            "长期有效",
            "永久",
            "无固定期限",
            "2099/12/31",
            "9999/12/31",
            "9999-12-31",
            "2099年12月31日",
        ],
    )
    def test_has_no_end(self, written: str) -> None:
        assert read_day(written, is_end=True) == Day(None)

    @pytest.mark.parametrize("written", ["", "/", "无", "——", "　"])
    def test_is_empty(self, written: str) -> None:
        assert read_day(written) is None

    @pytest.mark.parametrize(
        "written",
        [
            *(
                "2024-13-01",
                "2024-02-30",
                "二〇二四年",
                "2024",
                "99999",
                "2024-03-05至2029-03-04",
                "待定",
                "00000000",
            ),
            *("3/5/24", "03/05/24", "12/31/24"),  # the American way: which is the year?
            *("2024-03-05T25:00:00Z", "9999-12-31T23:00:00Z", "2024/3/4 16:00Z"),
            *("2024.1", "2024.13", "2024.0"),  # January, or October after a spreadsheet dropped the zero?
        ],
    )
    def test_that_is_none_or_reads_two_ways_is_refused(self, written: str) -> None:
        with pytest.raises(DateUnreadable):
            read_day(written)

    def test_a_begin_may_not_be_without_end(self) -> None:
        row = refused(sheet({"有效期自": "长期"}))
        assert (row.code, row.column) == ("date_unreadable", "有效期自")

    def test_a_number_in_the_wrong_column_is_masked_in_the_report(self) -> None:
        assert "1995" not in refused(sheet({"有效期自": "42032219951207426X"})).detail


class TestDates:
    def test_in_the_wrong_order_are_refused(self) -> None:
        row = refused(sheet({"有效期自": "2026-03-05", "有效期至": "2026-03-04"}))
        assert (row.code, row.column) == ("dates_out_of_order", "有效期至")

    def test_may_be_the_same_day(self) -> None:
        assert good(sheet({"有效期自": "2026-03-05", "有效期至": "2026-03-05"})).warnings == ()

    def test_without_an_end_are_long_term(self) -> None:
        row = good(sheet({"有效期至": "长期"}))
        assert (row.valid_to, row.long_term) == (None, True)

    def test_of_the_old_form_may_lack_an_end_and_are_flagged(self) -> None:
        row = good(sheet({"许可截止期": "/"}, form=FORM_2015))
        assert (row.valid_to, row.long_term, "end_missing" in row.warnings) == (None, False, True)

    def test_need_a_decision_or_a_begin(self) -> None:
        assert good(sheet({"有效期自": ""})).valid_from is None
        assert refused(sheet({"有效期自": "", "许可决定日期": ""})).code == "row_field_missing"

    @pytest.mark.parametrize(
        ("decided", "flag"),
        [
            ("2026-11-24", "decided_in_future"),
            ("2025-11-01", "decided_long_ago"),
            ("2031-06-01", "ends_before_decision"),
        ],
    )
    def test_that_are_odd_are_flagged_and_go_through(self, decided: str, flag: str) -> None:
        assert flag in good(sheet({"许可决定日期": decided})).warnings
