"""For everybody, without a token: what certificates are checked with."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from services.certs.ports import Publications

# Keys change with a key change: five minutes late is soon enough.
_PUBLIC = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}


def public_router(publications: Publications) -> APIRouter:
    """Keys of the authorities and status lists, under the addresses that certificates name."""
    router = APIRouter(tags=["public"])

    @router.get("/.well-known/jwt-vc-issuer/{issuer:path}")
    async def issuer_metadata(issuer: str) -> JSONResponse:
        """The keys of one authority (SD-JWT VC, 4)."""
        return JSONResponse(dict(await publications.issuer(f"/{issuer}")), headers=_PUBLIC)

    @router.get("/v1/trust-list")
    async def trust_list() -> JSONResponse:
        """The keys of all, for whoever checks without a network (docs/verify.md)."""
        return JSONResponse(dict(await publications.trust_list()), headers=_PUBLIC)

    @router.get("/v1/seal-root")
    async def seal_root() -> Response:
        """The root certificate of the seals on PDF files, as PEM: for readers that check them."""
        root = await publications.seal_root()
        return Response(root, media_type="application/x-pem-file", headers=_PUBLIC)

    @router.get("/status-lists/{number}")
    async def status_list(number: int, request: Request) -> Response:
        """As JWT, or as CWT to those who ask for it alone."""
        content, headers = await publications.status_list(number, accept=request.headers.get("accept", ""))
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=dict(headers))
        return Response(content, headers=dict(headers))

    return router
