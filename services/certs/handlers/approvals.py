"""Approvals in, certificates out: the one way in, whatever channel an approval comes by."""

import asyncio
from collections.abc import Mapping, Sequence
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
    Pending,
    issue,
    kept_of,
    renewal_of,
)
from services.certs.handlers.desk import Desk, find_sender
from services.certs.handlers.doubts import Doubts, doubtful
from services.certs.handlers.holding import Waiting, held_back, settle_issued, waiting_for
from services.certs.handlers.renewals import Stands, issue_again, refused_renewals, renew, sort_out
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


Outcome = Accepted | Waiting | Refusal


async def accept_approvals(desk: Desk, approvals: Sequence[Approval], *, sender: str | None) -> list[Outcome]:
    """Give an outcome for each, in order: the one way in, for one approval, a file's rows and events.

    A wrong one is refused alone. Repeats, in one call or many, lead to the certificate that stands, however
    often it was renewed since.
    """
    types, at = await desk.types.catalogue(), desk.clock.now()
    guess = desk.organisations.guess(sender or "")
    decided = decide(desk, approvals, guess, types, at) if guess else []
    # What the sender may is asked of the store each time; begun with what it might by what it was last.
    organisation, found = await asyncio.gather(find_sender(desk, sender), _look_up(desk, decided))
    if organisation != guess:
        decided = decide(desk, approvals, organisation, types, at)
        found = await _look_up(desk, decided)
    results = await _keep(desk, _certificates(decided), found, organisation)
    return [
        one if isinstance(one, Refusal) else _outcome(desk, one, results[one.approval_id]) for one in decided
    ]


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


def decide(
    desk: Desk, approvals: Sequence[Approval], sender: Organisation, types: Catalogue, at: datetime
) -> list[Certificate | Refusal]:
    """What each approval gives rise to by all rules that need no store."""
    today = civil_date(at)
    return [
        _decided(approval, sender=sender, types=types, keys=desk.keys, at=at, today=today)
        for approval in approvals
    ]


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


def _certificates(decided: Sequence[Certificate | Refusal]) -> list[Certificate]:
    return [one for one in decided if isinstance(one, Certificate)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What stands already, which names are in doubt, and what waits, of some approvals."""

    standing: Mapping[str, Kept]
    doubts: Doubts
    waiting: Mapping[str, list[Pending]]


async def _look_up(desk: Desk, decided: Sequence[Certificate | Refusal]) -> _Found:
    made = _certificates(decided)
    ids = {one.approval_id for one in made}
    holder_ids = {each for one in made for each in one.holder_ids}
    standing, doubts, waiting = await asyncio.gather(
        desk.certificates.known(list(ids), holder_ids=holder_ids),
        doubtful(desk, made),
        waiting_for(desk, made),
    )
    return _Found(standing=standing, doubts=doubts, waiting=waiting)


async def _keep(
    desk: Desk, certificates: Sequence[Certificate], found: _Found, sender: Organisation
) -> Mapping[str, Stands | Waiting | Refusal]:
    """Give what stands for each approval, by its id: made now, by another process or long ago; or waits."""
    standing, doubts = dict(found.standing), found.doubts
    fresh: dict[str, Certificate] = {}
    for one in certificates:
        if one.approval_id not in standing:
            fresh.setdefault(one.approval_id, one)
    doubted = [one for key, one in fresh.items() if key in doubts]
    # Before the names: else a renewal of nothing would tell, without a trace, who has which number.
    refused = await refused_renewals(desk, doubted, sender=sender)
    doubted = [one for one in doubted if one.approval_id not in refused]
    held = await held_back(desk, doubted, doubts, sender)
    coming = await sort_out(desk, [one for key, one in fresh.items() if key not in {*held, *refused}])
    taken = await _issue(desk, coming.births)
    if taken:
        standing |= await desk.certificates.known(sorted(taken))
    results: dict[str, Stands | Waiting | Refusal] = {
        key: Stands(kept=kept, made_of=None) for key, kept in standing.items()
    }
    results |= refused | {key: Waiting(pending_id=key) for key in held}
    for one in coming.births:
        if one.id in taken and one.id not in standing:
            results[one.id] = await issue_again(desk, one, sender=sender)
    made = [one for one in coming.births if one.id not in taken]
    results |= {one.id: Stands(kept=kept_of(one), made_of=one) for one in made}
    for one, renewal in coming.renewing:
        results[one.approval_id] = await renew(desk, (one, renewal), sender=sender)
    issued = [key for key, one in results.items() if isinstance(one, Stands)]
    await settle_issued(desk, issued, found.waiting)
    return results


async def _issue(desk: Desk, certificates: Sequence[Certificate]) -> frozenset[str]:
    if not certificates:
        return frozenset()
    _, proofs = await asyncio.gather(
        desk.certificates.expect({one.holder_id for one in certificates}), desk.proving.prove(certificates)
    )
    return await desk.certificates.add_many(certificates, proofs)


def _outcome(desk: Desk, certificate: Certificate, stands: Stands | Waiting | Refusal) -> Outcome:
    """Compare with what stands: of equal ones in one call the first has made it."""
    if isinstance(stands, Refusal | Waiting):
        return stands
    kept = stands.kept
    if certificate.digest not in kept.digests:
        return ApprovalConflict("a certificate of this decision stands, and other details are given now")
    renewal = renewal_of(certificate, desk.keys.number)
    if renewal and not renewal.implied and not renewal.names & kept.renewed:
        return ApprovalConflict("a certificate of this decision stands, and it does not renew that one")
    return Accepted(
        certificate_id=kept.certificate_id,
        holder_id=kept.holder_id,
        identifier=kept.identifier,
        state=kept.state,
        new=stands.made_of is certificate,
    )
