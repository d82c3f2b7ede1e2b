"""XLSX files as they are really met, and as somebody might make them on purpose."""

import io
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from services.certs.sheets import Row, RowRefused, xlsx_file, xlsx_marks
from services.certs.sheets.faults import SheetEmpty, SheetTooLarge, SheetUnreadable
from tests.certs.sheets import FORM_2018, FORM_OF_PERSONS, PERSON, SHOP, good, refused, results, workbook

HEADINGS = list(FORM_2018)
SHEET = "xl/worksheets/sheet1.xml"
START = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
END = b"</sheetData></worksheet>"


def one(**changes: object) -> bytes:
    return workbook([HEADINGS, list((FORM_2018 | changes).values())])


def repacked(content: bytes, parts: dict[str, bytes]) -> bytes:
    """The same archive with some parts replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, part in parts.items():
            new.writestr(name, part)
    return out.getvalue()


class TestWorkbook:
    def test_is_read_from_its_first_sheet(self) -> None:
        row = good(one())
        assert (row.line, row.id_number, row.warnings) == (2, SHOP, ())

    def test_may_have_real_dates_and_numbers_of_days(self) -> None:
        row = good(
            one(
                许可决定日期=datetime.fromisoformat("2026-03-05T10:30"),
                有效期自=46086,
                有效期至=date(9999, 12, 31),
            )
        )
        assert (row.decided_on, row.valid_from, row.long_term) == (date(2026, 3, 5), date(2026, 3, 5), True)

    def test_may_have_short_numbers_where_text_is_meant(self) -> None:
        row = good(one(许可编号=42032201.0, 当前状态=1, 备注=3.5))
        assert (row.certificate_number, row.state, row.remark) == ("42032201", "valid", "3.5")

    @pytest.mark.parametrize("number", [4.20322199512074e17, 420322199512074260])
    def test_is_refused_a_number_that_lost_its_last_digits(self, number: float) -> None:
        row = list((FORM_OF_PERSONS | {"证件号码": number}).values())
        assert refused(workbook([list(FORM_OF_PERSONS), row])).code == "cell_precision_lost"

    def test_is_refused_a_number_that_no_computer_counts_with(self) -> None:
        content = workbook([list(FORM_OF_PERSONS), list((FORM_OF_PERSONS | {"证件号码": 42424242}).values())])
        part = zipfile.ZipFile(io.BytesIO(content)).read(SHEET).replace(b"42424242", b"9" * 400)
        assert refused(repacked(content, {SHEET: part})).code == "cell_precision_lost"

    def test_keeps_a_long_number_that_is_text(self) -> None:
        assert good(workbook([list(FORM_OF_PERSONS), list(FORM_OF_PERSONS.values())])).id_number == PERSON

    def test_may_have_a_title_and_blank_rows(self) -> None:
        rows = results(
            workbook([["公示表"], [], HEADINGS, list(FORM_2018.values()), [], [], ["表格说明：略"]])
        )
        assert [row.line for row in rows] == [4, 5, 7]

    def test_may_have_rows_that_end_early(self) -> None:
        assert good(workbook([HEADINGS, list(FORM_2018.values())[:-1]])).remark is None

    def test_may_claim_a_wrong_size(self) -> None:
        content = one()
        part = zipfile.ZipFile(io.BytesIO(content)).read(SHEET)
        lying = part.replace(b'<dimension ref="A1:U2"', b'<dimension ref="A1:A1"')
        assert lying != part
        assert good(repacked(content, {SHEET: lying})).id_number == SHOP

    def test_without_anything_in_it_is_empty(self) -> None:
        with pytest.raises(SheetEmpty):
            results(workbook([]))


class TestDamagedWorkbook:
    def test_that_is_cut_off_is_refused(self) -> None:
        with pytest.raises(SheetUnreadable):
            results(one()[:3000])

    def test_that_is_another_archive_is_refused(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        with pytest.raises(SheetUnreadable):
            results(out.getvalue(), "permits.ods")

    @pytest.mark.parametrize(
        "part",
        [
            b"<worksheet><sheetData><row>",
            START + b'<row r="x"/>' + END,
            START + b'<row r="1"><c r="A1" t="s"><v>99999</v></c></row>' + END,
        ],
        ids=["cut", "row number", "string number"],
    )
    def test_whose_sheet_is_wrong_is_refused(self, part: bytes) -> None:
        with pytest.raises(SheetUnreadable):
            results(repacked(one(), {SHEET: part}))

    def test_that_declares_entities_is_refused(self) -> None:
        bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
        with pytest.raises(SheetUnreadable, match="entities"):
            results(repacked(one(), {SHEET: bomb}))

    def test_that_counts_from_1904_is_refused(self) -> None:
        made = Workbook()
        made.epoch = CALENDAR_MAC_1904
        made.worksheets[0].append(HEADINGS)
        out = io.BytesIO()
        made.save(out)
        with pytest.raises(SheetUnreadable, match="1904"):
            results(out.getvalue())


class TestLargeWorkbook:
    def test_of_more_than_ten_megabytes_is_refused(self) -> None:
        with pytest.raises(SheetTooLarge):
            results(b"PK\x03\x04" + bytes(xlsx_file.LARGEST))

    def test_that_unpacks_to_more_than_a_hundred_is_refused_unopened(self) -> None:
        content = repacked(one(), {"xl/media/a.bin": bytes(xlsx_file.LARGEST_UNPACKED)})
        assert len(content) < 1_000_000
        with pytest.raises(SheetTooLarge):
            results(content)

    def test_that_lies_about_its_unpacked_size_is_refused(self) -> None:
        content = repacked(one(), {SHEET: b" " * 5_000_000})
        lying = content.replace((5_000_000).to_bytes(4, "little"), (500).to_bytes(4, "little"))
        with pytest.raises(SheetUnreadable):
            results(lying)

    @pytest.mark.parametrize("name", [SHEET, "xl/media/sheet.png"])
    def test_of_millions_of_marks_is_refused(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(xlsx_marks, "MOST_ELEMENTS", 1_000)
        with pytest.raises(SheetTooLarge):
            results(repacked(one(), {name: b"<a>" + b"<c/>" * 1_001 + b"</a>"}))

    def test_is_refused_a_row_whose_cells_share_one_endless_text(self) -> None:
        """A few KB as a file; joined, the row would take gigabytes, and minutes of all other work."""
        content = workbook([HEADINGS, ["长" * 32_000] * len(HEADINGS), list(FORM_2018.values())])
        first, second = results(content)
        assert isinstance(first, RowRefused)
        assert (first.line, [one.code for one in first.faults]) == (2, ["row_too_long"])
        assert isinstance(second, Row)

    def test_with_a_row_number_beyond_the_last_ends_there(self) -> None:
        content = one()
        part = zipfile.ZipFile(io.BytesIO(content)).read(SHEET)
        far = b'</row><row r="999999999999"><c><v>1</v></c></row></sheetData>'
        rows = results(repacked(content, {SHEET: part.replace(b"</row></sheetData>", far)}))
        assert isinstance(rows[0], Row)
        assert len(rows) == 2
