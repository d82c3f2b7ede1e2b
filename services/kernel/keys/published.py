"""The public keys of an issuer, as it publishes them (RFC 7517, 5)."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import jwt

from services.kernel.errors import Unavailable

log = logging.getLogger("yima.tokens")

Jwks = Mapping[str, Any]

_FETCH_LIMIT = aiohttp.ClientTimeout(total=1.0)


def usable(jwks: Jwks) -> dict[str, jwt.PyJWK]:
    """Give ES256 keys by id; one key that we cannot read does not take the others with it."""
    keys = {}
    for jwk in jwks.get("keys") or ():
        try:
            if jwk["kty"] == "EC" and jwk["crv"] == "P-256":
                keys[str(jwk["kid"])] = jwt.PyJWK(jwk, algorithm="ES256")
        except (jwt.PyJWTError, KeyError, TypeError, ValueError):
            log.warning("a published key cannot be read")
    return keys


def http_jwks(url: str) -> Callable[[], Awaitable[Jwks]]:
    """Fetch a key set over HTTP within a second, or raise Unavailable."""

    async def fetch() -> Jwks:
        try:
            async with aiohttp.ClientSession(timeout=_FETCH_LIMIT) as session, session.get(url) as response:
                response.raise_for_status()
                return dict(await response.json(content_type=None))
        except (aiohttp.ClientError, TimeoutError, TypeError, ValueError) as error:
            raise Unavailable(f"{url} gives no key set: {type(error).__name__}") from error

    return fetch
