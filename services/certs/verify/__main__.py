"""`python -m services.certs.verify FILE|- --keys LIST [--status LIST.jwt]...`: check a certificate offline.

FILE: its text (SD-JWT VC), a PDF or an OFD.

Exit 0: all three answers are valid; 1: one is invalid; 2: one is unknown; 3: a file or argument is unusable.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

from services.certs.domain.seal import Verdict as State
from services.certs.domain.verification import Presented, Verification
from services.certs.proof import MOST_AGE, Shelf, Trust, TrustUnusable, as_token, read_trust
from services.certs.store import read_types
from services.certs.verify import shown_as_json, shown_as_text
from services.certs.verify.facing import Terms
from services.certs.verify.judging import judge, type_named_in
from services.certs.verify.presented import open_presented
from services.certs.verify.roots import read_roots
from services.kernel.errors import Refusal
from services.kernel.reasons import reasons

_EXITS: dict[State, int] = {"valid": 0, "invalid": 1, "unknown": 2}
_UNUSABLE = 3
# A little more than is ever read of a file, so that a longer one is found too long.
_MOST_READ = 21 * 1024 * 1024
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(_UNUSABLE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str], *, at: datetime) -> int:
    """Check one certificate."""
    said = _parser().parse_args(arguments)
    at = said.at or at
    try:
        texts = [path.read_text(encoding="utf-8") for path in said.keys]
        trust, roots = read_trust(*texts), read_roots(*texts)
        lists = [as_token(path.read_bytes()) for path in said.status]
        presented = open_presented(_content(said.file), roots, at=at)
    except (OSError, UnicodeDecodeError, TrustUnusable) as error:
        return _unusable(str(error))
    except Refusal as refusal:
        reason = reasons()[refusal.code]
        return _unusable(f"{refusal.code}: {reason.zh} / {reason.en}")
    if presented.kind == "code":
        return _unusable("a printed code leads to the register: check it online, at /verify")
    verdict = _judged(presented, trust, Shelf(lists, trust), at, said.most_age)
    sys.stdout.write((shown_as_json if said.json else shown_as_text)(verdict) + "\n")
    return _EXITS[verdict.state]


def _judged(
    presented: Presented, trust: Trust, shelf: Shelf, at: datetime, most_age: timedelta
) -> Verification:
    """An OFD's lines go by the terms of its type, as they are in this release's own files."""
    kind = read_types().of(type_named_in(presented.text)) if presented.ofd and presented.text else None
    terms = Terms(kind=kind, exact=False) if kind else None
    return judge(presented, trust=trust, statuses=shelf, at=at, most_age=most_age, terms=terms)


def _unusable(words: str) -> int:
    sys.stderr.write(f"{words}\n")
    return _UNUSABLE


def _content(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read(_MOST_READ)
    with Path(name).open("rb") as file:
        return file.read(_MOST_READ)


def _parser() -> argparse.ArgumentParser:
    words = _Parser(prog="python -m services.certs.verify", description=__doc__)
    words.add_argument(
        "file", metavar="FILE", help="the certificate as text, PDF or OFD; -: the standard input"
    )
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
