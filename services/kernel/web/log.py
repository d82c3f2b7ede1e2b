"""The log for everybody: its signed head, its leaves and its proofs. None of it is personal."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, PlainTextResponse

from services.kernel.log.leaves import Leaf, written
from services.kernel.log.tree import PAGE, Tree

# The largest number that a leaf's id has room for.
Number = Annotated[int, Query(ge=0, lt=10**16)]
CeId = Annotated[str, Query(min_length=1, max_length=200)]
_FRESH = {"Cache-Control": "no-cache"}
# A proof between two sizes never changes.
_FOREVER = {"Cache-Control": "public, max-age=86400, immutable"}


def log_router(tree: Tree) -> APIRouter:
    """To be mounted once in a service that keeps a log."""
    router = APIRouter(tags=["log"])

    @router.get("/v1/log/checkpoint", response_class=PlainTextResponse)
    async def checkpoint() -> PlainTextResponse:
        return PlainTextResponse((await tree.head()).note, headers=_FRESH)

    @router.get("/v1/log/leaves")
    async def leaves(start: Number, limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE) -> dict[str, Any]:
        size = (await tree.head()).size
        found = await tree.leaves(start, min(start + limit, size))
        return {"size": size, "leaves": [_leaf(one) for one in found]}

    @router.get("/v1/log/inclusion")
    async def inclusion(ce_id: CeId, size: Number | None = None) -> JSONResponse:
        proof = await tree.inclusion(ce_id, size)
        body = {"leaf": _leaf(proof.leaf), "size": proof.size, "inclusion": _path(proof.path)}
        return JSONResponse(body, headers=_FRESH if size is None else _FOREVER)

    @router.get("/v1/log/consistency")
    async def consistency(old: Number, new: Number) -> JSONResponse:
        path = await tree.consistency(old, new)
        return JSONResponse({"old": old, "new": new, "consistency": _path(path)}, headers=_FOREVER)

    return router


def _leaf(leaf: Leaf) -> dict[str, Any]:
    """All that its hash is made of (docs/evidence.md)."""
    return {
        "index": leaf.index,
        "ce_id": leaf.ce_id,
        "time": written(leaf.at),
        "commitment": b64encode(leaf.commitment).decode(),
        "hash": b64encode(leaf.nodes[0]).decode(),
    }


def _path(path: Sequence[bytes]) -> list[str]:
    return [b64encode(one).decode() for one in path]
