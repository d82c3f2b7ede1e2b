"""Approvals that go on with a certificate (延续, 变更): the next edition of the one that stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.certs.domain import (
    Catalogue,
    Certificate,
    IssuerNotEntitled,
    Kept,
    Organisation,
    Renewal,
    Standing,
    next_edition,
    renewal_of,
    the_one_renewed,
)
from services.certs.handlers.desk import Desk
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
    certificate, renewal = renewing

    async def attempt() -> Stands:
        known = await desk.certificates.known([certificate.approval_id])
        if not known:
            await _add(desk, certificate, renewal, sender)
        kept = known or await desk.certificates.known([certificate.approval_id])
        return Stands(kept=kept[certificate.approval_id], made_of=None if known else certificate)

    try:
        return await decide_again(attempt)
    except Refusal as refusal:
        return refusal


async def _add(desk: Desk, certificate: Certificate, renewal: Renewal, sender: Organisation) -> None:
    today = civil_date(desk.clock.now())
    over = the_one_renewed(await _called(desk, renewal, sender), renewal, today=today)
    if over is None:
        await desk.certificates.add_many([certificate], await desk.proving.prove([certificate]))
        return
    edition = next_edition(certificate, over, renewal, today=today)
    (proof,) = await desk.proving.prove([edition])
    await desk.editions.add(edition, proof, over=over)


async def _called(desk: Desk, renewal: Renewal, sender: Organisation) -> Sequence[Standing]:
    """Those that can be meant, of those that the sender may send approvals for."""
    found: Sequence[Standing] = ()
    if renewal.identifier:
        one = await desk.standings.find_by_identifier(renewal.identifier)
        found = [one] if one else []
    elif renewal.number_key:
        found = (await desk.standings.numbered([renewal.number_key])).get(renewal.number_key, ())
    types = await desk.types.catalogue()
    return [one for one in found if _is_theirs(one, sender, types)]


def _is_theirs(one: Standing, sender: Organisation, types: Catalogue) -> bool:
    kind = types.of(one.certificate_type)
    try:
        sender.check_entitled(
            authority=one.authority, certificate_types=kind.codes if kind else (one.certificate_type,)
        )
    except IssuerNotEntitled:
        return False
    return True
