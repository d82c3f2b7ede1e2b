"""identity's aggregates to documents and back."""

from services.identity.store.aliases import LINKAGES, KeptLinkages
from services.identity.store.assertions import USED_ASSERTIONS, KeptAssertions
from services.identity.store.audit import AUDIT, KeptAudit
from services.identity.store.cases import CASES, MirroredCases
from services.identity.store.certificates import CERTIFICATES, MirroredCertificates
from services.identity.store.emergency import EMERGENCY_CODES, REUSES, KeptEmergencyCodes, KeptReuses
from services.identity.store.faces import FACES, KeptFaces
from services.identity.store.holders import ECHOES, HOLDERS, KeptHolders
from services.identity.store.issuers import ISSUERS, KeptIssuers
from services.identity.store.items import ITEMS, MirroredItems
from services.identity.store.limits import LIMITS, KeptLimits
from services.identity.store.mandates import MANDATES, KeptMandates
from services.identity.store.operators import OPERATORS, KeptOperators
from services.identity.store.organisations import CLIENTS, ORGANISATIONS, KeptClients, KeptOrganisations
from services.identity.store.papers import PAPERS, KeptPapers
from services.identity.store.scans import SCANS, KeptScans
from services.identity.store.sessions import SESSIONS, KeptSessions
from services.identity.store.standings import STANDINGS, KeptStandings
from services.identity.store.types import TYPES, MirroredTypes

AGGREGATES = (
    ORGANISATIONS,
    OPERATORS,
    CLIENTS,
    ISSUERS,
    HOLDERS,
    LINKAGES,
    STANDINGS,
    MANDATES,
    SCANS,
    REUSES,
)
COLLECTIONS = (
    *AGGREGATES,
    CERTIFICATES,
    FACES,
    ECHOES,
    ITEMS,
    CASES,
    TYPES,
    LIMITS,
    AUDIT,
    USED_ASSERTIONS,
    SESSIONS,
    EMERGENCY_CODES,
    PAPERS,
)

__all__ = [
    "AGGREGATES",
    "AUDIT",
    "CASES",
    "CERTIFICATES",
    "CLIENTS",
    "COLLECTIONS",
    "ECHOES",
    "EMERGENCY_CODES",
    "FACES",
    "HOLDERS",
    "ISSUERS",
    "ITEMS",
    "LIMITS",
    "LINKAGES",
    "MANDATES",
    "OPERATORS",
    "ORGANISATIONS",
    "PAPERS",
    "REUSES",
    "SCANS",
    "SESSIONS",
    "STANDINGS",
    "TYPES",
    "USED_ASSERTIONS",
    "KeptAssertions",
    "KeptAudit",
    "KeptClients",
    "KeptEmergencyCodes",
    "KeptFaces",
    "KeptHolders",
    "KeptIssuers",
    "KeptLimits",
    "KeptLinkages",
    "KeptMandates",
    "KeptOperators",
    "KeptOrganisations",
    "KeptPapers",
    "KeptReuses",
    "KeptScans",
    "KeptSessions",
    "KeptStandings",
    "MirroredCases",
    "MirroredCertificates",
    "MirroredItems",
    "MirroredTypes",
]
