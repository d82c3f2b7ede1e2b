"""The rules that an approval breaks beside what of it could not be read."""

from collections.abc import Callable, Collection
from functools import partial

from services.certs.domain import Approval, rules_beside
from services.certs.handlers.desk import Desk, find_sender
from services.kernel.clock import civil_date
from services.kernel.errors import Refusal


async def broken_rules(desk: Desk, *, sender: str) -> Callable[[Approval, Collection[str]], list[Refusal]]:
    """Give what tells them, of an approval and the paths that could not be read, as they stand now.

    Rules that need the store are told once all of it can be read.
    """
    organisation, types = await find_sender(desk, sender), await desk.types.catalogue()
    today = civil_date(desk.clock.now())

    return partial(rules_beside, sender=organisation, types=types, keys=desk.keys, today=today)
