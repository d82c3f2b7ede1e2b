"""What a log-in said of somebody, and what it takes to believe it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.identity.domain.issuers import Issuer
from services.identity.domain.operators import OperatorIdUnusable, name_operator
from services.identity.domain.organisations import is_one_line
from services.kernel.errors import Forbidden, Unauthenticated, with_article

_CLOCKS_APART = timedelta(seconds=5)
_OLDEST = timedelta(minutes=5)
# Known here; what else a directory calls its groups is nothing to us.
_ROLES = frozenset({"statutory", "supervisor", "hotline", "authority", "registrar"})
_LONGEST: Mapping[str, int] = {"name": 200}
_USUAL = 64


class IdTokenRejected(Unauthenticated):
    """Whatever is wrong with it, whoever brought it hears the same; the log has the cause."""

    code = "id_token_rejected"

    def __init__(self, cause: str) -> None:
        super().__init__("this is not an ID token that is accepted here", cause=cause)


class IdTokenUsed(Unauthenticated):
    code = "id_token_used"


class AssuranceTooLow(Forbidden):
    code = "assurance_too_low"


class GuardianNeeded(Forbidden):
    """Under 14: a guardian opens and consents."""

    code = "guardian_needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdToken:
    """What a trusted log-in signed. `digest`: of what was signed, however the signature is written."""

    digest: str
    audience: tuple[str, ...]
    authorized_party: str | None
    issued_at: datetime
    expires_at: datetime
    claims: Mapping[str, object]

    @property
    def refused_after(self) -> datetime:
        """When its age alone refuses it."""
        return min(self.expires_at, self.issued_at + _OLDEST) + 2 * _CLOCKS_APART

    def check_use(self, audience: str, *, at: datetime) -> None:
        """Made for this client, a moment ago, and not ended."""
        if audience not in self.audience:
            raise IdTokenRejected("aud is another client's")
        shared = len(self.audience) > 1
        if self.authorized_party != audience and (shared or self.authorized_party is not None):
            raise IdTokenRejected("azp is another client's")
        if self.issued_at > at + _CLOCKS_APART:
            raise IdTokenRejected("iat is in the future: compare the clocks")
        if at > self.issued_at + _OLDEST + _CLOCKS_APART:
            raise IdTokenRejected("iat is older than 5 minutes")
        if at - _CLOCKS_APART > self.expires_at:
            raise IdTokenRejected("exp has passed: compare the clocks")

    def said(self, issuer: Issuer, name: str) -> str:
        """Give what it says of this, in one line of text; IdTokenRejected where it does not."""
        if name in issuer.fixed:
            return issuer.fixed[name]
        value = self.claims.get(issuer.claims[name]) if name in issuer.claims else None
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        longest = _LONGEST.get(name, _USUAL)
        if not isinstance(value, str) or not 0 < len(value.strip()) <= longest or not is_one_line(value):
            raise IdTokenRejected(f"the claim for {name} is no text of 1 to {longest} characters")
        return value.strip()

    def says(self, issuer: Issuer, name: str) -> bool:
        """Whether it says anything of this, which it need not."""
        said = self.claims.get(issuer.claims.get(name, ""))
        return name in issuer.fixed or not (said is None or said == "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidentSaid:
    """A resident, as the log-in knows them; the number is not checked yet."""

    id_type: str
    id_number: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorSaid:
    """A member of staff, as the directory knows them. `roles` None: it says nothing of roles."""

    operator_id: str
    organisation: str
    roles: frozenset[str] | None
    counter: str | None


def resident_said(token: IdToken, issuer: Issuer) -> ResidentSaid:
    """Read it in the log-in's own words; AssuranceTooLow."""
    _check_kind(issuer, "resident")
    _check_assurance(token, issuer)
    id_type = token.said(issuer, "id_type")
    if issuer.id_types and "id_type" in issuer.claims:
        if id_type not in issuer.id_types:
            raise IdTokenRejected("the id type is not one that the log-in is registered with")
        id_type = issuer.id_types[id_type]
    return ResidentSaid(
        id_type=id_type, id_number=token.said(issuer, "id_number"), name=token.said(issuer, "name")
    )


def operator_said(token: IdToken, issuer: Issuer) -> OperatorSaid:
    """Read it in the directory's own words."""
    _check_kind(issuer, "operator")
    if "assurance" in issuer.claims or "assurance" in issuer.fixed:
        _check_assurance(token, issuer)
    try:
        operator_id = name_operator(token.said(issuer, "staff_id"), issuer.name)
    except OperatorIdUnusable as error:
        raise IdTokenRejected(f"staff_id: {error.detail}") from error
    return OperatorSaid(
        operator_id=operator_id,
        organisation=token.said(issuer, "organisation"),
        roles=_roles(token, issuer),
        counter=token.said(issuer, "counter") if token.says(issuer, "counter") else None,
    )


def _check_kind(issuer: Issuer, kind: str) -> None:
    if issuer.kind != kind:
        raise IdTokenRejected(f"{issuer.name} is a log-in of {with_article(issuer.kind)}")


def _check_assurance(token: IdToken, issuer: Issuer) -> None:
    if not issuer.is_assured(token.said(issuer, "assurance")):
        raise AssuranceTooLow(f"the log-in must have been at least of the level {issuer.least}")


def _roles(token: IdToken, issuer: Issuer) -> frozenset[str] | None:
    if "roles" in issuer.fixed:
        said: object = issuer.fixed["roles"].split()
    elif "roles" in issuer.claims:
        said = token.claims.get(issuer.claims["roles"]) or []
    else:
        return None
    named = said.split() if isinstance(said, str) else said
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        raise IdTokenRejected("the claim for roles is a list of texts")
    return frozenset(named) & _ROLES
