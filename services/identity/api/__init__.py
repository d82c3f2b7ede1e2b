"""HTTP in: parse, call one handler, show."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter

from services.identity.api import holders, registry, scans, tokens
from services.identity.ports import World
from services.kernel.web.guard import Guard
from services.kernel.web.idempotency import RequestKeys

__all__ = ["routers"]


def routers(
    world: World, guard: Guard, keys: RequestKeys, published: Mapping[str, Any]
) -> Sequence[APIRouter]:
    """Everything that identity answers."""
    return (
        tokens.router(world, published),
        registry.router(world, guard),
        holders.router(world, guard, keys),
        scans.router(world, guard, keys),
    )
