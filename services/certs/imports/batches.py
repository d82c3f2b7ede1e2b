"""The lines of a file, some at a time."""

import asyncio
from collections.abc import Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


async def next_batch(lines: Iterator[T], most: int) -> list[T]:
    """In a thread: reading is work, and the file may be large."""
    return await asyncio.to_thread(lambda: list(islice(lines, most)))
