"""What Kafka and the database have in common: a program that can be started, broken and stopped at will."""

from abc import ABC, abstractmethod

from deploy.local.places import require_free
from deploy.local.program import GRACE, Program
from deploy.local.waiting import until

_WITHIN = 60.0


class Engine(ABC):
    """At the same address, with the same data, after each restart."""

    port: int
    address: str
    program: Program

    async def start(self) -> None:
        """Return when it answers; ProgramFailed with the end of its log when it does not."""
        if self.program.pid is None:
            require_free(self.port)  # or the answer might be somebody else's
        await self._prepare()
        self.program.start()
        await self.until_answering()

    async def stop(self, *, grace: float = GRACE) -> None:
        """SIGTERM, and SIGKILL after so many seconds."""
        await self.program.stop(grace=grace)

    async def kill(self) -> None:
        await self.program.kill()

    def pause(self) -> None:
        """It keeps its connections and answers nothing, as on a network that swallows packets."""
        self.program.pause()

    def resume(self) -> None:
        self.program.resume()

    async def until_answering(self) -> None:
        async def answers_or_ended() -> bool:
            return self.program.pid is None or await self._answers()

        if not await until(answers_or_ended, within=_WITHIN) or self.program.pid is None:
            raise self.program.failure()

    @abstractmethod
    async def _prepare(self) -> None:
        """Make what the program needs before it starts."""

    @abstractmethod
    async def _answers(self) -> bool:
        """Whether it does its work now."""
