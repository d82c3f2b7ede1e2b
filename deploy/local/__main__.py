"""`python -m deploy.local demo`: data, keys and logs are kept in .run/ from one run to the next.

`demo` starts everything, tells a story and stays; `up` starts everything and stays; `ports` only looks
whether a run could listen. It needs nothing but Python, so `make demo` asks it before it installs anything.
"""

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

from deploy.local.places import ROOT, PortTaken
from deploy.local.ports import FIRST_PORT, require_ports, service_ports

_ENDED_BY_CTRL_C = 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument("command", choices=("demo", "up", "ports"))
    parser.add_argument("--folder", type=Path, default=ROOT / ".run", help="default .run/")
    first = "the services listen on four ports from here (YIMA_PORT); default 8101"
    # A word of the environment goes through `type` too, and is refused in a sentence.
    parser.add_argument("--port", type=int, default=os.environ.get("YIMA_PORT") or FIRST_PORT, help=first)
    beside = "listen wherever there is room, beside another run"
    parser.add_argument("--free-ports", action="store_true", help=beside)
    return parser


def main() -> int:
    asked = _parser().parse_args()
    first_port = None if asked.free_ports else asked.port
    try:
        if first_port is not None:
            require_ports(service_ports(first_port))
        if asked.command == "ports":
            return 0
        # Imported late: it needs what is installed by then, and Ctrl-C shows no trace of it.
        status: int = import_module("deploy.local.running").run(
            asked.command, asked.folder, first_port=first_port
        )
    except PortTaken as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nEverything has ended.")
        return _ENDED_BY_CTRL_C
    return status


if __name__ == "__main__":
    sys.exit(main())
