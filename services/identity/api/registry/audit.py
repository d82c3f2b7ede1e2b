"""Who changed what in the registry, and when."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field

from services.identity import handlers
from services.identity.domain.audit import Change
from services.identity.ports import World
from services.kernel.web.guard import CallerOf

# Beyond them a time cannot be told in every zone.
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
Moment = Annotated[AwareDatetime, Field(ge=_EARLIEST, le=_LATEST)]


class ChangeShown(BaseModel):
    """`what`: the type of the event that told of it; `said`: how it stood after the change."""

    event_id: str
    at: datetime
    changed_by: str
    what: str
    subject: str
    version: int
    said: Mapping[str, Any]


class ChangesShown(BaseModel):
    """`next`: to be given as `after` for the page that follows; null on the last one."""

    changes: list[ChangeShown]
    next: str | None


def _shown(change: Change) -> ChangeShown:
    return ChangeShown(**{name: getattr(change, name) for name in ChangeShown.model_fields})


def router(world: World, admin: CallerOf) -> APIRouter:
    """Read, and never written by anybody."""
    routes = APIRouter()

    @routes.get("/v1/audit", dependencies=[Depends(admin)])
    async def show_changes(
        *,
        subject: Annotated[str | None, Query(max_length=128)] = None,
        since: Moment | None = None,
        before: Moment | None = None,
        after: Annotated[str | None, Query(pattern=r"^[0-9T:.-]{26}/[0-9]{10}/[0-9a-f]{32}$")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> ChangesShown:
        """Newest first: of an organisation, a system, a member of staff or a log-in, or of all."""
        changes, following = await handlers.show_changes(
            world, subject=subject, since=since, before=before, after=after, limit=limit
        )
        return ChangesShown(changes=[_shown(one) for one in changes], next=following)

    return routes
