"""HTTP in: parse, call one handler, show."""

from collections.abc import Sequence

from fastapi import APIRouter

from services.identity.api import (
    aliases,
    consents,
    emergency,
    faces,
    holders,
    issuers,
    mandates,
    me,
    papers,
    registry,
    scans,
    standings,
    statutory,
    tokens,
)
from services.identity.ports import World
from services.kernel.web.guard import Guard
from services.kernel.web.idempotency import RequestKeys

__all__ = ["routers"]


def routers(world: World, guard: Guard, keys: RequestKeys, *, issuer: str) -> Sequence[APIRouter]:
    """Everything that identity answers."""
    return (
        tokens.router(world, issuer),
        issuers.router(world, guard),
        registry.router(world, guard),
        holders.router(world, guard, keys),
        standings.router(world, guard),
        aliases.router(world, guard),
        me.router(world, guard),
        emergency.router(world, guard),
        papers.router(world, guard),
        mandates.router(world, guard, keys),
        faces.router(world, guard),
        scans.router(world, guard),
        consents.router(world, guard),
        statutory.router(world, guard),
    )
