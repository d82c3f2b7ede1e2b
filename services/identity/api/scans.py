"""The scan at a counter."""

import unicodedata
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, StringConstraints

from services.identity import handlers
from services.identity.domain import Order
from services.identity.ports import World
from services.kernel.holders import HolderKind, mask_name
from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard
from services.kernel.web.idempotency import RequestKeys, made_id


class ScanSaid(BaseModel):
    """A scan without item or purpose is read, so that it is refused for the reason that counts."""

    # A QR code holds 7,089 characters at most: another system's is told from ours, however long.
    code: Annotated[str, StringConstraints(max_length=8000)]
    item: Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] = ""
    purpose: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    case_number: Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] | None = None


class HolderSeen(BaseModel):
    kind: HolderKind
    name_masked: str


class ScanShown(BaseModel):
    scan_id: str
    holder: HolderSeen
    item: str
    certificate_types: list[str]
    grant: str
    grant_expires_at: datetime


def _shown(scanned: handlers.Scanned) -> ScanShown:
    scan, holder = scanned.scan, scanned.holder
    return ScanShown(
        scan_id=scan.scan_id,
        holder=HolderSeen(kind=holder.kind, name_masked=mask_name(holder.name, holder.kind)),
        item=scan.item,
        certificate_types=list(scan.certificate_types),
        grant=scanned.grant,
        grant_expires_at=scan.grant_expires_at,
    )


def router(world: World, guard: Guard, keys: RequestKeys) -> APIRouter:
    """For operators."""
    routes = APIRouter(tags=["scans"])
    operator = guard.operator()
    request_id = made_id(keys, operator)

    @routes.post("/v1/scans", status_code=HTTPStatus.CREATED)
    async def scan_code(
        said: ScanSaid,
        caller: Annotated[Caller, Depends(operator)],
        request: Annotated[str, Depends(request_id)],
    ) -> ScanShown:
        """Read a code once; the same request again gets the same answer."""
        order = Order(
            request=request,
            operator=caller.subject,
            organisation=caller.organisation,
            counter=caller.counter,
            code=said.code,
            item=said.item,
            purpose=unicodedata.normalize("NFC", said.purpose),
            case_number=said.case_number or None,
        )
        return _shown(await handlers.scan_code(world, order))

    return routes
