"""Access tokens and grants."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.identity.domain.scans import Scan
from services.kernel.keys.rings import KeyRing, Signer
from services.kernel.keys.tokens import ACCESS_TOKEN, Caller

GRANT = "yima-grant+jwt"
GRANT_AUDIENCE = "space"
_AUDIENCE = "yima"


class JwtSigning:
    """Signs with the current token key; the next is published too, so that it is known in time."""

    def __init__(self, ring: KeyRing, issuer: str) -> None:
        self._ring, self._signer, self._issuer = ring, Signer(ring), issuer

    @property
    def published(self) -> Mapping[str, Any]:
        """The public token keys, as they are now."""
        return self._ring.published

    def access_token(self, caller: Caller, *, token_id: str, at: datetime, life: timedelta) -> str:
        """In the profile of RFC 9068; what is empty is left out."""
        claims = {
            **_frame(self._issuer, _AUDIENCE, caller.subject, token_id, at, at + life),
            "client_id": caller.client_id,
            "kind": caller.kind,
            "scope": " ".join(sorted(caller.scopes)),
        }
        more = {
            "organisation": caller.organisation,
            "counter": caller.counter,
            "holder_ids": list(caller.holder_ids),
            "roles": " ".join(sorted(caller.roles)),
            "act": {"sub": caller.actor} if caller.actor else None,
            "mandate_id": caller.mandate_id,
            "code_kind": caller.code_kind,
            "auth_time": round(caller.signed_in_at.timestamp(), 3) if caller.signed_in_at else None,
        }
        return self._signer.sign(
            claims | {name: value for name, value in more.items() if value}, typ=ACCESS_TOKEN
        )

    def grant(self, scan: Scan) -> str:
        """For space alone, and worth something only beside an access token of that operator."""
        if scan.granted_at is None or scan.grant_expires_at is None:
            raise TypeError("a scan without a grant has no token")
        times = (scan.granted_at, scan.grant_expires_at)
        said = ("scan_id", "operator", "organisation", "counter", "item", "purpose", "mode", "basis")
        more = {
            "case_number": scan.case_number,
            "mandate_id": scan.mandate_id,
            "actor": scan.actor,
            "answers_only": scan.answers_only,
            "used_at": scan.scanned_at.isoformat() if scan.mode == "offline" else None,
        }
        claims = {
            **_frame(self._issuer, GRANT_AUDIENCE, scan.holder_id, scan.grant_id, *times),
            **{name: getattr(scan, name) for name in said},
            "holder_ids": list(scan.holder_ids),
            "certificate_types": list(scan.certificate_types),
            **{name: value for name, value in more.items() if value},
        }
        return self._signer.sign(claims, typ=GRANT)


def _frame(
    issuer: str, audience: str, subject: str, token_id: str, at: datetime, until: datetime
) -> dict[str, Any]:
    times = {"iat": int(at.timestamp()), "exp": int(until.timestamp())}
    return {"iss": issuer, "aud": audience, "sub": subject, "jti": token_id, **times}
