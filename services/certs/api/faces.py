"""Faces of certificates as files: for holders, and for counters that pulled one."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query
from fastapi.responses import Response

from services.certs.domain.copy import MEDIA_TYPES, form_of
from services.certs.handlers import CopyRoom, copy_for_counter, copy_for_holder
from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard

# A picture is looked at and does nothing, whoever opens it by itself.
# As space calls it too: a certificate of several holders is an entry for each place.
EntryId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}(-[0-9]{1,4})?$")]
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox"


def faces_router(room: CopyRoom, guard: Guard) -> APIRouter:
    """`GET /v1/certificates/{certificate_id}/face`."""
    router = APIRouter(tags=["faces"])
    either = guard.resident_or_operator()
    files: dict[int | str, dict[str, Any]] = {
        200: {"content": {media_type: {} for media_type in MEDIA_TYPES.values()}}
    }

    @router.get("/v1/certificates/{certificate_id}/face", response_class=Response, responses=files)
    async def face(
        certificate_id: EntryId,
        caller: Annotated[Caller, Depends(either)],
        form: Annotated[str | None, Query(alias="format", max_length=10)] = None,
        accept: Annotated[str, Header(include_in_schema=False)] = "",
        pull_ticket: Annotated[str | None, Header(max_length=8192)] = None,
    ) -> Response:
        """Give the page as PDF (sealed), SVG, PNG or OFD.

        For its holder as it stands; for the operator who pulled it, with the `Pull-Ticket` of that pull, an
        annotated copy.
        """
        wanted, certificate_id = form_of(form, accept), certificate_id.partition("-")[0]
        if caller.kind == "resident":
            content = await copy_for_holder(room, certificate_id, wanted, caller=caller)
        else:
            content = await copy_for_counter(room, certificate_id, wanted, ticket=pull_ticket, caller=caller)
        headers = {
            "Content-Disposition": f'attachment; filename="{certificate_id}.{wanted}"',
            "Content-Security-Policy": _POLICY,
        }
        return Response(content, media_type=MEDIA_TYPES[wanted], headers=headers)

    return router
