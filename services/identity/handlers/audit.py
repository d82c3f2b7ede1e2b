"""The audit trail is heard, not written beside the change: what was kept is said, and nothing else is."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from services.identity.domain.audit import Change
from services.identity.events import ClientChanged, IssuerChanged, OperatorChanged, OrganisationRegistered
from services.identity.ports import World
from services.kernel.event import Heard

Registered = OrganisationRegistered | OperatorChanged | ClientChanged | IssuerChanged


async def record_changes(world: World, batch: Sequence[Heard[Registered]]) -> None:
    """One record for each event, however often it is heard."""
    await world.audit.add(
        [
            Change(
                event_id=heard.id,
                at=heard.time,
                changed_by=heard.event.changed_by,
                what=heard.type,
                subject=heard.subject,
                version=heard.event.version,
                said=asdict(heard.event),
            )
            for heard in batch
        ]
    )


async def show_changes(
    world: World,
    *,
    subject: str | None,
    since: datetime | None,
    before: datetime | None,
    after: str | None,
    limit: int,
) -> tuple[Sequence[Change], str | None]:
    """Newest first, with the place at which the next page begins."""
    return await world.audit.page(subject=subject, since=since, before=before, after=after, limit=limit)
