"""Scans on the phone: who asks for what and why, the tap, and "not me"."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from services.identity.api.scans import ScanId
from services.identity.api.streams import stream
from services.identity.domain.consents import Decision
from services.identity.domain.scans import ScanState
from services.identity.handlers import consents
from services.identity.ports import World
from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard


class Tap(BaseModel):
    decision: Decision


class FieldShown(BaseModel):
    name: str
    term: str
    sensitive: bool


class TypeShown(BaseModel):
    """`fields` None: what it shows is not known here, so all of it counts as sensitive."""

    certificate_type: str
    name: str
    fields: list[FieldShown] | None


class MyScan(BaseModel):
    """What the law wants on the approve screen: who, where, what for, which fields, until when."""

    scan_id: str
    state: ScanState
    mode: str
    operator: str
    organisation: str
    organisation_name: str
    counter: str
    item: str
    item_name: str
    purpose: str
    case_number: str | None
    certificate_types: list[TypeShown]
    basis: str | None
    legal_basis: str
    role: str | None
    mandate_id: str | None
    scanned_at: datetime
    consent_until: datetime | None
    decided_at: datetime | None
    grant_expires_at: datetime | None
    disputed_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None


class MyScans(BaseModel):
    scans: list[MyScan]


def shown(notice: consents.Notice) -> MyScan:
    """Scan and names, laid together."""
    own: dict[str, Any] = {
        "state": notice.scan.state_at(notice.at),
        "organisation_name": notice.organisation_name,
        "item_name": notice.item_name,
        "certificate_types": [
            TypeShown(
                certificate_type=code,
                name=known.name if known else "",
                fields=None
                if known is None or known.fields is None
                else [
                    FieldShown(name=one.name, term=one.term, sensitive=one.sensitive) for one in known.fields
                ],
            )
            for code, known in notice.types
        ],
    }
    same = {name: getattr(notice.scan, name) for name in MyScan.model_fields if name not in own}
    return MyScan(**same, **own)


def router(world: World, guard: Guard) -> APIRouter:
    """For holders, and for who acts for one."""
    routes = APIRouter(tags=["consents"])
    holder = guard.holder()

    @routes.get("/v1/me/scans")
    async def my_scans(
        caller: Annotated[Caller, Depends(holder)], limit: Annotated[int, Query(ge=1, le=100)] = 50
    ) -> MyScans:
        """List the scans of your codes, and of those that you showed for others, newest first."""
        found = await consents.my_scans(world, caller, limit=limit)
        return MyScans(scans=[shown(one) for one in found])

    @routes.get("/v1/me/scans/events", response_class=StreamingResponse)
    async def follow_mine(caller: Annotated[Caller, Depends(holder)]) -> StreamingResponse:
        """Follow them (server-sent events `scan`): each at once, and again when it changes."""
        return await stream(consents.follow_mine(world, caller), shown, event="scan")

    @routes.get("/v1/me/scans/{scan_id}")
    async def my_scan(scan_id: ScanId, caller: Annotated[Caller, Depends(holder)]) -> MyScan:
        """Show one of them."""
        return shown(await consents.my_scan(world, caller, scan_id))

    @routes.post("/v1/me/scans/{scan_id}/decision")
    async def decide(scan_id: ScanId, tap: Tap, caller: Annotated[Caller, Depends(holder)]) -> MyScan:
        """Approve or decline; either is final, and the same again changes nothing."""
        return shown(await consents.decide_scan(world, caller, scan_id, tap.decision))

    @routes.post("/v1/me/scans/{scan_id}/not-me")
    async def not_me(scan_id: ScanId, caller: Annotated[Caller, Depends(holder)]) -> MyScan:
        """Say that it was somebody else: what was granted is withdrawn, and it is looked into."""
        return shown(await consents.dispute_scan(world, caller, scan_id))

    return routes
