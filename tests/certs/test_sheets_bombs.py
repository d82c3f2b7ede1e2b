"""Files made to fill the machine: each is stopped, or read, in a process that has 768 MB and no more."""

import base64
import io
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from services.certs.sheets import xlsx_marks
from tests.certs.sheets import FORM_2018, sheet, workbook

ROOM = 768 * 1024 * 1024
# A process of its own, so that what a file takes is bounded by the system and not by our own counting.
READER = f"""
import resource, sys
from collections import Counter
from datetime import date
from services.certs.sheets import read_lines
from services.kernel.errors import Refusal
with open("/proc/self/statm") as statm:
    now = int(statm.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + {ROOM}, now + {ROOM}))
try:
    with open(sys.argv[1], "rb") as file:
        lines = read_lines(file, "permits", today=date(2026, 11, 23))
        print(*sorted(Counter(type(one).__name__ for one in lines).items()))
except Refusal as refusal:
    print(refusal.code)
"""
NAMESPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET, STYLES, STRINGS = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml"
TYPES = "[Content_Types].xml"
MANY = 1_000_000
# bzip2 of 2^30 zeros, and that packed again.
GIGABYTE = (
    "eNpzisqwNHSMVAuO5ON8dJ8xvs+B4QADA4cCg0GDr5vTAtWVXA3TR+VH5Ye+vEdN/EmGrqAT"
    "IHkWsIozrJrLJio5J7p08osXuVoETPjW8YQJAOT97O0="
)
GOOD = workbook([list(FORM_2018), list(FORM_2018.values())])


def told(path: Path, content: bytes | None = None) -> str:
    """What a reader says of the file that has no more room than that."""
    if content is not None:
        path.write_bytes(content)
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-W", "ignore", "-c", READER, path],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-500:]
    return done.stdout.strip()


def part(name: str) -> bytes:
    return zipfile.ZipFile(io.BytesIO(GOOD)).read(name)


