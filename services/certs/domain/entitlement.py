"""Who may send whose approvals: the authority itself, or a registered data source (数据来源单位)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.kernel.errors import Forbidden, Unavailable

# A registration reaches us in seconds; one that comes even later is a case for redrive.
REGISTRATION_PATIENCE = timedelta(minutes=10)


class IssuerNotEntitled(Forbidden):
    """Neither the authority, registered for this type, nor its data source for it."""

    code = "issuer_not_entitled"


class OrganisationNotYetKnown(Unavailable):
    """Its token is good, and its registration is still on the way to us."""

    code = "organisation_not_yet_known"
    retry_after = 1


class OrganisationUnknown(Forbidden):
    """Identity has had time enough to tell of it, and has not."""

    code = "organisation_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """What an organisation may send: as authority for these types, and for other authorities.

    `name`: empty where it was heard of before names were kept.
    """

    organisation: str
    certificate_types: frozenset[str]
    source_for: Mapping[str, frozenset[str]]
    name: str = ""

    def check_entitled(self, *, authority: str, certificate_types: Sequence[str]) -> None:
        """Raise unless it may send this authority's approvals of the type with these codes, oldest first."""
        codes = frozenset(certificate_types)
        if self.organisation == authority and codes & self.certificate_types:
            return
        if codes & self.source_for.get(authority, frozenset()):
            return
        raise IssuerNotEntitled(
            f"{self.organisation} is neither the authority {authority}, registered for "
            f"{certificate_types[-1]}, nor its data source for that type"
        )
