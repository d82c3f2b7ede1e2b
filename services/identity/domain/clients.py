"""Registered systems, what each may ask for, and for whom it may speak."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from services.kernel.errors import Forbidden, Invalid, Malformed, Unauthenticated

PersonKind = Literal["resident", "operator"]


class ClientUnknown(Unauthenticated):
    code = "client_unknown"


class ClientKeyUnusable(Invalid):
    """Not a public EC key on P-256, or one whose private half came along: that one is lost."""

    code = "client_key_unusable"


class ClientAssertionRejected(Unauthenticated):
    code = "client_assertion_rejected"


class GrantTypeUnsupported(Malformed):
    code = "grant_type_unsupported"


class ScopeNotAllowed(Forbidden):
    code = "scope_not_allowed"


class VouchingNotAllowed(Forbidden):
    code = "vouching_not_allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """What a client signed. `kind` and `counter` are said only when it vouches for a person."""

    subject: str
    assertion_id: str
    expires_at: datetime
    kind: str
    counter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A registered system. `keys` are public JWKs; who vouches for residents never does for operators."""

    client_id: str
    organisation: str | None
    keys: tuple[Mapping[str, Any], ...]
    scopes: frozenset[str]
    vouches_for: PersonKind | None = None

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

    def check_vouching(self, assertion: Assertion) -> PersonKind:
        """Give the kind of person; an operator is one of the client's own organisation, at a counter."""
        if self.vouches_for is None or assertion.kind != self.vouches_for or self.organisation is None:
            raise VouchingNotAllowed(f"{self.client_id} vouches for: {self.vouches_for or 'nobody'}")
        if self.vouches_for == "operator" and not assertion.counter:
            raise ClientAssertionRejected("an operator stands at a counter: the claim counter is needed")
        return self.vouches_for