def packed(changes: dict[str, bytes]) -> bytes:
    """The good workbook with some parts replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in [*(set(old.namelist()) - set(changes)), *changes]:
            new.writestr(name, changes[name] if name in changes else old.read(name))
    return out.getvalue()


def in_sheet(inside: bytes) -> bytes:
    """Below the good row."""
    return packed({SHEET: part(SHEET).replace(b"</sheetData>", inside + b"</sheetData>")})


def after_sheet(inside: bytes) -> bytes:
    return packed({SHEET: part(SHEET).replace(b"</sheetData>", b"</sheetData>" + inside)})


def in_styles(inside: bytes) -> bytes:
    return packed({STYLES: b"<styleSheet " + NAMESPACE + b">" + inside + b"</styleSheet>"})


def in_strings(inside: bytes) -> bytes:
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    told = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'"/></Types>'
    strings = b"<sst " + NAMESPACE + b">" + inside + b"</sst>"
    return packed({TYPES: part(TYPES).replace(b"</Types>", told), STRINGS: strings})


def in_bzip2() -> bytes:
    """A few hundred bytes that promise 500 and unpack, at the first look at them, to a gigabyte."""
    block = zlib.decompress(base64.b64decode(GIGABYTE))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, block if name == SHEET else old.read(name))
    raw = bytearray(out.getvalue())
    # Method and unpacked size, as the part and the directory say them.
    for mark, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        place = raw.rfind(mark, 0, raw.rfind(SHEET.encode() if at > 8 else block))
        raw[place + at : place + at + 2] = (12).to_bytes(2, "little")
        raw[place + at + 14 : place + at + 18] = (500).to_bytes(4, "little")
    return bytes(raw)


ENTITY = b'<!DOCTYPE x [<!ENTITY a "%s">]><worksheet>&a;</worksheet>'
BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "an external entity": (
        lambda: packed({SHEET: ENTITY.replace(b'"%s"', b'SYSTEM "file:///etc/hostname"')}),
        "sheet_unreadable",
    ),
    "a billion laughs": (
        lambda: packed(
            {
                STRINGS: b"<!DOCTYPE x [<!ENTITY a0 'ha'>"
                + b"".join(b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
                + b"]><sst>&a9;</sst>"
            }
        ),
        "sheet_unreadable",
    ),
    "one row of a million cells": (
        lambda: in_sheet(b"<row>" + b"<c><v>1</v></c>" * MANY + b"</row>"),
        "sheet_too_large",
    ),
    "a row whose cells are hidden behind rows inside it": (
        lambda: in_sheet(b"<row>" + (b"<c/>" * 16_000 + b"<row/>") * 100 + b"</row>"),
        "sheet_unreadable",
    ),
    "marks inside marks": (lambda: in_sheet(b"<x>" * MANY + b"</x>" * MANY), "sheet_too_large"),
    "a million styles": (
        lambda: in_styles(b"<cellXfs>" + b"<xf/>" * MANY + b"</cellXfs>"),
        "sheet_too_large",
    ),
    "a million fonts": (lambda: in_styles(b"<fonts>" + b"<font/>" * MANY + b"</fonts>"), "sheet_too_large"),
    "a million merged cells": (
        lambda: after_sheet(b"<mergeCells>" + b'<mergeCell ref="A1:B2"/>' * MANY + b"</mergeCells>"),
        "sheet_too_large",
    ),
    "a million parts in the list of parts": (
        lambda: packed(
            {TYPES: part(TYPES).replace(b"</Types>", b'<Override PartName="/a"/>' * MANY + b"</Types>")}
        ),
        "sheet_too_large",
    ),
    "millions of shared texts": (lambda: in_strings(b"<si/>" * 3 * MANY), "sheet_too_large"),
    "a shared text of a million pieces": (
        lambda: in_strings(b"<si>" + b"<r><t>a</t></r>" * MANY + b"</si>"),
        "sheet_too_large",
    ),
    "a shared text of 90 MB": (
        lambda: in_strings(b"<si><t>" + b"a" * 90 * MANY + b"</t></si>"),
        "sheet_too_large",
    ),
    "an attribute of 90 MB": (lambda: in_sheet(b'<row ht="' + b"1" * 90 * MANY + b'"/>'), "sheet_too_large"),
    "a comment of 90 MB": (lambda: in_sheet(b"<!--" + b"a" * 90 * MANY + b"-->"), "sheet_too_large"),
    "gigabytes behind bzip2": (in_bzip2, "sheet_unreadable"),
    "a thousand parts of a megabyte": (
        lambda: packed({f"xl/media/{n}.bin": bytes(1024 * 1024) for n in range(900)}),
        "sheet_too_large",
    ),
    "more parts than a workbook has": (
        lambda: packed({f"x{n}": b"" for n in range(20_000)}),
        "sheet_too_large",
    ),
}
READ: dict[str, tuple[Callable[[], bytes], str]] = {
    "a million blank rows": (lambda: in_sheet(b"<row/>" * 1_048_570), "('IdleRows', 1) ('ReadRow', 1)"),
    "a row that stands last of a million": (
        lambda: in_sheet(b'<row r="1048576"><c t="inlineStr"><is><t>x</t></is></c></row>'),
        "('IdleRows', 1) ('ReadRow', 1) ('RefusedRow', 1)",
    ),
    "a merged cell over the whole sheet": (
        lambda: after_sheet(b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
        "('ReadRow', 1)",
    ),
    "as many styles as are taken": (
        lambda: in_styles(b"<cellXfs>" + b"<xf/>" * (xlsx_marks.MOST_OTHERS - 9) + b"</cellXfs>"),
        "('ReadRow', 1)",
    ),
    "macros": (lambda: packed({"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(1000)}), "('ReadRow', 1)"),
}


class TestWorkbook:
    @pytest.mark.parametrize("name", BOMBS)
    def test_made_to_fill_the_machine_is_refused(self, name: str, tmp_path: Path) -> None:
        make, code = BOMBS[name]
        content = make()
        assert len(content) < 10 * 1024 * 1024
        assert told(tmp_path / "bomb", content) == code

    @pytest.mark.parametrize("name", READ)
    def test_that_is_only_large_is_read(self, name: str, tmp_path: Path) -> None:
        make, lines = READ[name]
        assert told(tmp_path / "large", make()) == lines

    def test_that_fills_the_machine_is_found_by_these_tests(self, tmp_path: Path) -> None:
        hungry = READER.replace("try:", "kept = bytearray(1024 * 1024 * 1024)\ntry:")
        (tmp_path / "a.csv").write_text(sheet({}), encoding="utf-8")
        done = subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-c", hungry, tmp_path / "a.csv"], capture_output=True, text=True, check=False
        )
        assert "MemoryError" in done.stderr


class TestText:
    def test_of_a_gigabyte_without_a_line_end_is_read_to_its_end(self, tmp_path: Path) -> None:
        """On the disk it is a hole: zeros, as many as one likes."""
        path = tmp_path / "hole.csv"
        path.write_bytes(sheet(*[{}] * 500).encode())
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size + 1024 * 1024 * 1024)
        assert told(path) == "('ReadRow', 500) ('RefusedRow', 1)"

    def test_of_sixty_thousand_columns_is_refused(self, tmp_path: Path) -> None:
        """Each row would have been kept with every cell of it under a name: gigabytes for a hundred."""
        for extra in ("," * 60_000 + "x", ",x" * 30_000):
            rows = sheet({}).splitlines()
            content = "\n".join([rows[0] + extra, *[rows[1] + extra] * 200])
            assert told(tmp_path / "wide.csv", content.encode()) == "sheet_unreadable"

    def test_with_the_thousands_of_empty_columns_that_programs_write_is_read(self, tmp_path: Path) -> None:
        content = sheet({}, {}).replace("\n", "," * 16_000 + "\n")
        assert told(tmp_path / "commas.csv", content.encode()) == "('ReadRow', 2)"

    def test_of_nothing_but_quotes_is_read_in_bounded_room(self, tmp_path: Path) -> None:
        content = sheet({}) + '"' * 5_000_000
        assert told(tmp_path / "quotes.csv", content.encode()).startswith("('ReadRow', 1)")
