"""The https addresses under which authorities, types and status lists are known; and what stands there."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from services.kernel.keys.rings import KeyRing

Metadata = Mapping[str, Any]

# Of an authority only its credit code: 18 characters that are safe in an address and as a file's name.
AUTHORITY = re.compile(r"[0-9A-Z]{18}")
_BASE = re.compile(r"https://[a-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_WELL_KNOWN = "/.well-known/jwt-vc-issuer"


class Addresses:
    """Everything under one base, such as `https://yima.example`: inside signatures, so it never changes."""

    def __init__(self, base: str) -> None:
        if not _BASE.fullmatch(base):
            raise ValueError(f"{base}: needed https://, a host in lower case, and no slash at the end")
        self.base = base

    def issuer(self, authority: str) -> str:
        """`iss` of what this authority signs."""
        if not AUTHORITY.fullmatch(authority):
            raise ValueError(f"{authority!r}: needed a credit code of 18 characters")
        return f"{self.base}/authorities/{authority}"

    def type(self, certificate_type: str) -> str:
        """`vct`: names the type; nothing has to be fetched from it."""
        return f"{self.base}/certificate-types/{certificate_type}"

    def status_list(self, number: int) -> str:
        """Where the list is fetched, and its `sub`."""
        return f"{self.base}/status-lists/{number}"

    def metadata_path(self, authority: str) -> str:
        """Where a verifier looks for the issuer's keys: between the host and the path (SD-JWT VC, 4)."""
        path = urlsplit(self.issuer(authority)).path
        return f"{_WELL_KNOWN}{path}"

    def metadata(self, authority: str, ring: KeyRing, *, name: str = "") -> Metadata:
        """JWT VC issuer metadata (SD-JWT VC, 4.2); `dead_keys` and `name` are ours, others pass them over."""
        said: dict[str, Any] = {"issuer": self.issuer(authority), "jwks": ring.published}
        if ring.dead:
            said["dead_keys"] = list(ring.dead)
        return said | {"name": name} if name else said


def trust_list(authorities: list[Metadata], status: KeyRing) -> Metadata:
    """What somebody without a network needs: every authority's keys, and those of the status lists."""
    return {"issuers": authorities, "status_keys": status.published}
