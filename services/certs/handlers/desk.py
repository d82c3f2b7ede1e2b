"""What every decision is taken with, and who may have one taken."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from services.certs.domain import (
    ApprovalKeys,
    Catalogue,
    IssuerNotEntitled,
    Organisation,
    OrganisationNotYetKnown,
    Pending,
    Standing,
)
from services.certs.events import OrganisationRegistered
from services.certs.handlers.turns import Turns
from services.certs.ports import (
    Certificates,
    Confirmations,
    Editions,
    Names,
    Organisations,
    Pendings,
    Proving,
    Standings,
    Types,
)
from services.kernel.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a decision is taken with. `hash_name`: a holder's id and a name to the keyed hash of both."""

    organisations: Organisations
    certificates: Certificates
    standings: Standings
    names: Names
    confirmations: Confirmations
    pendings: Pendings
    editions: Editions
    types: Types
    proving: Proving
    keys: ApprovalKeys
    hash_name: Callable[[str, str], str]
    clock: Clock
    turns: Turns = field(default_factory=Turns)


async def find_sender(desk: Desk, organisation: str | None) -> Organisation:
    """Who sends, with what it may send at this moment."""
    if not organisation:
        raise IssuerNotEntitled("the token names no organisation; needed one of an authority or data source")
    found = await desk.organisations.find(organisation)
    if found is None:
        raise OrganisationNotYetKnown(f"the registration of {organisation} has not arrived here yet")
    return found


async def mirror_organisations(organisations: Organisations, heard: Sequence[OrganisationRegistered]) -> None:
    """Keep who may send what."""
    await organisations.advance(heard)


def is_theirs(one: Standing | Pending, sender: Organisation, types: Catalogue) -> bool:
    """Whether the organisation may send approvals of this certificate's authority and type."""
    kind = types.of(one.certificate_type)
    try:
        sender.check_entitled(
            authority=one.authority, certificate_types=kind.codes if kind else (one.certificate_type,)
        )
    except IssuerNotEntitled:
        return False
    return True
