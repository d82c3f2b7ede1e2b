"""Certificate types: for everybody to read, for an administrator of the platform to publish."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from services.certs.domain import CertificateType
from services.certs.handlers import find_type, put_type
from services.certs.ports import Types
from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard

_MOST = 2**31 - 1
# A type changes seldom: five minutes late is soon enough for a list, and not for whoever changes one.
_LISTED = {"Cache-Control": "public, max-age=300"}
_AS_IT_STANDS = {"Cache-Control": "no-cache"}
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


class TypeSaid(BaseModel):
    """The whole definition, not a change of it; its keys are in docs/add-a-type.md.

    `version`: the one that was read, 0 where nothing was; a PUT over another one is refused. Left out: it is
    not compared.
    """

    model_config = ConfigDict(extra="allow")

    version: Annotated[int | None, Field(ge=0, le=_MOST)] = None


def types_router(types: Types, guard: Guard) -> APIRouter:
    """By code."""
    router = APIRouter(tags=["certificate types"])

    @router.get("/v1/certificate-types")
    async def list_types() -> JSONResponse:
        catalogue = await types.catalogue()
        shown = [_shown(one) for one in catalogue.types.values()]
        return JSONResponse({"certificate_types": shown}, headers=_LISTED)

    @router.get("/v1/certificate-types/{certificate_type}")
    async def get_type(
        certificate_type: str, version: Annotated[int | None, Query(ge=1, le=_MOST)] = None
    ) -> JSONResponse:
        """As it stands, also by a code that it had before; with `version`: as this code was then."""
        found = await find_type(types, certificate_type, version=version)
        return JSONResponse(_shown(found), headers=_FOR_EVER if version else _AS_IT_STANDS)

    @router.put("/v1/certificate-types/{certificate_type}")
    async def put(
        certificate_type: str, said: TypeSaid, by: Annotated[Caller, Depends(guard.machine("admin"))]
    ) -> JSONResponse:
        """Publish it, or its next version; the same again changes nothing."""
        kept = await put_type(types, certificate_type, said.model_extra, by=by.client_id, read=said.version)
        return JSONResponse(_shown(kept), headers=_AS_IT_STANDS)

    return router


def _shown(one: CertificateType) -> dict[str, Any]:
    """What a PUT takes again."""
    return asdict(one)
