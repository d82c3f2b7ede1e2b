"""Server-sent events (WHATWG HTML, 9.2): one thing shown after another."""

import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from typing import TypeVar, cast

from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from services.kernel.errors import Refusal

T = TypeVar("T")

# A browser opens the stream again by itself, and with that comes a token that is still good.
STREAM_S = 300.0
_RETRY_MS = 1_000


async def stream(
    things: AsyncIterator[T | None], show: Callable[[T], BaseModel], *, event: str
) -> StreamingResponse:
    """Answer once the first is there, so that a refusal is a problem document. None: a sign of life."""
    generator = cast("AsyncGenerator[T | None, None]", things)
    first = await anext(generator)

    async def lines() -> AsyncIterator[str]:
        ends = time.monotonic() + STREAM_S
        async with aclosing(generator):
            yield f"retry: {_RETRY_MS}\n\n" + _event(first, show, event)
            with suppress(Refusal):  # the right to it has ended, and so does the stream
                async for one in generator:
                    yield _event(one, show, event)
                    if time.monotonic() >= ends:
                        break

    return StreamingResponse(lines(), media_type="text/event-stream")


def _event(one: T | None, show: Callable[[T], BaseModel], event: str) -> str:
    if one is None:
        return ":\n\n"
    return f"event: {event}\ndata: {json.dumps(show(one).model_dump(mode='json'), ensure_ascii=False)}\n\n"
