"""`python -m deploy.local up` or `demo`. Data, keys and logs are kept in .run/ from one run to the next."""

import argparse
import asyncio
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Protocol

from deploy.local.actors import Answered
from deploy.local.places import ROOT, FolderInUse, PortTaken
from deploy.local.program import ProgramFailed
from deploy.topics import TopicUnusable


class Run(Protocol):
    """What lasts until it is cancelled."""

    async def __call__(self, folder: Path, *, fixed_ports: bool) -> None: ...


# Each names a module whose `run` is a `Run`.
COMMANDS = {
    "up": "deploy.local.up",
    "demo": "deploy.local.demo",
}

# For the person at the terminal: a sentence, not a trace.
FAILURES = (ProgramFailed, FolderInUse, PortTaken, TopicUnusable, Answered, TimeoutError)


async def _until_ended(run: Run, folder: Path, *, fixed_ports: bool) -> None:
    """Ctrl-C and SIGTERM end it in good order, once; also where a script had us inherit an ignored SIGINT."""
    task = asyncio.current_task()

    def end() -> None:
        if task is not None and not task.cancelling():
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end)
    await run(folder, fixed_ports=fixed_ports)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--folder", type=Path, default=ROOT / ".run", help="default .run/")
    beside = "listen wherever there is room, beside another run; otherwise 8101 to 8104"
    parser.add_argument("--free-ports", action="store_true", help=beside)
    asked = parser.parse_args()
    run = import_module(COMMANDS[asked.command]).run
    try:
        asyncio.run(_until_ended(run, asked.folder, fixed_ports=not asked.free_ports))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("\nEverything has ended.")
    except FAILURES as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
