"""`python -m deploy.local up` or `demo`. Data, keys and logs are kept in .run/ from one run to the next."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path

from deploy.local.actors import Answered
from deploy.local.places import ROOT, FolderInUse, PortTaken
from deploy.local.program import ProgramFailed
from deploy.topics import TopicUnusable

# Each names a module with `async def run(folder: Path) -> None`, which lasts until it is cancelled.
COMMANDS = {
    "up": "deploy.local.up",
    "demo": "deploy.local.demo",
}

# For the person at the terminal: a sentence, not a trace.
FAILURES = (ProgramFailed, FolderInUse, PortTaken, TopicUnusable, Answered, TimeoutError)


async def _until_ended(run: Callable[[Path], Awaitable[None]], folder: Path) -> None:
    """Ctrl-C and SIGTERM end it in good order, once; also where a script had us inherit an ignored SIGINT."""
    task = asyncio.current_task()

    def end() -> None:
        if task is not None and not task.cancelling():
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end)
    await run(folder)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--folder", type=Path, default=ROOT / ".run", help="default .run/")
    asked = parser.parse_args()
    try:
        asyncio.run(_until_ended(import_module(COMMANDS[asked.command]).run, asked.folder))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("\nEverything has ended.")
    except FAILURES as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
