"""A group of named programs, each with an address that says when it is ready."""

import asyncio
import math
from collections.abc import Iterable

import aiohttp

from deploy.local.program import Program, ProgramFailed, Recipe
from deploy.local.waiting import until

_READY_WITHIN = 60.0
# The engines need their seconds after this one, and all shall be gone within ten.
_GRACE = 5.0
_ANSWER_WITHIN = aiohttp.ClientTimeout(total=5)


class Processes:
    """Whoever starts them ends them: `stop` leaves none, nor does our own death."""

    def __init__(self) -> None:
        self._programs: dict[str, Program] = {}
        self._ready_at: dict[str, str] = {}
        self._wanted: set[str] = set()

    def start(self, recipe: Recipe, *, url: str, ready: str = "/readyz") -> None:
        """Start it and return at once; `until_ready` waits for a 200 at that path."""
        self._programs[recipe.name] = Program(recipe)
        self._ready_at[recipe.name] = url + ready
        self._start(recipe.name)

    def pids(self) -> dict[str, int]:
        """Those that run."""
        found = {name: program.pid for name, program in self._programs.items()}
        return {name: pid for name, pid in found.items() if pid is not None}

    async def until_ready(self, names: Iterable[str], *, within: float = _READY_WITHIN) -> None:
        """ProgramFailed, with the end of the log, for the first that ends or does not answer 200 in time."""
        async with aiohttp.ClientSession(timeout=_ANSWER_WITHIN) as session:
            await asyncio.gather(*(self._until_ready(session, name, within) for name in names))

    async def kill(self, name: str) -> None:
        """With SIGKILL: no chance to end in good order."""
        self._wanted.discard(name)
        await self._programs[name].kill()

    async def terminate(self, name: str) -> None:
        self._wanted.discard(name)
        await self._programs[name].stop()

    async def restart(self, name: str) -> None:
        """Start it again, ended before or not, and wait until it is ready."""
        await self.terminate(name)
        self._start(name)
        await self.until_ready([name])

    def pause(self, name: str) -> None:
        self._programs[name].pause()

    def resume(self, name: str) -> None:
        self._programs[name].resume()

    async def watch(self) -> None:
        """ProgramFailed as soon as one ends that nobody asked to end; runs until then."""

        async def one_is_gone() -> bool:
            return bool(self._wanted - self.pids().keys())

        await until(one_is_gone, within=math.inf)
        raise self._programs[min(self._wanted - self.pids().keys())].failure()

    async def stop(self) -> None:
        self._wanted.clear()
        await asyncio.gather(*(program.stop(grace=_GRACE) for program in self._programs.values()))

    def _start(self, name: str) -> None:
        self._programs[name].start()
        self._wanted.add(name)

    async def _until_ready(self, session: aiohttp.ClientSession, name: str, within: float) -> None:
        program = self._programs[name]
        answer = "nothing"

        async def ready_or_ended() -> bool:
            nonlocal answer
            if program.pid is None:
                return True
            try:
                async with session.get(self._ready_at[name]) as response:
                    answer = f"{response.status}: {await response.text()}"
                    return response.status == 200  # noqa: PLR2004 - HTTP's own word for ready
            except (aiohttp.ClientError, TimeoutError) as error:
                answer = str(error)
                return False

        in_time = await until(ready_or_ended, within=within)
        if program.pid is None:
            raise program.failure()
        if not in_time:
            message = f"{name} is not ready after {within:.0f} s; {self._ready_at[name]} said {answer}"
            raise ProgramFailed(message) from program.failure()
