"""For everybody, without a token: is this certificate genuine, in force, and of whom."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel

from services.certs.api.callers import CallerLimits, Uploads
from services.certs.domain.verification import Answer, Verification
from services.certs.handlers import Verifier, verify_presented
from services.kernel.reasons import reasons

VERIFICATIONS_PATH = "/v1/verifications"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A certificate's text (SD-JWT VC), the bytes of its PDF or OFD, or a printed code.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class AnswerShown(BaseModel):
    """One question. `code` and the words that belong to it: `proto/reasons.yaml`."""

    state: Literal["valid", "invalid", "unknown"]
    code: str
    detail: str
    title: str
    title_zh: str
    next_step: str
    next_step_zh: str


class VerificationShown(BaseModel):
    """`state`: invalid if one of the answers is, else unknown if one is. `shown`: what is proved, no more.

    `marking`: of an annotated copy (加注件) alone, whether it is still of use; `detail` has its last day.
    """

    kind: Literal["token", "pdf", "ofd", "code"]
    state: Literal["valid", "invalid", "unknown"]
    integrity: AnswerShown
    status: AnswerShown
    issuer: AnswerShown
    marking: AnswerShown | None = None
    status_age_s: int | None
    shown: dict[str, Any]
    differing: list[str]
    unproved: list[str]


def verifications_router(verifier: Verifier, limits: CallerLimits, uploads: Uploads) -> APIRouter:
    """The body is the thing itself; its first bytes say what it is."""
    router = APIRouter(tags=["public"])

    @router.post(VERIFICATIONS_PATH, openapi_extra=_BODY)
    async def verify(request: Request) -> VerificationShown:
        """Three answers, also for what is forged. Refused is only what cannot be looked at."""
        address = request.client.host if request.client else ""
        limits.take(address)
        async with uploads.read(request.stream(), address=address) as content:
            return _shown(await verify_presented(verifier, content))

    return router


def _shown(found: Verification) -> VerificationShown:
    age = found.status_age
    return VerificationShown(
        kind=found.kind,
        state=found.state,
        **{name: _answer(answer) for name, answer in found.answers},
        status_age_s=int(age.total_seconds()) if age is not None else None,
        shown=_plain(found.shown),
        differing=list(found.differing),
        unproved=list(found.unproved),
    )


def _answer(answer: Answer) -> AnswerShown:
    reason = reasons()[answer.code]
    return AnswerShown(
        state=answer.state,
        code=answer.code,
        detail=answer.detail,
        title=reason.en,
        title_zh=reason.zh,
        next_step=reason.next_en,
        next_step_zh=reason.next_zh,
    )


def _plain(shown: Mapping[str, object]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date | datetime) else value
        for name, value in shown.items()
    }
