"""The public keys of an issuer, as it publishes them (RFC 7517, 5)."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

import aiohttp
import jwt

from services.kernel.errors import Unavailable

log = logging.getLogger("yima.tokens")

Jwks = Mapping[str, Any]

# A key set has a few keys of a kilobyte.
_LARGEST = 256 * 1024
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
            async with (
                aiohttp.ClientSession(timeout=_FETCH_LIMIT) as session,
                # A redirect would lead from the address that is trusted to one that nobody looked at.
                session.get(url, allow_redirects=False) as response,
            ):
                if response.status != HTTPStatus.OK:
                    raise Unavailable(f"{url} answers {response.status}")
                text = await response.content.read(_LARGEST + 1)
                while len(text) <= _LARGEST and (more := await response.content.read(_LARGEST)):
                    text += more
                if len(text) > _LARGEST:
                    raise Unavailable(f"{url} gives more than {_LARGEST} bytes")
                return dict(json.loads(text))
        except (aiohttp.ClientError, TimeoutError, TypeError, ValueError) as error:
            raise Unavailable(f"{url} gives no key set: {type(error).__name__}") from error

    return fetch
