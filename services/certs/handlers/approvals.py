"""Approvals in, certificates out: the one way in, whatever channel an approval comes by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.certs.domain import (
    REGISTRATION_PATIENCE,
    Approval,
    ApprovalConflict,
    ApprovalKeys,
    Catalogue,
    Certificate,
    Kept,
    Organisation,
    OrganisationNotYetKnown,
    OrganisationUnknown,
    issue,
)
from services.certs.handlers.desk import Desk, find_sender
from services.kernel.clock import civil_date
from services.kernel.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The certificate that stands for the approval; `new` when this call has made it."""

    certificate_id: str
    holder_id: str
    identifier: str
    state: str
    new: bool


Outcome = Accepted | Refusal


async def accept_approvals(desk: Desk, approvals: Sequence[Approval], *, sender: str | None) -> list[Outcome]:
    """Give an outcome for each, in order: the one way in, for one approval, a file's rows and events.

    A wrong one is refused alone. Repeats, in one call or many, lead to the certificate that stands.
    """
    organisation = await find_sender(desk, sender)
    types = await desk.types.catalogue()
    now = desk.clock.now()
    today = civil_date(now)
    decided = [
        _decided(approval, sender=organisation, types=types, keys=desk.keys, at=now, today=today)
        for approval in approvals
    ]
    certificates = [one for one in decided if isinstance(one, Certificate)]
    standing = dict(await desk.certificates.known(certificates))
    fresh = {one.id: one for one in reversed(certificates) if one.id not in standing}
    taken = await _keep(desk, list(fresh.values()))
    if taken:
        standing |= await desk.certificates.known([fresh[one] for one in taken])
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


def _decided(
    approval: Approval,
    *,
    sender: Organisation,
    types: Catalogue,
    keys: ApprovalKeys,
    at: datetime,
    today: date,
) -> Certificate | Refusal:
    try:
        return issue(approval, sender=sender, types=types, keys=keys, at=at, today=today)
    except Refusal as refusal:
        return refusal


async def _keep(desk: Desk, certificates: Sequence[Certificate]) -> frozenset[str]:
    if not certificates:
        return frozenset()
    return await desk.certificates.add_many(certificates, await desk.proving.prove(certificates))


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
