"""How the demo talks to the person at the terminal."""

import io
import sys
from collections.abc import Sequence
from datetime import datetime
from unicodedata import combining, east_asian_width

import qrcode

from services.kernel.clock import SHANGHAI


def clock_of(moment: str) -> str:
    """A time of the wire as the clocks of the county show it."""
    return f"{datetime.fromisoformat(moment).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Give each row as a line, its cells under those of the others."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(_filled, row, widths)).rstrip() for row in rows]


def width(text: str) -> int:
    """In places of a terminal: a Chinese character takes two, a mark over another none (UAX #11)."""
    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in text)


def _filled(text: str, places: int) -> str:
    return text + " " * (places - width(text))


def chapter(number: int, title: str) -> None:
    """A heading."""
    say(f"\n{number}. {title}")


def draw(text: str) -> None:
    """The QR code, two rows of modules a line."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=2)
    code.add_data(text)
    picture = io.StringIO()
    code.print_ascii(out=picture, invert=True)
    # On a terminal white on black whatever its own colours are: a scanner wants the dark modules dark.
    before, after = ("\x1b[97;40m", "\x1b[0m") if sys.stdout.isatty() else ("", "")
    say("\n".join(f"    {before}{line}{after}" for line in picture.getvalue().splitlines()))


def show_progress(line: str) -> None:
    """In place on a terminal, and not at all in a file but for its end."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\r{line}\x1b[K")
        sys.stdout.flush()


def say(line: str) -> None:
    """At once, though the output may go to a file."""
    print(line, flush=True)
