"""Registered systems, and what each may ask for."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.identity.domain.registry import Registered, next_version
from services.identity.events import ClientChanged
from services.kernel.errors import Conflict, Forbidden, Invalid, Malformed, NotFound, Unauthenticated

# Every scope that a service of the platform asks for.
SCOPES = frozenset(
    {"admin", "approvals:write", "cases:answer", "events:subscribe", "holders:state", "holders:write"}
)


class ClientUnknown(Unauthenticated):
    code = "client_unknown"


class ClientNotRegistered(NotFound):
    """Asked for by the administrator, who is told; who signs in as it learns `client_unknown`."""

    code = "client_not_registered"


class LocksItselfOut(Conflict):
    """The administrator would lose the right to take it back."""

    code = "locks_itself_out"


class ClientKeyUnusable(Invalid):
    """Not a public EC key on P-256, or one whose private half came along: that one is lost."""

    code = "client_key_unusable"


class ClientAssertionRejected(Unauthenticated):
    """Whatever is wrong with it, whoever brought it hears the same; the log has the cause."""

    code = "client_assertion_rejected"

    def __init__(self, cause: str) -> None:
        super().__init__("this is not an assertion that is accepted here", cause=cause)


class GrantTypeUnsupported(Malformed):
    code = "grant_type_unsupported"


class TokenTypeUnsupported(Malformed):
    """In an exchange: neither an ID token nor an access token is brought or asked for."""

    code = "token_type_unsupported"


class ScopeUnknown(Invalid):
    """No service asks for it: a slip of the pen, and the system would wait for a right that opens nothing."""

    code = "scope_unknown"


class ScopeNotAllowed(Forbidden):
    code = "scope_not_allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """What a client signed of itself."""

    subject: str
    assertion_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Client(Registered):
    """A registered system. `keys` are public JWKs."""

    client_id: str
    organisation: str | None
    keys: tuple[Mapping[str, Any], ...]
    scopes: frozenset[str]

    def check_active(self) -> None:
        """One that was removed is unknown to who signs in as it."""
        if self.removed:
            raise ClientUnknown(f"{self.client_id} was taken off the list of systems")

    def changed(self, *, by: str) -> ClientChanged:
        """Give the fact of this version."""
        return ClientChanged(
            client_id=self.client_id,
            version=self.version,
            organisation=self.organisation or "",
            scopes=tuple(sorted(self.scopes)),
            key_ids=tuple(str(key["kid"]) for key in self.keys),
            key_thumbprints=tuple(_thumbprint(key) for key in self.keys),
            removed=self.removed,
            changed_by=by,
        )

    def check_itself(self, assertion: Assertion) -> None:
        """A client speaks for itself: `sub` is its own id (RFC 7523, 3)."""
        if assertion.subject != self.client_id:
            raise ClientAssertionRejected("sub must be the client's own id")

    def narrowed(self, scope: str) -> frozenset[str]:
        """Give the scopes asked for, all of them where none is named."""
        asked = frozenset(scope.split()) or self.scopes
        if not asked <= self.scopes:
            raise ScopeNotAllowed(
                f"{self.client_id} has the scopes: {' '.join(sorted(self.scopes)) or 'none'}"
            )
        return asked


def register_client(
    found: Client | None, wanted: Client, *, by: str, at: datetime, read: int | None = None
) -> tuple[Client, ClientChanged | None]:
    """Give the system as it then stands; no fact where nothing changed."""
    if wanted.client_id == by and (wanted.removed or "admin" not in wanted.scopes):
        raise LocksItselfOut(f"{by} cannot take the scope admin from itself: another administrator can")
    if not wanted.removed and (unknown := wanted.scopes - SCOPES):
        raise ScopeUnknown(f"unknown: {' '.join(sorted(unknown))}; known: {' '.join(sorted(SCOPES))}")
    moved = found is not None and found.organisation != wanted.organisation
    kept = next_version(found, wanted, at=at, read=read, falls=moved)
    if kept is None:
        return found or wanted, None
    return kept, kept.changed(by=by)


def _thumbprint(key: Mapping[str, Any]) -> str:
    """RFC 7638, in hex: what tells two keys apart that bear one kid."""
    parts = {name: key[name] for name in ("crv", "kty", "x", "y")}
    return hashlib.sha256(json.dumps(parts, separators=(",", ":"), sort_keys=True).encode()).hexdigest()
