"""Approvals in, certificates out: the one way in, whatever channel an approval comes by."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.certs.domain import (
    REGISTRATION_PATIENCE,
    Approval,
    ApprovalConflict,
    Catalogue,
    Certificate,
    HolderNameDiffers,
    Kept,
    Organisation,
    OrganisationNotYetKnown,
    OrganisationUnknown,
    issue,
)
from services.certs.handlers.desk import Desk, find_sender
from services.certs.handlers.doubts import doubtful, hold, settle_issued, waiting_for
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Nothing was issued: the name is not that of the number's holder, and the authority is to look at it."""

    pending_id: str

    @property
    def refusal(self) -> HolderNameDiffers:
        """For who sent this one alone.

        Over HTTP a refusal and no 202: a system that looks at the status alone would take it for issued, and
        nothing happens to it before somebody acts. The same again, once it is confirmed, is 200 or 201.
        """
        return HolderNameDiffers(self.pending_id)


Outcome = Accepted | Waiting | Refusal


async def accept_approvals(desk: Desk, approvals: Sequence[Approval], *, sender: str | None) -> list[Outcome]:
    """Give an outcome for each, in order: the one way in, for one approval, a file's rows and events.

    A wrong one is refused alone. Repeats, in one call or many, lead to the certificate that stands.
    """
    organisation = await find_sender(desk, sender)
    types = await desk.types.catalogue()
    decided = [_decide(desk, approval, organisation, types) for approval in approvals]
    certificates = [one for one in decided if isinstance(one, Certificate)]
    known, doubts, waiting = await asyncio.gather(
        desk.certificates.known(list({one.id for one in certificates})),
        doubtful(desk, certificates),
        waiting_for(desk, certificates),
    )
    standing = dict(known)
    fresh = {one.id: one for one in reversed(certificates) if one.id not in standing}
    held = {key: fresh.pop(key) for key in doubts if key in fresh}
    await hold(desk, list(held.values()), doubts, organisation.organisation)
    # A name that was told in this moment has let go what waited before it, and not what was added since.
    doubts = await doubtful(desk, list(held.values()))
    let_go = {key: one for key, one in held.items() if key not in doubts}
    fresh |= let_go
    waiting = {**waiting, **await waiting_for(desk, list(let_go.values()))}
    taken = await _keep(desk, list(fresh.values()))
    if taken:
        standing |= await desk.certificates.known(sorted(taken))
    made = {one.id: one for one in fresh.values() if one.id not in taken}
    await settle_issued(desk, made, waiting)
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
    if isinstance(outcome, Waiting):
        raise outcome.refusal
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


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
    kept = first or standing.get(certificate.id)
    if kept is None:
        return Waiting(pending_id=certificate.id)
    if kept.digest != certificate.digest:
        return ApprovalConflict("a certificate of this decision stands, and other details are given now")
    return Accepted(
        certificate_id=certificate.id,
        holder_id=certificate.holder_id,
        identifier=kept.identifier,
        state=kept.state,
        new=first is certificate,
    )
