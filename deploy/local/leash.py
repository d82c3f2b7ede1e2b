"""Becomes the program named after the parent's id, in such a way that it ends when its parent does.

Run as a file: `python leash.py PARENT PROGRAM ARGUMENTS...`. Linux alone can promise it, by prctl(2);
elsewhere the program runs all the same and is ended by the orderly way only.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, argv: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may have died before prctl took hold: then nobody would ever tell us.
    if os.getppid() == parent:
        os.execvp(argv[0], argv)  # noqa: S606 - replaces itself, no shell wanted


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
