"""Log-ins that are trusted (OpenID Connect): what each may say of whom, in whose words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from services.identity.domain.registry import Registered, next_version
from services.identity.events import IssuerChanged, Word
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
class Issuer(Registered):
    """One log-in, in our words and theirs.

    `clients`: our client_id to the audience it has there; `claims`: our word to theirs; `fixed`: ours to a
    constant, where they have no claim for it. `id_types`: their id types to ours (empty: the same).
    `levels`: their assurances, the weakest first, of which `least` is needed. Its sessions end too when it
    moves elsewhere, is read in another way, or when a level that was enough is not any more. `formerly`: what
    its `iss` was.
    """

    name: str
    kind: IssuerKind
    issuer: str
    discovery_url: str
    clients: Mapping[str, str]
    claims: Mapping[str, str]
    fixed: Mapping[str, str] = field(default_factory=dict)
    id_types: Mapping[str, str] = field(default_factory=dict)
    levels: tuple[str, ...] = ()
    least: str = ""
    formerly: tuple[str, ...] = ()

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

    @property
    def reading(self) -> tuple[Mapping[str, str], ...]:
        """How its word is read."""
        return self.claims, self.fixed, self.id_types

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

    def outdoes(self, before: "Issuer") -> bool:
        """Whether something that was believed before is not believed any more."""
        believed = before.levels or (*self.levels, "a level that nobody lists")
        otherwise = self.home != before.home or self.reading != before.reading
        return otherwise or any(before.is_assured(one) and not self.is_assured(one) for one in believed)

    def changed(self, *, by: str) -> IssuerChanged:
        """Give the fact of this version."""
        return IssuerChanged(
            issuer_name=self.name,
            version=self.version,
            kind=self.kind,
            removed=self.removed,
            changed_by=by,
            issuer=self.issuer,
            discovery_url=self.discovery_url,
            clients=_words(self.clients),
            claims=_words(self.claims),
            fixed=_words(self.fixed),
            id_types=tuple(Word(ours=ours, theirs=theirs) for theirs, ours in sorted(self.id_types.items())),
            levels=self.levels,
            least=self.least,
        )


def register_issuer(
    found: Issuer | None,
    wanted: Issuer,
    *,
    by: str,
    at: datetime,
    read: int | None = None,
    kinds: frozenset[IssuerKind],
) -> tuple[Issuer, IssuerChanged | None]:
    """Give the log-in as it then stands; no fact where nothing changed.

    Its kind stays what it is, and so does that of its `iss`, whatever names that had: `kinds`, so far.
    """
    if found and found.kind != wanted.kind:
        raise IssuerKindFixed(f"{found.name} is a log-in of {with_article(found.kind)}: choose another name")
    if other := kinds - {wanted.kind}:
        raise IssuerKindFixed(f"this iss is known as a log-in of {with_article(min(other))}")
    if found and found.issuer != wanted.issuer:
        wanted = replace(wanted, formerly=(*found.formerly, found.issuer))
    elif found:
        wanted = replace(wanted, formerly=found.formerly)
    falls = found is not None and wanted.outdoes(found)
    kept = next_version(found, wanted, at=at, read=read, falls=falls)
    if kept is None:
        return found or wanted, None
    return kept, kept.changed(by=by)


def is_trustworthy(url: str) -> bool:
    """Whether what is fetched there is what its owner put there."""
    return _ADDRESS.fullmatch(url) is not None


def _need(holds: object, problem: str) -> None:
    if not holds:
        raise IssuerUnusable(problem)


def _words(pairs: Mapping[str, str]) -> tuple[Word, ...]:
    return tuple(Word(ours=ours, theirs=theirs) for ours, theirs in sorted(pairs.items()))
