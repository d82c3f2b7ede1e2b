"""What certs does with approvals, organisations and types: one function per command or event heard."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from services.certs.domain import (
    REGISTRATION_PATIENCE,
    Approval,
    ApprovalConflict,
    ApprovalKeys,
    Catalogue,
    Certificate,
    CertificateType,
    IssuerNotEntitled,
    Kept,
    Organisation,
    OrganisationNotYetKnown,
    OrganisationUnknown,
    TypeNotThere,
    issue,
    next_version,
    read_definition,
)
from services.certs.events import OrganisationRegistered
from services.certs.ports import Certificates, Organisations, Signing, Types
from services.kernel.clock import Clock, civil_date
from services.kernel.errors import Refusal, Stale

# Of those who race for one document one wins each round.
_ROUNDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a decision about an approval is taken with."""

    organisations: Organisations
    certificates: Certificates
    types: Types
    signing: Signing
    keys: ApprovalKeys
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The certificate that stands for the approval; `new` when this call has made it."""

    certificate_id: str
    holder_id: str
    identifier: str
    state: str
    new: bool


Outcome = Accepted | Refusal


async def find_sender(desk: Desk, organisation: str | None) -> Organisation:
    """Who sends, with what it may send at this moment."""
    if not organisation:
        raise IssuerNotEntitled("the token names no organisation; needed one of an authority or data source")
    found = await desk.organisations.find(organisation)
    if found is None:
        raise OrganisationNotYetKnown(f"the registration of {organisation} has not arrived here yet")
    return found


async def accept_approvals(desk: Desk, approvals: Sequence[Approval], *, sender: str | None) -> list[Outcome]:
    """Give an outcome for each, in order: the one way in, for one approval, a file's rows and events.

    A wrong one is refused alone. Repeats, in one call or many, lead to the certificate that stands.
    """
    organisation = await find_sender(desk, sender)
    types = await desk.types.catalogue()
    decided = [_decide(desk, approval, organisation, types) for approval in approvals]
    certificates = [one for one in decided if isinstance(one, Certificate)]
    standing = dict(await desk.certificates.known(list({one.id for one in certificates})))
    fresh = {one.id: one for one in reversed(certificates) if one.id not in standing}
    taken = await _keep(desk, list(fresh.values()))
    if taken:
        standing |= await desk.certificates.known(sorted(taken))
    made = {one.id: one for one in fresh.values() if one.id not in taken}
    return [one if isinstance(one, Refusal) else _outcome(one, made, standing) for one in decided]


async def accept_from_case(
    desk: Desk, approvals: Sequence[Approval], *, sender: str, said_at: datetime
) -> list[Outcome]:
    """The same for approvals heard: a sender that stays unknown must not hold up those behind it for ever."""
    try:
        return await accept_approvals(desk, approvals, sender=sender)
    except OrganisationNotYetKnown as unknown:
        if desk.clock.now() - said_at < REGISTRATION_PATIENCE:
            raise
        raise OrganisationUnknown(
            f"{sender} was not registered when its case was decided, nor since"
        ) from unknown


async def accept_approval(desk: Desk, approval: Approval, *, sender: str | None) -> Accepted:
    """The same for a single one, whose refusal is raised."""
    (outcome,) = await accept_approvals(desk, [approval], sender=sender)
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


async def mirror_organisations(organisations: Organisations, heard: Sequence[OrganisationRegistered]) -> None:
    """Keep who may send what."""
    await organisations.advance(heard)


async def find_type(types: Types, code: str, *, version: int | None) -> CertificateType:
    """As it stands, by a code that it has or had; or as exactly this code was at a version."""
    found = await types.find(code, version=version) if version else (await types.catalogue()).of(code)
    if found is None:
        raise TypeNotThere("no certificate type has or had this code, or not this version")
    return found


async def put_type(
    types: Types, code: str, said: object, *, by: str, read: int | None = None
) -> CertificateType:
    """Publish the definition under this code; the same again changes and says nothing."""
    wanted = read_definition(said, code=code)
    for _ in range(_ROUNDS):
        found = await types.find(code)
        following = next_version(found, wanted, types=await types.catalogue(at_once=True), read=read)
        if found and following is None:
            return found
        with suppress(Stale):
            kept = following or wanted
            await types.keep(kept, by=by)
            return kept
    raise Stale(f"{code} is being changed by others all the time")


def _decide(desk: Desk, approval: Approval, sender: Organisation, types: Catalogue) -> Certificate | Refusal:
    now = desk.clock.now()
    try:
        return issue(approval, sender=sender, types=types, keys=desk.keys, at=now, today=civil_date(now))
    except Refusal as refusal:
        return refusal


async def _keep(desk: Desk, certificates: Sequence[Certificate]) -> frozenset[str]:
    if not certificates:
        return frozenset()
    proofs = [desk.signing.sign(one) for one in certificates]
    return await desk.certificates.add_many(certificates, proofs)


def _outcome(certificate: Certificate, made: dict[str, Certificate], standing: dict[str, Kept]) -> Outcome:
    """Compare with what stands: the first of equal ones in this call, or what was kept before it."""
    first = made.get(certificate.id)
    kept = first or standing[certificate.id]
    if kept.digest != certificate.digest:
        return ApprovalConflict("a certificate of this decision stands, and other details are given now")
    return Accepted(
        certificate_id=certificate.id,
        holder_id=certificate.holder_id,
        identifier=kept.identifier,
        state=kept.state,
        new=first is certificate,
    )
