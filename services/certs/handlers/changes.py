"""The life of certificates after their issue: what authorities decide, and what the calendar does."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from services.certs.domain import CertificateUnknown, Order, Standing
from services.certs.handlers.desk import Desk, find_sender, is_theirs
from services.kernel.again import decide_again
from services.kernel.clock import civil_date
from services.kernel.errors import Stale

_AT_ONCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The certificate as it then stands; `new` when this call has changed it."""

    standing: Standing
    new: bool


async def change_certificate(desk: Desk, certificate_id: str, order: Order, *, sender: str | None) -> Changed:
    """Do what the authority decided, once; the state that counts is the one in the store."""

    async def change() -> Changed:
        found = await show_certificate(desk, certificate_id, sender=sender)
        now = desk.clock.now()
        following = found.changed(order, by=sender or "", at=now, today=civil_date(now))
        if following is None:
            return Changed(standing=found, new=False)
        await desk.standings.keep(following)
        return Changed(standing=following, new=True)

    with desk.turns.first():
        return await decide_again(change)


async def show_certificate(desk: Desk, certificate_id: str, *, sender: str | None) -> Standing:
    """As it stands today, for the authority that issued it or its data source; for others it is not there."""
    return await _theirs(desk, await desk.standings.find(certificate_id), sender)


async def find_certificate(desk: Desk, identifier: str, *, sender: str | None) -> Standing:
    """The same by its identifier (电子证照标识)."""
    return await _theirs(desk, await desk.standings.find_by_identifier(identifier), sender)


async def expire_certificates(desk: Desk) -> int:
    """Write down and say the end of those whose last day is over; return how many, of a bounded number.

    What is wrong with one of them is raised when there is nothing else to end.
    """
    now = desk.clock.now()
    today = civil_date(now)
    ended = [one.ended(at=now, today=today) for one in await desk.standings.overdue(today)]
    due = [one for one in ended if one is not None]
    results: list[bool | BaseException] = []
    for start in range(0, len(due), _AT_ONCE):
        some = (_keep_unless_stale(desk, one) for one in due[start : start + _AT_ONCE])
        results += await asyncio.gather(*some, return_exceptions=True)
    wrong = [one for one in results if isinstance(one, BaseException)]
    kept = len(results) - len(wrong)
    if wrong and not kept:
        raise wrong[0]
    return kept


async def _keep_unless_stale(desk: Desk, standing: Standing) -> bool:
    # Somebody changed it a moment ago: the next round sees what it is now.
    with suppress(Stale):
        await desk.standings.keep(standing)
    return True


async def _theirs(desk: Desk, found: Standing | None, sender: str | None) -> Standing:
    organisation, types = await find_sender(desk, sender), await desk.types.catalogue()
    if found is None or not is_theirs(found, organisation, types):
        raise CertificateUnknown("no certificate of yours has this id or identifier")
    return found
