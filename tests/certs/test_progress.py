"""What the person at the terminal sees of an import."""

import io
from datetime import UTC, datetime

from services.certs.domain import Tally
from services.certs.imports.progress import Progress
from services.certs.ports import ImportRecord, ImportState

NOON = datetime(2026, 3, 9, 4, tzinfo=UTC)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def record(rows: int, state: ImportState = "running") -> ImportRecord:
    tally = Tally(issued=rows - 1, refused=1)
    facts = {"import_id": "i", "organisation": "o", "filename": "a.csv", "started_at": NOON, "alive_at": NOON}
    return ImportRecord(state=state, tally=tally, **facts)  # type: ignore[arg-type]


def told(out: io.StringIO, *read: int) -> str:
    """After batches of a hundred rows each second, with so many bytes of a thousand read."""
    seconds = iter(range(100))
    place = iter(read)
    progress = Progress(out, size=1_000, read=lambda: next(place), monotonic=lambda: next(seconds))
    for number in range(len(read)):
        progress(record((number + 1) * 100))
    progress.end(record(len(read) * 100, "done"))
    return out.getvalue()


class TestProgress:
    def test_is_a_line_that_moves(self) -> None:
        first, second, last = told(Terminal(), 200, 500).split("\r")[1:]
        assert first.startswith("[######........................]  20% 100 rows, 100/s, 1 refused, 4 s left")
        assert second.startswith("[###############...............]  50% 200 rows, 100/s, 1 refused, 2 s left")
        assert last.startswith("[##############################] 100% 200 rows")
        assert last.endswith("\n")

    def test_promises_no_end_when_all_is_in_memory(self) -> None:
        assert told(Terminal(), 1_000).split("\r")[1].startswith("100 rows, 100/s, 1 refused")

    def test_is_a_line_now_and_then_where_nobody_watches(self) -> None:
        lines = told(io.StringIO(), *range(0, 240, 10)).splitlines()
        assert len(lines) == 3
        assert all("\r" not in line and "\033" not in line for line in lines)
