"""For authorities: how their certificates stand, and what they decide about them."""

from dataclasses import asdict
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, StringConstraints

from services.certs.api.approvals import SaidApproval
from services.certs.domain import Order, Standing
from services.certs.handlers import (
    Desk,
    change_certificate,
    correct_certificate,
    find_certificate,
    show_certificate,
)
from services.kernel.clock import civil_date
from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard

CertificateId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Identifier = Annotated[str, Query(pattern=r"^[0-9A-Z.]{1,120}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class OrderSaid(BaseModel):
    """`case_number`: the number of the decision, by which a repeat is known."""

    change: Literal["suspend", "resume", "withdraw", "revoke", "cancel"]
    reason: Text
    case_number: Line
    decided_on: date


class CorrectionSaid(BaseModel):
    """`approval`: as it should have been; `reason`: also for who had the certificate wrongly."""

    approval: SaidApproval
    reason: Text
    case_number: Line
    decided_on: date


class ChangeShown(BaseModel):
    """One change that was made. `by`: who sent it, or `platform`."""

    change: str
    state: str
    reason: str
    case_number: str
    decided_on: date
    by: str
    at: datetime


class EditionShown(BaseModel):
    """One edition: the state of the last is the certificate's, those before it are superseded."""

    edition: int
    identifier: str
    state: str
    issued_at: datetime
    valid_from: date | None
    valid_to: date | None


class CertificateShown(BaseModel):
    """Without its holder and what it says: the authority has that."""

    certificate_id: str
    identifier: str
    certificate_type: str
    authority: str
    state: str
    version: int
    issued_at: datetime
    valid_from: date | None
    valid_to: date | None
    changes: list[ChangeShown]
    editions: list[EditionShown]


def certificates_router(desk: Desk, guard: Guard) -> APIRouter:
    """By id or identifier. A decision has a number, so it needs no Idempotency-Key."""
    router = APIRouter(tags=["certificates"])
    sender = guard.machine("approvals:write")

    @router.get("/v1/certificates")
    async def find(identifier: Identifier, caller: Annotated[Caller, Depends(sender)]) -> CertificateShown:
        found = await find_certificate(desk, identifier, sender=caller.organisation)
        return _shown(found, today=civil_date(desk.clock.now()))

    @router.get("/v1/certificates/{certificate_id}")
    async def show(
        certificate_id: CertificateId, caller: Annotated[Caller, Depends(sender)]
    ) -> CertificateShown:
        found = await show_certificate(desk, certificate_id, sender=caller.organisation)
        return _shown(found, today=civil_date(desk.clock.now()))

    @router.post("/v1/certificates/{certificate_id}/changes", status_code=HTTPStatus.CREATED)
    async def change(
        certificate_id: CertificateId,
        said: OrderSaid,
        caller: Annotated[Caller, Depends(sender)],
        response: Response,
    ) -> CertificateShown:
        """201 when this call changed it, 200 with how it stands when the decision was acted on before."""
        order = Order(**said.model_dump())
        changed = await change_certificate(desk, certificate_id, order, sender=caller.organisation)
        response.status_code = HTTPStatus.CREATED if changed.new else HTTPStatus.OK
        return _shown(changed.standing, today=civil_date(desk.clock.now()))

    @router.post("/v1/certificates/{certificate_id}/corrections", status_code=HTTPStatus.CREATED)
    async def correct(
        certificate_id: CertificateId,
        said: CorrectionSaid,
        caller: Annotated[Caller, Depends(sender)],
        response: Response,
    ) -> CertificateShown:
        """201 when this call corrected it, 200 with how it stands when that was done before."""
        order = Order(
            change="correct", reason=said.reason, case_number=said.case_number, decided_on=said.decided_on
        )
        changed = await correct_certificate(
            desk, certificate_id, said.approval, order, sender=caller.organisation
        )
        response.status_code = HTTPStatus.CREATED if changed.new else HTTPStatus.OK
        return _shown(changed.standing, today=civil_date(desk.clock.now()))

    return router


def _shown(one: Standing, *, today: date) -> CertificateShown:
    changes = [
        ChangeShown(**asdict(move.order), state=move.state, by=move.by, at=move.at) for move in one.moves
    ]
    state = one.state_on(today)
    return CertificateShown(
        certificate_id=one.certificate_id,
        identifier=one.identifier,
        certificate_type=one.certificate_type,
        authority=one.authority,
        state=state,
        version=one.version,
        issued_at=one.issued_at,
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        changes=changes,
        editions=[
            EditionShown(
                edition=each.number,
                identifier=each.identifier,
                state=state if each is one.editions[-1] else "superseded",
                issued_at=each.issued_at,
                valid_from=each.valid_from,
                valid_to=each.valid_to,
            )
            for each in one.editions
        ],
    )
