"""`python -m services.<name> [api|stream|all|redrive]`: what every service's command line shares."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

import uvloop

from services.kernel.errors import Refusal
from services.kernel.keys.secrets import SecretUnusable
from services.kernel.process.engines import Engines, real_engines
from services.kernel.process.service import Part, Service, serve
from services.kernel.reasons import reasons
from services.kernel.settings import ServiceSettings
from services.kernel.stream.redrive import redrive
from services.kernel.telemetry import configure_logging

S = TypeVar("S", bound=ServiceSettings)
Build = Callable[[S, Engines], Service]
Command = Callable[[S, Sequence[str]], Coroutine[Any, Any, int]]
PARTS: dict[str, Part] = {"api": "api", "stream": "stream", "all": "all"}
_SHARED = {
    "all": "answer requests, hear topics and do what the clock asks for, in one process; without a word, too",
    "api": "answer requests alone",
    "stream": "hear topics and do what the clock asks for, and answer nobody",
    "redrive": "deal again with the dead letters, once their cause is mended",
}
ENDED_BY_CTRL_C = 130


def run(name: str, settings: S, build: Build[S], argv: Sequence[str], **more: Command[S]) -> int:
    """Do what the first argument says; `more` are the service's own commands. Returns the exit status."""
    word = argv[0] if argv else "all"
    if word in {"help", "-h", "--help"}:
        sys.stdout.write(usage(name, more))
        return 0
    if word not in {*more, *_SHARED}:
        sys.stderr.write(usage(name, more))
        return 2
    configure_logging(name, settings.log_level)
    try:
        return uvloop.run(_work(name, settings, build, word, argv[1:], more))
    except Refusal as error:  # of a command, or of a file of types or items
        reason = reasons()[error.code]
        sys.stderr.write(f"{reason.en} ({error.code}): {error}\n{reason.next_en}\n{reason.next_zh}\n")
    except SecretUnusable as error:
        sys.stderr.write(f"{error}\n")
    except KeyboardInterrupt:  # a command that was cut short; a service ends in good order before this
        return ENDED_BY_CTRL_C
    return 1


async def _work(
    name: str, settings: S, build: Build[S], word: str, argv: Sequence[str], more: Mapping[str, Command[S]]
) -> int:
    if word in more:
        return await more[word](settings, argv)
    return await (
        _redrive(name, settings, build) if word == "redrive" else _serve(name, settings, build, word)
    )


def usage(name: str, more: Mapping[str, Command[S]]) -> str:
    """Each command in a line; a service's own are described by the first line of their docstrings."""
    own = {word: (does.__doc__ or "").partition("\n")[0] for word, does in more.items()}
    lines = [
        f"  {word:<11} {says[:1].lower()}{says[1:].rstrip('.')}" for word, says in (_SHARED | own).items()
    ]
    hint = f"`python -m services.{name} COMMAND --help` says what a command takes.\n" if own else ""
    return "\n".join([f"usage: python -m services.{name} [COMMAND]", "", *lines, "", hint])


async def _serve(name: str, settings: S, build: Build[S], word: str) -> int:
    service = build(settings, real_engines(name, settings))
    await serve(service, host=settings.host, port=settings.port, part=PARTS[word])
    return 0


async def _redrive(name: str, settings: S, build: Build[S]) -> int:
    engines = real_engines(name, settings)
    service = build(settings, engines)
    relaying = asyncio.create_task(service.relay.publish_forever())
    done = await redrive(name, service.listeners, bootstrap=settings.kafka_bootstrap, bus=engines.bus)
    await service.relay.drained()
    relaying.cancel()
    again = f", {done.refused} of them refused again: the log says why" if done.refused else ""
    sys.stdout.write(f"{done.letters} dead letters taken up again{again}\n")
    return int(done.refused > 0)
