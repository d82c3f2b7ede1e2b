"""What the administrator registers, and its trail. A PUT is harmless when repeated: no Idempotency-Key."""

from fastapi import APIRouter

from services.identity.api.registry import audit, clients, operators, organisations
from services.identity.ports import World
from services.kernel.web.guard import Guard

__all__ = ["router"]


def router(world: World, guard: Guard) -> APIRouter:
    """For machines with the scope admin."""
    routes, admin = APIRouter(tags=["registry"]), guard.machine("admin")
    for part in (organisations, clients, operators, audit):
        routes.include_router(part.router(world, admin))
    return routes
