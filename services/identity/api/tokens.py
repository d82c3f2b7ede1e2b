"""The token endpoint (RFC 6749, 3.2) and the keys with which others check what we sign."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from services.identity import handlers
from services.identity.ports import World
from services.kernel.web.problems import RequestMalformed

_FORM = "application/x-www-form-urlencoded"
_FIELDS = ("grant_type", "client_assertion_type", "client_assertion", "scope", "assertion")
_SHOWN = {
    "requestBody": {
        "required": True,
        "content": {
            _FORM: {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {name: {"type": "string"} for name in _FIELDS},
                }
            }
        },
    }
}


async def _form(request: Request) -> dict[str, str]:
    """Give each parameter once; one without a value counts as left out."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise RequestMalformed(f"the body is a form: {_FORM}")
    try:
        text = (await request.body()).decode("ascii")
        pairs = parse_qsl(text, max_num_fields=20, errors="strict")
    except ValueError as error:
        raise RequestMalformed("the form cannot be read") from error
    if len(dict(pairs)) != len(pairs):
        raise RequestMalformed("a parameter is given twice")
    return dict(pairs)


def router(world: World, published: Mapping[str, Any]) -> APIRouter:
    """Open to everybody: the signature of the assertion says who calls."""
    routes = APIRouter(tags=["tokens"])

    @routes.post("/v1/token", openapi_extra=_SHOWN)
    async def give_token(form: Annotated[dict[str, str], Depends(_form)]) -> handlers.Token:
        return await handlers.give_token(world, form)

    @routes.get("/.well-known/jwks.json")
    async def show_keys() -> JSONResponse:
        return JSONResponse(published, headers={"Cache-Control": "public, max-age=300"})

    return routes
