"""For authorities: what waits because of a holder's name, why, and the two ways to let it go."""

from dataclasses import asdict
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, StringConstraints

from services.certs.domain import CertificateVanished, EntryNameDiffers, HolderNameDiffers, Pending
from services.certs.handlers import Desk, confirm_name, discard_pending, list_pendings
from services.kernel.keys.tokens import Caller
from services.kernel.reasons import reasons
from services.kernel.web.guard import Guard

PendingId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}(-[0-9]{1,3}|-vanished)?$")]
Arrival = Annotated[str | None, Query(pattern=r"^[0-9a-f]{32}$")]
Limit = Annotated[int, Query(ge=1, le=100)]
_CODES = {
    "held": HolderNameDiffers.code,
    "disputed": EntryNameDiffers.code,
    "vanished": CertificateVanished.code,
}


class WhySaid(BaseModel):
    """`reason`: what was looked at, and by whom: it is kept as long as the certificate."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class PendingShown(BaseModel):
    """What the authority sent, by which it knows the case; nothing of what is known of the number's holder.

    `code`: what keeps it waiting: the name, or what refuses it since the name was confirmed.
    `issued`: a certificate stands under `certificate_id`; it is hidden in the space that it came to, unless
    it is only asked about.
    """

    pending_id: str
    certificate_id: str
    issued: bool
    state: str
    code: str
    reason: str
    reason_zh: str
    next_step: str
    next_step_zh: str
    since: datetime
    organisation: str | None
    authority: str
    certificate_type: str
    document_name: str | None
    document_number: str | None
    decided_on: date | None
    certificate_number: str | None
    holder_name: str | None
    id_type: str | None
    id_number_masked: str | None


class PendingPage(BaseModel):
    """Newest first; `next` of one page is `before` of the following."""

    pending: list[PendingShown]
    next: str | None


def pendings_router(desk: Desk, guard: Guard) -> APIRouter:
    """By the id that the refusal, the report and the list name; a repeat changes nothing, so no key."""
    router = APIRouter(tags=["approvals"])
    sender = guard.machine_or_operator("approvals:write")

    @router.get("/v1/approvals/pending")
    async def listed(
        caller: Annotated[Caller, Depends(sender)], before: Arrival = None, limit: Limit = 50
    ) -> PendingPage:
        page = await list_pendings(desk, caller, before=before, limit=limit)
        return PendingPage(pending=[_shown(one) for one in page.rows], next=page.next)

    @router.post("/v1/approvals/pending/{pending_id}/confirmations", status_code=HTTPStatus.OK)
    async def confirm(
        pending_id: PendingId, said: WhySaid, caller: Annotated[Caller, Depends(sender)]
    ) -> PendingShown:
        """The holder is rightly called so: issue what was held, show what was hidden.

        What is refused for another reason goes on waiting, under that reason's code.
        """
        return _shown(await confirm_name(desk, pending_id, caller, reason=said.reason))

    @router.post("/v1/approvals/pending/{pending_id}/discard", status_code=HTTPStatus.OK)
    async def discard(
        pending_id: PendingId, said: WhySaid, caller: Annotated[Caller, Depends(sender)]
    ) -> PendingShown:
        """It was sent by mistake: nothing is issued."""
        return _shown(await discard_pending(desk, pending_id, caller, reason=said.reason))

    return router


def _shown(one: Pending) -> PendingShown:
    code = one.refusal or _CODES[one.kind]
    reason = reasons()[code]
    approval = asdict(one.told.approval) if one.told else {}
    holder = one.told.holder if one.told else None
    said = ("document_name", "document_number", "decided_on", "certificate_number")
    return PendingShown(
        pending_id=one.pending_id,
        certificate_id=one.certificate_id,
        issued=one.kind != "held" or one.state in {"confirmed", "fits"},
        state=one.state,
        code=code,
        reason=reason.en,
        reason_zh=reason.zh,
        next_step=reason.next_en,
        next_step_zh=reason.next_zh,
        since=one.since,
        organisation=one.organisation or None,
        authority=one.authority,
        certificate_type=one.certificate_type,
        holder_name=holder.name if holder else None,
        id_type=holder.id_type if holder else None,
        id_number_masked=one.told.id_number_masked if one.told else None,
        **{name: approval.get(name) for name in said},
    )
