"""One program that we start, watch and end."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.waiting import until

_LEASH = Path(__file__).with_name("leash.py")
# Eight seconds to end in good order, so that all are gone within ten.
GRACE = 8.0
_UNTIL_KILLED = 5.0


class ProgramFailed(Exception):
    """Says which program, how it ended, and the end of its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What it takes to start a program, and to start it again."""

    name: str
    argv: Sequence[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)  # beside our own environment
    cwd: Path


class Program:
    """Leads a process group of its own, so that what it starts is ended with it, and ends when we die."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """None unless it runs; a paused program runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        if self.pid is not None:
            return
        recipe = self.recipe
        leash = [sys.executable, "-I", "-S", str(_LEASH), str(os.getpid())]
        with recipe.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*leash, *recipe.argv],
                cwd=recipe.cwd,
                env={**os.environ, **recipe.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    async def stop(self, *, grace: float = GRACE) -> None:
        """SIGTERM, and SIGKILL for what is left of the group after the grace."""
        if self.pid is not None:
            self._signal(signal.SIGTERM)
            self.resume()  # a paused program would never see the SIGTERM
            await until(self._ended, within=grace)
        await self.kill()

    async def kill(self) -> None:
        """SIGKILL to the whole group, and return when its leader is gone."""
        self._signal(signal.SIGKILL)
        if not await until(self._ended, within=_UNTIL_KILLED):
            message = f"{self.recipe.name} is still there after SIGKILL"
            raise ProgramFailed(message)

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def failure(self) -> ProgramFailed:
        """How it ended and the end of its log, to be raised by whoever needed it."""
        code = self._process.poll() if self._process is not None else None
        ended = "runs" if code is None else f"ended with {code}"
        tail = "\n".join(f"  | {line}" for line in tail_of(self.recipe.log))
        return ProgramFailed(f"{self.recipe.name} {ended}; the end of {self.recipe.log}:\n{tail}")

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        # An empty group is no error: what the signal asks for has happened.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    async def _ended(self) -> bool:
        return self.pid is None


def tail_of(log: Path, *, lines: int = 20) -> list[str]:
    """The last lines of a log, which may not be there yet."""
    try:
        return log.read_text(errors="replace").splitlines()[-lines:]
    except FileNotFoundError:
        return []
