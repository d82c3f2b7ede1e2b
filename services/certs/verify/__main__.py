"""`python -m services.certs.verify FILE|- --keys LIST [--status LIST.jwt]...`: check a certificate offline.

Exit 0: all three answers are valid; 1: one is invalid; 2: one is unknown; 3: a file or argument is unusable.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

from services.certs.proof import Shelf, State, TrustUnusable, as_token, read_trust, verify
from services.certs.proof.verdicts import MOST_AGE
from services.certs.verify import shown_as_json, shown_as_text

_EXITS: dict[State, int] = {"valid": 0, "invalid": 1, "unknown": 2}
_UNUSABLE = 3
# A little more than is ever read of a certificate, so that a longer one is found too long.
_MOST_READ = 1024 * 1024
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(_UNUSABLE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str], *, at: datetime) -> int:
    """Check one certificate."""
    said = _parser().parse_args(arguments)
    try:
        presented = _presented(said.file)
        trust = read_trust(*(path.read_text(encoding="utf-8") for path in said.keys))
        lists = [as_token(path.read_bytes()) for path in said.status]
    except (OSError, UnicodeDecodeError, TrustUnusable) as error:
        sys.stderr.write(f"{error}\n")
        return _UNUSABLE
    verdict = verify(
        presented, keys=trust, status=Shelf(lists, trust), at=said.at or at, most_age=said.most_age
    )
    sys.stdout.write((shown_as_json if said.json else shown_as_text)(verdict) + "\n")
    return _EXITS[verdict.state]


def _presented(name: str) -> str:
    """Bytes that are no UTF-8 stay visible as such, and make it unreadable."""
    if name == "-":
        return sys.stdin.buffer.read(_MOST_READ).decode(errors="replace")
    with Path(name).open("rb") as file:
        return file.read(_MOST_READ).decode(errors="replace")


def _parser() -> argparse.ArgumentParser:
    words = _Parser(prog="python -m services.certs.verify", description=__doc__)
    words.add_argument("file", metavar="FILE", help="the certificate; -: the standard input")
    words.add_argument(
        "--keys", type=Path, action="append", required=True, help="whom to believe; repeatable"
    )
    words.add_argument(
        "--status", type=Path, action="append", default=[], help="a status list, JWT or CWT; repeatable"
    )
    words.add_argument("--at", type=_moment, help="as of this time (RFC 3339) and not now")
    words.add_argument(
        "--most-age", type=_span, default=MOST_AGE, help="of the status, such as 24h (the default)"
    )
    words.add_argument("--json", action="store_true", help="for another program")
    return words


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text}: needed a time zone, such as Z or +08:00")
    return moment.astimezone(UTC)


def _span(text: str) -> timedelta:
    if not (parts := re.fullmatch(r"([0-9]{1,6})([smhd])", text)):
        raise argparse.ArgumentTypeError(f"{text}: needed a number and s, m, h or d")
    return timedelta(**{_UNITS[parts[2]]: int(parts[1])})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], at=datetime.now(UTC)))
