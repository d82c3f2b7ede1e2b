"""`python -m services.<name> audit [--head FILE]`: whether a log is what was signed, in clear words."""

import argparse
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from services.kernel.errors import Failure
from services.kernel.log.leaves import LogDamaged
from services.kernel.reasons import reasons

_FIRST = (
    "Look first whether this is the log that you mean: its name ({variable}), its keys (YIMA_SECRETS), "
    "its database (MONGO_URL).\nIf it is, change nothing, keep the database, and compare with heads kept "
    "elsewhere.\n请先核对日志名称、密钥和数据库是否正确；如无误，请勿改动，保留现场并与他处保存的日志头比对。"
)


async def tell_audit(
    log: str, audit: Callable[[Sequence[str]], Awaitable[str]], argv: Sequence[str], *, variable: str
) -> int:
    """Recompute the log of this name: 0 as it was signed, 1 damaged, 2 not to be looked at now.

    `audit` is given the heads that were kept elsewhere and says what it found whole, or raises LogDamaged;
    `variable` is that of the log's name.
    """
    parser = argparse.ArgumentParser(prog="audit")
    parser.add_argument("--head", type=Path, action="append", default=[], help="a signed head kept elsewhere")
    given = parser.parse_args(argv)
    try:
        # To the letter: a line ending that is made another one is another head.
        known = [one.read_bytes().decode() for one in given.head]
        whole = await audit(known)
    except LogDamaged as error:
        first = _FIRST.format(variable=variable)
        sys.stderr.write(f"the log of {log} is DAMAGED: {error}\n{first}\n")
        return 1
    except (Failure, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"the log could not be looked at: {in_words(error)}\n")
        return 2
    older = f", and continues the {len(known)} heads given" if known else ""
    sys.stdout.write(f"the log of {log} is whole: {whole}{older}\n")
    return 0


def in_words(error: Failure | OSError | UnicodeDecodeError) -> str:
    """For who stands before the terminal: what happened and what to do next."""
    if not isinstance(error, Failure):
        return str(error)
    reason = reasons()[error.code]
    return f"{reason.en} ({error.code}): {error.detail}\n{reason.next_en}"
