"""Log-ins that are trusted (OpenID Connect): what each may say of whom, in whose words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from services.identity.events import IssuerChanged
from services.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated, with_article

IssuerKind = Literal["resident", "operator"]

_NEEDED: Mapping[IssuerKind, frozenset[str]] = {
    "resident": frozenset({"id_type", "id_number", "name", "assurance"}),
    "operator": frozenset({"staff_id", "organisation"}),
}
_POSSIBLE: Mapping[IssuerKind, frozenset[str]] = {
    "resident": _NEEDED["resident"],
    "operator": _NEEDED["operator"] | {"roles", "counter", "assurance"},
}
# Whom the token is about is never the same for all of them.
_NEVER_FIXED = frozenset({"id_number", "name", "staff_id"})
# Over https, or on this machine; no user, no query, no fragment.
_ADDRESS = re.compile(
    r"(?:https://[A-Za-z0-9.-]+|http://(?:localhost|127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?"
    r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?"
)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


class IssuerNotRegistered(NotFound):
    """Asked for by the administrator."""

    code = "issuer_not_registered"


class IssuerUnusable(Invalid):
    """What is said of the log-in does not go together."""

    code = "issuer_unusable"


class IssuerKindFixed(Conflict):
    """A log-in of residents never becomes one of operators, nor the other way round."""

    code = "issuer_kind_fixed"


class IssuerTaken(Conflict):
    """Another log-in has this `iss`: one token would be read in two ways."""

    code = "issuer_taken"


class IssuerUnknown(Unauthenticated):
    """No log-in with this `iss` is trusted, or not any more."""

    code = "issuer_unknown"


class IssuerNotForClient(Forbidden):
    code = "issuer_not_for_client"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """One log-in, in our words and theirs.

    `clients`: our client_id to the audience it has there; `claims`: our word to theirs; `fixed`: ours to a
    constant, where they have no claim for it. `id_types`: their id types to ours (empty: the same).
    `levels`: their assurances, the weakest first, of which `least` is needed. `sessions_end_at`: when it was
    last removed or moved elsewhere; what it vouched for until then is dead for good.
    """

    name: str
    version: int = 0
    kind: IssuerKind
    issuer: str
    discovery_url: str
    clients: Mapping[str, str]
    claims: Mapping[str, str]
    fixed: Mapping[str, str] = field(default_factory=dict)
    id_types: Mapping[str, str] = field(default_factory=dict)
    levels: tuple[str, ...] = ()
    least: str = ""
    removed: bool = False
    sessions_end_at: datetime | None = None

    def checked(self) -> "Issuer":
        """With its discovery address; IssuerUnusable where something does not go together."""
        _need(_NAME.fullmatch(self.name), "name: 1 to 32 of a-z, 0-9 and -")
        usual = f"{self.issuer.removesuffix('/')}/.well-known/openid-configuration"
        discovery_url = self.discovery_url or usual
        for word, url in (("issuer", self.issuer), ("discovery_url", discovery_url)):
            _need(is_trustworthy(url), f"{word}: an https address without query (http on this machine alone)")
        given, twice = set(self.claims) | set(self.fixed), set(self.claims) & set(self.fixed)
        _need(not twice, f"either in claims or in fixed: {', '.join(sorted(twice))}")
        # roles, counter and assurance of operators may be left out; then nothing is said of them.
        _need(_NEEDED[self.kind] <= given, f"missing: {', '.join(sorted(_NEEDED[self.kind] - given))}")
        odd = given - _POSSIBLE[self.kind]
        _need(not odd, f"not of a log-in of this kind: {', '.join(sorted(odd))}")
        shared = _NEVER_FIXED & set(self.fixed)
        _need(not shared, f"never fixed: {', '.join(sorted(shared))}")
        _need(len(set(self.levels)) == len(self.levels), "levels: each once")
        _need((self.least in self.levels) == ("assurance" in given), "least: one of levels, with assurance")
        fixed_level = self.fixed.get("assurance", self.least)
        _need(not fixed_level or fixed_level in self.levels, "fixed assurance: one of levels")
        return replace(self, discovery_url=discovery_url)

    @property
    def home(self) -> tuple[str, str]:
        """Where its word comes from."""
        return self.issuer, self.discovery_url

    def audience_for(self, client_id: str) -> str:
        """Give the audience that this client has there."""
        if client_id not in self.clients:
            raise IssuerNotForClient(f"{client_id} is not registered for the log-in {self.name}")
        return self.clients[client_id]

    def is_assured(self, assurance: str) -> bool:
        """Whether it is at least the level that is needed; a level that is not listed is below all."""
        if not self.levels:
            return True
        return assurance in self.levels and self.levels.index(assurance) >= self.levels.index(self.least)

    def ends_session(self, *, begun_at: datetime) -> bool:
        """Whether a session begun then fell with the log-in."""
        return self.removed or (self.sessions_end_at is not None and begun_at <= self.sessions_end_at)

    def changed(self, *, by: str) -> IssuerChanged:
        """Give the fact of this version."""
        return IssuerChanged(
            issuer_name=self.name,
            version=self.version,
            kind=self.kind,
            removed=self.removed,
            changed_by=by,
        )


def register_issuer(
    found: Issuer | None, wanted: Issuer, *, by: str, at: datetime
) -> tuple[Issuer, IssuerChanged | None]:
    """Give the log-in as it then stands; no fact where nothing changed. Its kind stays what it is."""
    if found and found.kind != wanted.kind:
        raise IssuerKindFixed(f"{found.name} is a log-in of {with_article(found.kind)}: choose another name")
    ends = found.sessions_end_at if found else None
    if found and not found.removed and (wanted.removed or found.home != wanted.home):
        ends = at
    wanted = replace(wanted, version=found.version if found else 0, sessions_end_at=ends)
    if found == wanted:
        return found, None
    kept = replace(wanted, version=wanted.version + 1)
    return kept, kept.changed(by=by)


def is_trustworthy(url: str) -> bool:
    """Whether what is fetched there is what its owner put there."""
    return _ADDRESS.fullmatch(url) is not None


def _need(holds: object, problem: str) -> None:
    if not holds:
        raise IssuerUnusable(problem)
