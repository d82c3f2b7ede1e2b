"""`python -m services.<name> audit`: whether a log is what was signed, in clear words."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from services.kernel.errors import Failure
from services.kernel.log.leaves import LogDamaged
from services.kernel.reasons import reasons

_FIRST = (
    "Look first whether this is the log that you mean: its name ({variable}), its keys (YIMA_SECRETS), "
    "its database (MONGO_URL).\nIf it is, change nothing, keep the database, and compare with heads kept "
    "elsewhere.\n请先核对日志名称、密钥和数据库是否正确；如无误，请勿改动，保留现场并与他处保存的日志头比对。"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """A log that is as it was signed. `lacking`: so many of `what` have no leaf; `notes`: what else."""

    leaves: int
    lacking: int
    what: str
    notes: Sequence[str] = ()


class Audit(Protocol):
    """The service's own part; raises LogDamaged."""

    async def __call__(self, known: Sequence[str], *, backfill: bool) -> Audited:
        """`known`: heads that were kept elsewhere; `backfill`: hand in what has no leaf."""
        ...


async def tell_audit(log: str, audit: Audit, argv: Sequence[str], *, variable: str) -> int:
    """Recompute the log of this name: 0 as it was signed, 1 damaged, 2 not to be looked at now, 3 not whole.

    Not whole: something happened that has no leaf; `--backfill` hands it in. `variable` has the log's name.
    """
    parser = argparse.ArgumentParser(prog="audit")
    parser.add_argument("--head", type=Path, action="append", default=[], help="a signed head kept elsewhere")
    parser.add_argument("--backfill", action="store_true", help="hand in a leaf for what has none")
    given = parser.parse_args(argv)
    try:
        # To the letter: a line ending that is made another one is another head.
        known = [one.read_bytes().decode() for one in given.head]
        found = await audit(known, backfill=given.backfill)
    except LogDamaged as error:
        first = _FIRST.format(variable=variable)
        sys.stderr.write(f"the log of {log} is DAMAGED: {error}\n{first}\n")
        return 1
    except (Failure, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"the log could not be looked at: {in_words(error)}\n")
        return 2
    older = f", and continues the {len(known)} heads given" if known else ""
    whole = f"the log of {log} is whole: {found.leaves} leaves, all as they were signed{older}"
    sys.stdout.write("\n".join([whole, *found.notes, ""]))
    return _tell_lack(found, backfill=given.backfill)


def _tell_lack(found: Audited, *, backfill: bool) -> int:
    if not found.lacking:
        return 0
    lacking = f"{found.lacking} {found.what}"
    if backfill:
        sys.stdout.write(f"{lacking} were handed in: a running service makes leaves of them\n")
        return 0
    sys.stderr.write(f"{lacking} have NO LEAF: run this with --backfill\n")
    return 3


def in_words(error: Failure | OSError | UnicodeDecodeError) -> str:
    """For who stands before the terminal: what happened and what to do next."""
    if not isinstance(error, Failure):
        return str(error)
    reason = reasons()[error.code]
    return f"{reason.en} ({error.code}): {error.detail}\n{reason.next_en}"
