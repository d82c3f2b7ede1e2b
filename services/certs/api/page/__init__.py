"""The page on which anybody verifies a certificate: three files, from this service alone."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import Response

_FOLDER = Path(__file__).parent
# Nothing of another host, nothing in line, no frame around it: the page shows what strangers have signed.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache"}
_FILES = {
    "/verify": ("verify.html", "text/html; charset=utf-8"),
    "/verify/page.css": ("page.css", "text/css; charset=utf-8"),
    "/verify/page.js": ("page.js", "text/javascript; charset=utf-8"),
}


def page_router() -> APIRouter:
    """GET /verify, to which the QR on every face leads (`?code=`)."""
    router = APIRouter(include_in_schema=False)
    for path, (name, media_type) in _FILES.items():
        _serve(router, path, (_FOLDER / name).read_bytes(), media_type)
    return router


def _serve(router: APIRouter, path: str, content: bytes, media_type: str) -> None:
    @router.get(path)
    async def page() -> Response:
        return Response(content, media_type=media_type, headers=_HEADERS)
