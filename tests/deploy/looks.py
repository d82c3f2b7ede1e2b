"""What a test sees of a process from outside."""

import json
from pathlib import Path

import aiohttp


def is_gone(pid: int) -> bool:
    """A zombie is gone too: nobody but init is left to collect it."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


async def environment_of(url: str) -> dict[str, str]:
    """As the tiny program tells it."""
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        found: dict[str, str] = json.loads(await response.text())
        return found
