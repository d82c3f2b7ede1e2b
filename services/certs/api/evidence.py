"""Evidence from the transparency log, and the keys that it is checked with (docs/evidence.md)."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from services.certs.api.certificates import CertificateId
from services.certs.handlers import CopyRoom, show_evidence
from services.certs.ports import CertificateLog
from services.kernel.keys.tokens import Caller, Jwks
from services.kernel.web.guard import Guard

Version = Annotated[int | None, Query(ge=1, lt=2**31)]
# A signed head with the signatures of some witnesses.
OlderHead = Annotated[str | None, Query(min_length=1, max_length=4000)]
# What it says of somebody is theirs alone.
_PRIVATE = {"Cache-Control": "no-store"}
_PUBLIC = {"Cache-Control": "public, max-age=300"}


def evidence_router(room: CopyRoom, log: CertificateLog, keys: Callable[[], Jwks], guard: Guard) -> APIRouter:
    """By the certificate's id; `keys` are those of the log's heads, which may change while this serves."""
    router = APIRouter(tags=["log"])
    reader = guard.machine_or_resident("approvals:write")

    @router.get("/v1/certificates/{certificate_id}/evidence")
    async def show(
        certificate_id: CertificateId,
        caller: Annotated[Caller, Depends(reader)],
        version: Version = None,
        older: OlderHead = None,
    ) -> JSONResponse:
        """Of the change that led to `version`, by default the last; `older`: a signed head that was kept."""
        told = await show_evidence(room, log, certificate_id, version=version, older=older, caller=caller)
        return JSONResponse(dict(told), headers=_PRIVATE)

    @router.get("/v1/log/keys")
    async def log_keys() -> JSONResponse:
        return JSONResponse(dict(keys()), headers=_PUBLIC)

    return router
