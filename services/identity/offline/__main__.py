"""`python -m services.identity.offline check CODE --keys FILE [--json]`; CODE `-`: the standard input.

FILE is what `GET /v1/offline-bundle` gave. Exit 0: genuine; 1: not to be taken; 2: FILE is unusable.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from services.identity.offline import BundleUnusable, check, read_bundle, shown_as_json, shown_as_text

_UNUSABLE = 2


def main(arguments: Sequence[str], *, at: datetime) -> int:
    """Grade one code."""
    words = argparse.ArgumentParser(prog="python -m services.identity.offline", description=__doc__)
    words.add_argument("command", choices=["check"])
    words.add_argument("code", metavar="CODE")
    words.add_argument("--keys", metavar="FILE", type=Path, required=True)
    words.add_argument("--json", action="store_true", help="for another program")
    said = words.parse_args(arguments)
    try:
        bundle = read_bundle(said.keys.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, BundleUnusable) as error:
        sys.stderr.write(f"{said.keys}: {error}\n请重新下载名单 / fetch GET /v1/offline-bundle anew\n")
        return _UNUSABLE
    code = sys.stdin.buffer.read(8192).decode(errors="replace") if said.code == "-" else said.code
    graded = check(code, bundle, at=at)
    sys.stdout.write((shown_as_json if said.json else shown_as_text)(graded) + "\n")
    return 0 if graded.is_genuine else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], at=datetime.now(UTC)))
