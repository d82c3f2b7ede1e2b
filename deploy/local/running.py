"""One run from its start to its end, however it ends."""

import asyncio
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from deploy.local import demo, up
from deploy.local.actors import Answered
from deploy.local.places import FolderInUse, PortTaken
from deploy.local.program import ProgramFailed
from deploy.topics import TopicUnusable


class Run(Protocol):
    """What lasts until it is cancelled."""

    async def __call__(self, folder: Path, *, first_port: int | None) -> None: ...


COMMANDS: Mapping[str, Run] = {"up": up.run, "demo": demo.run}

# For the person at the terminal: a sentence, not a trace.
FAILURES = (ProgramFailed, FolderInUse, PortTaken, TopicUnusable, Answered, TimeoutError)


def run(command: str, folder: Path, *, first_port: int | None) -> int:
    """Give the exit status; what failed is on stderr."""
    try:
        asyncio.run(_until_ended(COMMANDS[command], folder, first_port=first_port))
    except asyncio.CancelledError:
        print("\nEverything has ended.")
    except FAILURES as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


async def _until_ended(run: Run, folder: Path, *, first_port: int | None) -> None:
    """Ctrl-C and SIGTERM end it in good order, once; also where a script had us inherit an ignored SIGINT."""
    task = asyncio.current_task()

    def end() -> None:
        if task is not None and not task.cancelling():
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end)
    await run(folder, first_port=first_port)
