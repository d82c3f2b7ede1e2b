"""The services of a local world as its actors reach them."""

from contextlib import AsyncExitStack

import httpx

from deploy.local.actors import Platform
from deploy.local.places import SERVICES
from deploy.local.world import LocalWorld

TIMEOUT_S = 30


async def reach(world: LocalWorld, stack: AsyncExitStack) -> Platform:
    """Open a connection pool to each copy of each service, closed with the stack."""
    clients = {
        service: [
            await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S))
            for url in world.urls(service)
        ]
        for service in SERVICES
    }
    return Platform(clients, issuer=world.issuer, keys=world.secrets_dir / "clients")
