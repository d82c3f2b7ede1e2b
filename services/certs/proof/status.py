"""The status list that is published: two bits a certificate, signed (draft-ietf-oauth-status-list).

Two bits, because "suspended" has another next step at the counter than "ended", and so has "there is a newer
version": that is the one value (3) that the draft leaves to applications. Any verifier that knows only 0 for
valid still refuses the other three.
"""

import hashlib
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from jwt.utils import base64url_encode

from services.certs.domain import Status
from services.certs.proof.slots import SIZE, Slot
from services.kernel.keys.rings import Signer

__all__ = ["BITS", "LIFE", "STATUS_LIST", "TTL", "VALUES", "Slot", "Status", "cached", "pack", "sign"]

STATUS_LIST = "statuslist+jwt"
MEDIA_TYPE = "application/statuslist+jwt"
MEDIA_TYPE_CWT = "application/statuslist+cwt"
BITS = 2
# Status types of the draft, 7.1; withdrawn, revoked and cancelled are all INVALID: for good.
VALUES: Mapping[Status, int] = {"valid": 0, "invalid": 1, "suspended": 2, "superseded": 3}
# A list is signed anew this often at least, and whoever is online asks again after it.
TTL = timedelta(minutes=5)
# After it nobody may use the list: it covers a day of our being away, and of a counter's.
LIFE = timedelta(hours=24)
_PER_BYTE = 8 // BITS
_HARDEST = 9


def pack(uri: str, statuses: Mapping[int, Status], *, at: datetime) -> Mapping[str, Any]:
    """Give the claims of the list; `statuses`: of those that are not valid, by index."""
    made = int(at.timestamp())
    return {
        "sub": uri,
        "iat": made,
        "exp": made + int(LIFE.total_seconds()),
        "ttl": int(TTL.total_seconds()),
        "status_list": {"bits": BITS, "lst": packed(statuses)},
    }


def sign(claims: Mapping[str, Any], signer: Signer) -> str:
    """A compact JWS, typ `statuslist+jwt`."""
    return signer.sign(claims, typ=STATUS_LIST)


def packed(statuses: Mapping[int, Status]) -> str:
    """Give `lst`: the first index in the lowest bits of the first byte; zlib; Base64url."""
    content = bytearray(SIZE // _PER_BYTE)
    for index, status in statuses.items():
        if not 0 <= index < SIZE:
            raise ValueError(f"index {index}: a list has {SIZE} places")
        content[index // _PER_BYTE] |= VALUES[status] << BITS * (index % _PER_BYTE)
    return base64url_encode(zlib.compress(bytes(content), _HARDEST)).decode()


def cached(token: str | bytes, *, made_at: datetime, at: datetime) -> Mapping[str, str]:
    """Give the HTTP headers of a signed list: until when a cache may give it without asking.

    Bytes are the CWT, at the same address for whoever asks for it (`Accept`). `stale-if-error` lets caches
    bridge our absence for as long as the list itself lives.
    """
    raw = token.encode() if isinstance(token, str) else token
    left = max(0, int((made_at + TTL - at).total_seconds()))
    bridged = max(0, int((made_at + LIFE - at).total_seconds()) - left)
    return {
        "Content-Type": MEDIA_TYPE if isinstance(token, str) else MEDIA_TYPE_CWT,
        "Vary": "Accept",
        "ETag": f'"{hashlib.sha256(raw).hexdigest()[:32]}"',
        "Last-Modified": format_datetime(made_at.astimezone(UTC).replace(microsecond=0), usegmt=True),
        "Cache-Control": f"public, max-age={left}, stale-if-error={bridged}",
        "Access-Control-Allow-Origin": "*",
    }
