"""The craft of grants: JWTs that identity signs at a scan, for the space alone to read."""

from datetime import UTC, datetime
from typing import Any

import jwt

from services.kernel.keys.tokens import TokenChecker, TokenExpired, TokenRejected
from services.space.domain import Grant, GrantRejected

AUDIENCE = "space"
GRANT_TYPE = "yima-grant+jwt"
_TEXTS = ("scan_id", "operator", "organisation", "item", "purpose", "basis")


class SignedGrants:
    """Keeps `ports.Grants`."""

    def __init__(self, checker: TokenChecker) -> None:
        self._checker = checker

    async def read(self, text: str) -> Grant:
        """Check it offline against identity's keys; `KeyUnknown` when a key cannot be fetched."""
        try:
            claims, expired = await self._checker.verify(text, audience=AUDIENCE, typ=GRANT_TYPE), False
        except TokenRejected as error:
            raise GrantRejected(error.detail) from error
        except TokenExpired:
            # The checker looks at the time last, so signature, issuer and audience hold: what it says is
            # believed, and the holder is told of the attempt.
            claims, expired = jwt.decode(text, options={"verify_signature": False}), True
        try:
            return _grant(claims, expired=expired)
        except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
            raise GrantRejected("the grant lacks what a grant says") from error


def _grant(claims: dict[str, Any], *, expired: bool) -> Grant:
    return Grant(
        grant_id=str(claims["jti"]),
        holder_id=str(claims["sub"]),
        holder_ids=_texts(claims.get("holder_ids", [claims["sub"]])),
        certificate_types=_texts(claims["certificate_types"]),
        case_number=claims.get("case_number"),
        counter=str(claims.get("counter", "")),
        mandate_id=claims.get("mandate_id"),
        given_by=datetime.fromtimestamp(claims["iat"] + 1, UTC),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        expired=expired,
        answers_only=claims.get("answers_only") is True,
        used_at=_moment(claims.get("used_at")),
        **{name: str(claims[name]) for name in _TEXTS},
    )


def _moment(said: object) -> datetime | None:
    moment = datetime.fromisoformat(str(said)) if said else None
    return moment and moment.astimezone(UTC)


def _texts(said: object) -> tuple[str, ...]:
    if not isinstance(said, list):
        raise TypeError("a list is needed")
    return tuple(str(one) for one in said)
