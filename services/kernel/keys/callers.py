"""Who calls: what an access token says of its bearer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from services.kernel.errors import Unauthenticated, with_article

# agent: acts for a holder in some items; who acts in the whole matter (`actor`) is let in as the holder is.
CallerKind = Literal["machine", "resident", "operator", "agent"]
# The last day that a date can be brought from zone to zone.
_LATEST = datetime(9999, 12, 30, tzinfo=UTC).timestamp()


class TokenRejected(Unauthenticated):
    """Whatever is wrong with it, whoever brought it hears the same; the log has the cause."""

    code = "token_rejected"

    def __init__(self, cause: str) -> None:
        super().__init__("this is not a token that is accepted here", cause=cause)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls, as the issuer vouches for it. `actor` acts for `subject` under a mandate (RFC 8693, 4.1).

    `signed_in_at`: when the person did, however often the session was refreshed since (RFC 9068, 2.2.1).
    `code_kind`: the kind of code that the holder may show, as it stood at `issued_at`.
    """

    subject: str
    kind: CallerKind
    client_id: str
    organisation: str | None = None
    counter: str | None = None
    scopes: frozenset[str] = frozenset()
    holder_ids: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    actor: str | None = None
    mandate_id: str | None = None
    signed_in_at: datetime | None = None
    issued_at: datetime | None = None
    code_kind: str | None = None


def caller_of(claims: Mapping[str, Any]) -> Caller:
    """Refuses what is incomplete, and what is of another shape than the issuer writes it."""
    kind, holder_ids, act = claims.get("kind"), claims.get("holder_ids", []), claims.get("act", {})
    if not isinstance(kind, str) or kind not in {"machine", "resident", "operator", "agent"}:
        raise TokenRejected("an access token says kind (machine, resident, operator or agent)")
    if not isinstance(act, Mapping) or not isinstance(holder_ids, list):
        raise TokenRejected("act is an object, holder_ids a list")
    names = ("client_id", "organisation", "counter", "mandate_id", "scope", "roles", "code_kind")
    said = {name: claims.get(name) for name in names} | {"sub": claims.get("sub"), "actor": act.get("sub")}
    texts = (*holder_ids, *(value for value in said.values() if value is not None))
    if not all(isinstance(value, str) for value in texts):
        raise TokenRejected("the claims that name somebody or something are texts")
    needed = {"resident": holder_ids, "operator": said["organisation"], "agent": holder_ids and said["actor"]}
    if not (said["sub"] and said["client_id"] and needed.get(kind, True)) or (
        bool(said["actor"]) != bool(said["mandate_id"])
    ):
        raise TokenRejected(f"the token of {with_article(kind)} lacks what goes with it")
    return Caller(
        subject=str(said["sub"]),
        kind=kind,  # type: ignore[arg-type]  # one of the four, see above
        client_id=str(said["client_id"]),
        organisation=said["organisation"],
        counter=said["counter"],
        scopes=frozenset((said["scope"] or "").split()),
        holder_ids=tuple(holder_ids),
        roles=frozenset((said["roles"] or "").split()),
        actor=said["actor"],
        mandate_id=said["mandate_id"],
        signed_in_at=_moment(claims.get("auth_time")),
        issued_at=_moment(claims.get("iat")),
        code_kind=said["code_kind"],
    )


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        raise TokenRejected("auth_time and iat are a number of seconds since 1970")
    return datetime.fromtimestamp(value, UTC)
