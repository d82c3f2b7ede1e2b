"""One thing made per Idempotency-Key, however often the request is sent."""

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Header, Request

from services.kernel.clock import Clock
from services.kernel.errors import Invalid, Malformed
from services.kernel.keys.tokens import Caller
from services.kernel.store.documents import Collection, Documents, DuplicateKey, Index
from services.kernel.web.guard import CallerOf

REQUEST_KEYS = Collection(name="request_keys", indexes=(Index(keys=("at",), expire_after=2 * 24 * 3600),))
_LENGTHS = range(8, 129)


class KeyMissing(Malformed):
    """Without it a repeat would make a second thing."""

    code = "idempotency_key_missing"


class KeyUnusable(Malformed):
    code = "idempotency_key_unusable"


class KeyReused(Invalid):
    """The same key stands for another request."""

    code = "idempotency_key_reused"


class RequestKeys:
    """Remembers for two days which request a key stood for."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    async def claim(self, caller: Caller, route: str, key: str | None, body: bytes) -> str:
        """Give the id (32 hexadecimal characters) of what the request makes: the same for each repeat.

        The maker inserts under this id and takes a duplicate for "already made".
        """
        if not key:
            raise KeyMissing("the header Idempotency-Key is needed: 8 to 128 visible ASCII characters")
        if len(key) not in _LENGTHS or not all("!" <= character <= "~" for character in key):
            raise KeyUnusable(f"got {len(key)} characters; needed 8 to 128, all of visible ASCII")
        # Caller and route are part of it: nobody meets another's key.
        whole = json.dumps([caller.client_id, caller.subject, route, key])
        made_id = hashlib.sha256(whole.encode()).hexdigest()[:32]
        # Keyed by the caller's own key, which is not kept: a plain hash of an ID number hides nothing.
        digest = hmac.digest(key.encode(), body, "sha256").hex()
        try:
            await self._documents.insert(
                REQUEST_KEYS, {"_id": made_id, "digest": digest, "at": self._clock.now()}
            )
        except DuplicateKey as error:
            kept = await self._documents.get(REQUEST_KEYS, made_id)
            if kept is not None and kept["digest"] != digest:
                raise KeyReused("this Idempotency-Key stands for a request with another body") from error
        return made_id


def made_id(keys: RequestKeys, caller_of: CallerOf) -> Callable[..., Awaitable[str]]:
    """Make the dependency; give it the same `caller_of` that the route uses.

    It reads the whole body: a route that streams calls `claim` itself with a digest of the file.
    """

    async def claim(
        request: Request,
        caller: Annotated[Caller, Depends(caller_of)],
        idempotency_key: Annotated[str | None, Header()] = None,
    ) -> str:
        body = request.url.query.encode() + b"\n" + await request.body()
        return await keys.claim(caller, f"{request.method} {request.url.path}", idempotency_key, body)

    return claim
