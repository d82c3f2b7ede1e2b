"""How far an import is, for the person at the terminal."""

import time
from collections.abc import Callable
from typing import TextIO

from services.certs.ports import ImportRecord

_CELLS = 30
# Where nobody watches, in a log: a line each ten seconds and not one each batch.
_EVERY_S = 10.0


class Progress:
    """Told of each batch. `read`: bytes read of the file, of `size`; a terminal sees one line move."""

    def __init__(
        self,
        out: TextIO,
        *,
        size: int,
        read: Callable[[], int],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._out, self._size, self._read, self._monotonic = out, size, read, monotonic
        self._watched = out.isatty()
        self._begun = self._told = monotonic()

    def __call__(self, record: ImportRecord) -> None:
        """After each batch."""
        now = self._monotonic()
        if self._watched:
            self._out.write(f"\r{self._line(record, now)}\033[K")
        elif now - self._told >= _EVERY_S:
            self._told = now
            self._out.write(f"{self._line(record, now)}\n")
        self._out.flush()

    def end(self, record: ImportRecord) -> None:
        """How far it came."""
        start = "\r" if self._watched else ""
        end = "\033[K\n" if self._watched else "\n"
        self._out.write(f"{start}{self._line(record, self._monotonic())}{end}")

    def _line(self, record: ImportRecord, now: float) -> str:
        tally, taken = record.tally, max(now - self._begun, 0.001)
        said = f"{tally.rows} rows, {tally.rows / taken:.0f}/s, {tally.refused} refused"
        share = 1.0 if record.state == "done" else min(self._read() / max(self._size, 1), 1.0)
        if share == 1.0 and record.state != "done":
            return said  # all is in memory: an XLSX, or the last rows
        bar = ("#" * round(share * _CELLS)).ljust(_CELLS, ".")
        left = "" if share == 1.0 or not share else f", {taken / share - taken:.0f} s left"
        return f"[{bar}] {share:4.0%} {said}{left}"
