"""The token endpoint (RFC 6749, 7009, 8693), what it offers (RFC 8414), and the keys of our tokens."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from services.identity import handlers
from services.identity.domain.clients import (
    ClientAssertionRejected,
    ClientUnknown,
    GrantTypeUnsupported,
    ScopeNotAllowed,
    TokenTypeUnsupported,
)
from services.identity.ports import World
from services.kernel.errors import Failure, TooMany, Unavailable
from services.kernel.web.problems import RequestMalformed, refuse

_FORM = "application/x-www-form-urlencoded"
_CACHED = {"Cache-Control": "public, max-age=300"}
_FIELDS = (
    *("grant_type", "client_assertion_type", "client_assertion", "scope", "refresh_token"),
    *("subject_token", "subject_token_type", "requested_token_type", "mandate_id"),
)
# RFC 6749, 5.2; whatever else is refused is the grant's fault.
_ERRORS: Mapping[type[Failure], str] = {
    ClientAssertionRejected: "invalid_client",
    ClientUnknown: "invalid_client",
    GrantTypeUnsupported: "unsupported_grant_type",
    ScopeNotAllowed: "invalid_scope",
    RequestMalformed: "invalid_request",
    TokenTypeUnsupported: "invalid_request",
    TooMany: "temporarily_unavailable",
    Unavailable: "temporarily_unavailable",
    Failure: "invalid_grant",
}
Handle = Callable[[Request], Coroutine[Any, Any, Response]]


class OAuthRoute(APIRoute):
    """A refusal says what OAuth calls it, beside its reason."""

    def get_route_handler(self) -> Handle:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except Failure as failure:
                word = next(_ERRORS[kind] for kind in type(failure).__mro__ if kind in _ERRORS)
                return refuse(failure, error=word)

        return answer


def _shown(*names: str, required: str) -> dict[str, Any]:
    fields = {name: {"type": "string"} for name in names}
    schema = {"type": "object", "required": [required], "properties": fields}
    return {"requestBody": {"required": True, "content": {_FORM: {"schema": schema}}}}


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


Form = Annotated[dict[str, str], Depends(_form)]


def router(world: World, issuer: str) -> APIRouter:
    """Open to everybody: the signature of the assertion says who calls."""
    routes = APIRouter(tags=["tokens"], route_class=OAuthRoute)

    @routes.post(
        "/v1/token", openapi_extra=_shown(*_FIELDS, required="grant_type"), response_model_exclude_none=True
    )
    async def give_token(form: Form, response: Response) -> handlers.Token:
        """client_credentials, refresh_token or token exchange, with private_key_jwt always."""
        response.headers["Cache-Control"] = "no-store"
        return await handlers.give_token(world, form)

    @routes.post("/v1/token/revoke", openapi_extra=_shown(*_FIELDS[1:3], "token", required="token"))
    async def revoke_token(form: Form) -> dict[str, str]:
        """Log out; 200 for whatever token."""
        await handlers.revoke_token(world, form)
        return {}

    @routes.get("/.well-known/jwks.json")
    async def show_keys() -> JSONResponse:
        return JSONResponse(dict(world.signing.published), headers=_CACHED)

    @routes.get("/.well-known/oauth-authorization-server")
    async def show_metadata() -> JSONResponse:
        return JSONResponse(_metadata(issuer), headers=_CACHED)

    return routes


def _metadata(issuer: str) -> dict[str, Any]:
    methods, algorithms = ["private_key_jwt"], ["ES256"]
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/v1/token",
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint": f"{issuer}/v1/token/revoke",
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "grant_types_supported": list(handlers.GRANT_TYPES),
        "response_types_supported": [],
    }
