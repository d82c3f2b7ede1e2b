"""The scan at a counter."""

import unicodedata
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, StringConstraints

from services.identity.api.streams import stream
from services.identity.domain.orders import Order
from services.identity.domain.scans import ScanState
from services.identity.handlers import answers, scans
from services.identity.ports import World
from services.kernel.holders import HolderKind, mask_name
from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard

ScanId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]


class ScanSaid(BaseModel):
    """A scan without item or purpose is read, so that it is refused for the reason that counts.

    `last_four` and `oral_consent` belong to paper codes.
    """

    # A QR code holds 7,089 characters at most: another system's is told from ours, however long.
    code: Annotated[str, StringConstraints(max_length=8000)]
    item: Word = ""
    purpose: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    counter: Word | None = None
    case_number: Word | None = None
    mode: Literal["presented", "statutory"] = "presented"
    last_four: Annotated[str, StringConstraints(strip_whitespace=True, max_length=8)] | None = None
    oral_consent: bool = False

    def order(self, caller: Caller) -> Order:
        """The counter is that of the sign-in; one said counts where that names none."""
        return Order(
            operator=caller.subject,
            organisation=caller.organisation or "",
            counter=caller.counter or unicodedata.normalize("NFC", self.counter or ""),
            code=self.code,
            item=self.item,
            purpose=unicodedata.normalize("NFC", self.purpose),
            case_number=self.case_number or None,
            mode=self.mode,
            last_four=self.last_four,
            oral_consent=self.oral_consent,
        )


class HolderSeen(BaseModel):
    kind: HolderKind
    name_masked: str


class Capacity(BaseModel):
    """In what capacity whoever stands there acts: `role` (法定代表人, 监护人 ...) of the holder named."""

    role: str
    acts_for: str


class ScanShown(BaseModel):
    scan_id: str
    state: ScanState
    mode: str
    holder: HolderSeen
    capacity: Capacity | None
    item: str
    counter: str
    purpose: str
    case_number: str | None
    basis: str | None
    certificate_types: list[str]
    withheld_types: list[str]
    scanned_at: datetime
    consent_until: datetime | None
    grant: str | None
    grant_expires_at: datetime | None


def shown(scanned: answers.Scanned) -> ScanShown:
    """What the counter may know of it."""
    scan, holder = scanned.scan, scanned.holder
    # A gate hears yes or no; whoever it lets pass has no name there.
    masked = "" if scan.answers_only else mask_name(holder.name, holder.kind)
    same = ("scan_id", "mode", "item", "counter", "purpose", "case_number", "basis", "scanned_at",
            "consent_until", "grant_expires_at")  # fmt: skip
    return ScanShown(
        state=scan.state_at(scanned.at),
        holder=HolderSeen(kind=holder.kind, name_masked=masked),
        capacity=Capacity(role=scan.role, acts_for=masked) if scan.role else None,
        certificate_types=list(scan.certificate_types),
        withheld_types=list(scan.withheld_types),
        grant=scanned.grant,
        **{name: getattr(scan, name) for name in same},
    )


def router(world: World, guard: Guard) -> APIRouter:
    """For operators."""
    routes = APIRouter(tags=["scans"])
    operator = guard.operator()

    @routes.post("/v1/scans", status_code=HTTPStatus.CREATED)
    async def scan_code(said: ScanSaid, caller: Annotated[Caller, Depends(operator)]) -> ScanShown:
        """Read a code once; the same scan again within five minutes gets the same answer."""
        return shown(await scans.scan_code(world, said.order(caller)))

    @routes.get("/v1/scans/{scan_id}")
    async def see_scan(
        scan_id: ScanId,
        caller: Annotated[Caller, Depends(operator)],
        wait: Annotated[int, Query(ge=0, le=25)] = 0,
    ) -> ScanShown:
        """Show your own scan: at once, or as soon as the holder has decided, or after `wait` seconds."""
        return shown(await answers.see_scan(world, caller, scan_id, wait=timedelta(seconds=wait)))

    @routes.get("/v1/scans/{scan_id}/events", response_class=StreamingResponse)
    async def follow_scan(scan_id: ScanId, caller: Annotated[Caller, Depends(operator)]) -> StreamingResponse:
        """Follow your own scan (server-sent events `scan`) until the holder has decided."""
        return await stream(answers.follow_scan(world, caller, scan_id), shown, event="scan")

    return routes
