"""For everybody: the keys that certificates are checked with."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from services.kernel.keys.tokens import Jwks

# Keys change with a key change: five minutes late is soon enough.
_PUBLIC = {"Cache-Control": "public, max-age=300"}


def public_router(jwks: Jwks) -> APIRouter:
    """No token is asked for."""
    router = APIRouter(tags=["public"])

    @router.get("/.well-known/jwks.json")
    async def keys() -> JSONResponse:
        return JSONResponse(dict(jwks), headers=_PUBLIC)

    return router
