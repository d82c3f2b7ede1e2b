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
    """Everything that identity answers; tried in this order, so what every queue asks for stands first."""
    return (
        holders.router(world, guard, keys),
        scans.router(world, guard),
        consents.router(world, guard),
        tokens.router(world, issuer),
        issuers.router(world, guard),
        registry.router(world, guard),
        standings.router(world, guard),
        aliases.router(world, guard),
        me.router(world, guard),
        emergency.router(world, guard),
        papers.router(world, guard),
        mandates.router(world, guard, keys),
        faces.router(world, guard),
        statutory.router(world, guard),
    )
