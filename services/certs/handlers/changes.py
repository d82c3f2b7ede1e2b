"""The life of certificates after their issue: what authorities decide, and what the calendar does."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from services.certs.domain import CertificateUnknown, Order, Standing
from services.certs.handlers.desk import Desk, find_sender, is_theirs
from services.kernel.again import decide_again
from services.kernel.clock import civil_date
from services.kernel.errors import Stale

_AT_ONCE = 20
log = logging.getLogger("yima.certs")


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


async def expire_certificates(desk: Desk) -> AsyncGenerator[int]:
    """Write down and say the end of those whose last day is over; give how many, page by page.

    One that cannot be ended is passed over, and keeps no other from its end however many they are; what is
    wrong with the first of them is raised when there is nothing else to end.
    """
    wrong: dict[str, BaseException] = {}
    while True:
        now = desk.clock.now()
        found = await desk.standings.overdue(civil_date(now), but=wrong)
        if not found:
            break
        before = len(wrong)
        wrong |= await _end(desk, found, now)
        yield len(found) - (len(wrong) - before)
    for certificate_id, error in islice(wrong.items(), 1):
        log.warning(
            "certificates cannot be ended",
            extra={"certificates": len(wrong), "first": certificate_id, "problem": type(error).__name__},
        )
        raise error


async def _end(desk: Desk, found: Sequence[Standing], now: datetime) -> dict[str, BaseException]:
    """End each; what went wrong, by id."""
    wrong: dict[str, BaseException] = {}
    for start in range(0, len(found), _AT_ONCE):
        some = found[start : start + _AT_ONCE]
        results = await asyncio.gather(*(_end_one(desk, one, now) for one in some), return_exceptions=True)
        ids = (one.certificate_id for one in some)
        wrong |= {key: one for key, one in zip(ids, results, strict=True) if one is not None}
    return wrong


async def _end_one(desk: Desk, standing: Standing, now: datetime) -> None:
    following = standing.ended(at=now, today=civil_date(now))
    if following is None:
        raise RuntimeError(f"{standing.certificate_id}: found as overdue, and its last day has not passed")
    # Somebody changed it a moment ago: the next page sees what it is now.
    with suppress(Stale):
        await desk.standings.keep(following)


async def _theirs(desk: Desk, found: Standing | None, sender: str | None) -> Standing:
    organisation, types = await find_sender(desk, sender), await desk.types.catalogue()
    if found is None or not is_theirs(found, organisation, types):
        raise CertificateUnknown("no certificate of yours has this id or identifier")
    return found
