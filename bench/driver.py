"""Sends requests at little cost to the machine that it shares with what it measures.

The actors speak httpx, at 8 ms of CPU a request: they settle the county and get the tokens.
"""

from typing import Any, Self
from uuid import uuid4

import aiohttp

from deploy.local.world import LocalWorld

Json = dict[str, Any]
_PATIENCE = aiohttp.ClientTimeout(total=60)


class Unexpected(Exception):
    """An answer other than success: then no figure of the run says anything."""


class Driver:
    """Use it inside `async with`."""

    def __init__(self, world: LocalWorld) -> None:
        self._world = world

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=_PATIENCE)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def post(self, service: str, path: str, token: str, **request: Any) -> Json:
        """With a new Idempotency-Key; without a token where there is none yet."""
        headers = {"Idempotency-Key": uuid4().hex} | ({"Authorization": f"Bearer {token}"} if token else {})
        url = self._world.url(service) + path
        async with self._session.post(url, headers=headers, **request) as response:
            return await _answer(response)

    async def get(self, service: str, path: str, token: str) -> Json:
        headers = {"Authorization": f"Bearer {token}"}
        async with self._session.get(self._world.url(service) + path, headers=headers) as response:
            return await _answer(response)


async def _answer(response: aiohttp.ClientResponse) -> Json:
    if not response.ok:
        raise Unexpected(f"{response.url.path}: {response.status} {await response.text()}")
    answer: Json = await response.json()
    return answer
