"""The printed code of an enterprise, and the public page behind it."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel

from services.identity.domain.faces import FACE_PATH
from services.identity.handlers import faces
from services.identity.ports import World
from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard

_MEDIA = {"png": "image/png", "pdf": "application/pdf"}
# A dissolution is seen by everybody within a minute.
_PUBLIC = "public, max-age=60"


class LicenceShown(BaseModel):
    """`valid_to` null: 长期."""

    name: str
    authority: str
    valid_to: date | None
    state: str


class FaceShown(BaseModel):
    """What the register of enterprises publishes, and nothing else."""

    name: str
    code: str
    status: Literal["active", "dissolved"]
    licences: list[LicenceShown]


class AddressShown(BaseModel):
    url: str


def router(world: World, guard: Guard) -> APIRouter:
    """Open to everybody, but for the enterprise's own side."""
    routes = APIRouter(tags=["enterprise codes"])
    resident = guard.resident()

    @routes.get(FACE_PATH + "{face_id}")
    async def show_face(face_id: Annotated[str, Path(max_length=64)], response: Response) -> FaceShown:
        face = await faces.show_face(world, face_id)
        response.headers["Cache-Control"] = _PUBLIC
        return FaceShown(
            name=face.name,
            code=face.code,
            status=face.status,
            licences=[
                LicenceShown(name=one.name, authority=one.authority, valid_to=one.valid_to, state=one.state)
                for one in face.licences
            ],
        )

    @routes.get("/v1/me/enterprise-code")
    async def show_address(caller: Annotated[Caller, Depends(resident)]) -> AddressShown:
        """The same for life, so that what hangs on a wall stays good."""
        return AddressShown(url=await faces.enterprise_code(world, caller))

    @routes.get("/v1/me/enterprise-code/poster", response_class=Response)
    async def draw_poster(
        caller: Annotated[Caller, Depends(resident)],
        form: Annotated[Literal["png", "pdf"], Query()] = "png",
    ) -> Response:
        """For printing."""
        return Response(await faces.enterprise_poster(world, caller, form), media_type=_MEDIA[form])

    return routes
