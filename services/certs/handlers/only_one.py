"""Types of which a holder has one that stands at most."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Never

from services.certs.domain import Certificate, CertificateOnlyOne, Organisation, Standing
from services.certs.handlers.desk import Desk, is_theirs
from services.kernel.clock import civil_date
from services.kernel.errors import Stale


async def refuse_second(desk: Desk, certificate: Certificate, *, sender: Organisation) -> Never:
    """Say why the store took no second one; `Stale` where the first one's last day is over, or it is gone.

    The sender is told which one stands only where it is theirs.
    """
    found = [
        one for one in await desk.standings.sole(certificate.only_one) if one.certificate_id != certificate.id
    ]
    if not found or await _ended(desk, found):
        raise Stale("the one that stood has ended a moment ago")
    types = await desk.types.catalogue()
    named = [one.identifier for one in found if is_theirs(one, sender, types)]
    raise CertificateOnlyOne(
        f"{certificate.type.name}: a holder has one at most; one stands already{_said(named)}"
    )


async def _ended(desk: Desk, found: Sequence[Standing]) -> bool:
    """Write down the end of those that the calendar has ended; whether there was one."""
    now = desk.clock.now()
    over = [one.ended(at=now, today=civil_date(now)) for one in found]
    for one in over:
        if one is not None:
            with suppress(Stale):
                await desk.standings.keep(one)
    return any(over)


def _said(identifiers: Sequence[str]) -> str:
    return f": {', '.join(identifiers)}" if identifiers else ""
