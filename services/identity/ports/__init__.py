"""What identity needs from the world. Every method of a store may raise `Unavailable`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from services.identity.ports.codes import Codes, Drawing
from services.identity.ports.emergency import EmergencyCodes, Reuses
from services.identity.ports.holders import Holders, Linkages, Recent, Standings
from services.identity.ports.mandates import Certificates, Faces, Mandates, Types
from services.identity.ports.papers import Papers
from services.identity.ports.registry import Audit, Clients, LimitKind, Limits, Operators, Organisations
from services.identity.ports.scans import Bells, Cases, Items, Scans
from services.identity.ports.signin import AccessTokens, Issuers, Logins, Sessions, UsedAssertions
from services.identity.ports.signing import Signatures, Signing
from services.kernel.clock import Clock
from services.kernel.holders import HolderId

__all__ = [
    "AccessTokens",
    "Audit",
    "Bells",
    "Cases",
    "Certificates",
    "Clients",
    "Codes",
    "Drawing",
    "EmergencyCodes",
    "Faces",
    "Holders",
    "Issuers",
    "Items",
    "Lifetimes",
    "LimitKind",
    "Limits",
    "Linkages",
    "Logins",
    "Mandates",
    "Operators",
    "Organisations",
    "Papers",
    "Recent",
    "Reuses",
    "Scans",
    "Sessions",
    "Signatures",
    "Signing",
    "Standings",
    "Types",
    "UsedAssertions",
    "World",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long each thing is good."""

    code: timedelta
    token: timedelta
    grant: timedelta
    paper: timedelta
    consent: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All of it, as a handler is given it. `name_holder`: id type and canonical number to holder id."""

    organisations: Organisations
    operators: Operators
    clients: Clients
    audit: Audit
    limits: Limits
    holders: Holders
    standings: Standings
    recent: Recent
    linkages: Linkages
    mandates: Mandates
    types: Types
    certificates: Certificates
    faces: Faces
    items: Items
    scans: Scans
    emergency_codes: EmergencyCodes
    reuses: Reuses
    papers: Papers
    cases: Cases
    bells: Bells
    used_assertions: UsedAssertions
    issuers: Issuers
    logins: Logins
    sessions: Sessions
    access_tokens: AccessTokens
    codes: Codes
    drawing: Drawing
    signing: Signing
    signatures: Signatures
    new_secret: Callable[[], str]
    public_url: str
    name_holder: Callable[[str, str], HolderId]
    lifetimes: Lifetimes
    clock: Clock
