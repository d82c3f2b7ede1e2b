"""Approvals that go on with a certificate (延续, 变更): the next edition of the one that stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.certs.domain import (
    Certificate,
    Kept,
    Organisation,
    Renewal,
    Standing,
    next_edition,
    renewal_of,
    the_one_renewed,
)
from services.certs.handlers.desk import Desk, is_theirs
from services.certs.handlers.only_one import refuse_second
from services.kernel.again import decide_again
from services.kernel.clock import civil_date
from services.kernel.errors import Refusal

Renewing = tuple[Certificate, Renewal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """What becomes new certificates, and what goes on with one, in the order in which it came."""

    births: Sequence[Certificate]
    renewing: Sequence[Renewing]


async def sort_out(desk: Desk, certificates: Sequence[Certificate]) -> Sorted:
    """Tell new certificates from further editions.

    Who only calls itself a renewal makes the first of its number that we see a new certificate.
    """
    births: list[Certificate] = []
    renewing: list[Renewing] = []
    said = [(one, renewal_of(one, desk.keys.number)) for one in certificates]
    implied = {one.number_key for one, renewal in said if renewal and renewal.implied and one.number_key}
    taken = set(await desk.standings.numbered(sorted(implied))) if implied else set()
    taken |= {one.number_key for one, renewal in said if renewal is None and one.number_key}
    for one, renewal in said:
        if renewal is None or (renewal.implied and one.number_key not in taken):
            births.append(one)
            taken.add(one.number_key or "")
        else:
            renewing.append((one, renewal))
    return Sorted(births=births, renewing=renewing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """What stands for an approval, and which of this call has made it; None: it was made before."""

    kept: Kept
    made_of: Certificate | None


async def renew(desk: Desk, renewing: Renewing, *, sender: Organisation) -> Stands | Refusal:
    """Make it the next edition, unless it is one already; or tell why it cannot be one."""
    return await _keep_once(desk, *renewing, sender=sender)


async def refused_renewals(
    desk: Desk, certificates: Sequence[Certificate], *, sender: Organisation
) -> dict[str, Refusal]:
    """Those that go on with nothing that they could go on with, by approval id, whatever their names are."""
    refused: dict[str, Refusal] = {}
    for one, renewal in (await sort_out(desk, certificates)).renewing if certificates else ():
        try:
            _further(desk, one, renewal, await _called(desk, renewal, sender, authority=one.authority))
        except Refusal as refusal:
            refused[one.approval_id] = refusal
    return refused


async def issue_again(desk: Desk, certificate: Certificate, *, sender: Organisation) -> Stands | Refusal:
    """Try once more what the store did not take, and tell why it does not."""
    return await _keep_once(desk, certificate, None, sender=sender)


async def _keep_once(
    desk: Desk, certificate: Certificate, renewal: Renewal | None, *, sender: Organisation
) -> Stands | Refusal:
    """Unless the approval was acted on before; whoever else was first decides what is then found."""
    key = certificate.approval_id

    async def attempt() -> Stands:
        # Read before asking what is known: an edition that another process makes of this same approval is
        # then either known, or newer than what was read, so that ours is stale.
        authority = certificate.authority
        called = await _called(desk, renewal, sender, authority=authority) if renewal else ()
        known = await desk.certificates.known([key])
        if known:
            return Stands(kept=known[key], made_of=None)
        added = await _add(desk, certificate, renewal, called)
        known = await desk.certificates.known([key])
        if not known:
            await refuse_second(desk, certificate, sender=sender)
        return Stands(kept=known[key], made_of=certificate if added else None)

    try:
        return await decide_again(attempt)
    except Refusal as refusal:
        return refusal


async def _add(
    desk: Desk, certificate: Certificate, renewal: Renewal | None, called: Sequence[Standing]
) -> bool:
    further = _further(desk, certificate, renewal, called) if renewal else None
    if further is None:
        return not await desk.certificates.add_many([certificate], await desk.proving.prove([certificate]))
    edition, over = further
    (proof,) = await desk.proving.prove([edition])
    return await desk.editions.add(edition, proof, over=over)


def _further(
    desk: Desk, certificate: Certificate, renewal: Renewal, called: Sequence[Standing]
) -> tuple[Certificate, Standing] | None:
    """The next edition and what it goes on with; None where it is the first of its number."""
    today = civil_date(desk.clock.now())
    over = the_one_renewed(called, renewal, today=today)
    return (next_edition(certificate, over, renewal, today=today), over) if over else None


async def _called(
    desk: Desk, renewal: Renewal, sender: Organisation, *, authority: str
) -> Sequence[Standing]:
    """Those that can be meant, of those that the sender may send approvals for."""
    found: Sequence[Standing] = ()
    if renewal.identifier:
        one = await desk.standings.find_by_identifier(renewal.identifier)
        found = [one] if one else []
    elif renewal.number_key:
        found = (await desk.standings.numbered([renewal.number_key])).get(renewal.number_key, ())
    types = await desk.types.catalogue()
    theirs = [one for one in found if is_theirs(one, sender, types)]
    # Of another authority it is another certificate, and nobody said that this one goes on with it.
    return [one for one in theirs if not renewal.implied or one.authority == authority]
