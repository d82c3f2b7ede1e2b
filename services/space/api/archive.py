"""A holder's archive over HTTP: the list by card, one entry, what has become of it, and own uploads."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any, Literal
from urllib.parse import quote, unquote

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from services.kernel.keys.tokens import Caller
from services.kernel.web.idempotency import RequestKeys, made_id
from services.space.api.entries import (
    CardList,
    EntryPage,
    EntryShown,
    HistoryShown,
    TakenOut,
    WholeEntry,
    card,
    laid,
    version,
    whole,
)
from services.space.domain import MEDIA_TYPES, Offer, Wanted
from services.space.handlers import Space

Arrival = Annotated[str | None, Query(pattern=r"^[0-9a-f]{32}$")]
Limit = Annotated[int, Query(ge=1, le=100)]
CardName = Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="of `GET /v1/cards`")]
State = Annotated[str | None, Query(pattern=r"^[a-z_]{1,40}$", description="as it stands today")]
Days = Annotated[int | None, Query(ge=0, le=36_600, description="ends within so many days, and is valid")]
Words = Annotated[
    str | None,
    Query(
        min_length=1, max_length=100, description="in its name or its authority's; numbers are not searched"
    ),
]
Kind = Annotated[str, Query(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="of a card's `materials`")]
FileName = Annotated[str, Header(max_length=2_000, description="percent-encoded UTF-8; kept encrypted")]
Reader = Callable[..., Awaitable[Caller]]

UPLOADS = "/v1/uploads"
# The file, and nothing about it: what goes with it is in header and query.
UPLOAD_BYTES = 10 * 1024 * 1024
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILE = {"requestBody": {"required": True, "content": dict.fromkeys(MEDIA_TYPES, _BINARY)}}
_FILES: dict[int | str, dict[str, Any]] = {HTTPStatus.OK: {"content": dict.fromkeys(MEDIA_TYPES, _BINARY)}}


def add_archive(router: APIRouter, space: Space, reader: Reader) -> None:
    """Add what a holder reads."""
    resident = Depends(reader)

    @router.get("/cards")
    async def cards(caller: Annotated[Caller, resident]) -> CardList:
        """Show your cards: how much lies in each, and which kinds of material you may keep there."""
        counted = await space.archive.cards_of(caller.holder_ids)
        return CardList(cards=[card(one) for one in counted.cards], complete=counted.complete)

    @router.get("/entries")
    async def entries(
        caller: Annotated[Caller, resident],
        card: CardName = None,
        state: State = None,
        origin: Literal["certificate", "material", "upload"] | None = None,
        expires_within: Days = None,
        q: Words = None,
        before: Arrival = None,
        limit: Limit = 50,
    ) -> EntryPage:
        """List what is yours, newest first; `next` of one page is `before` of the following.

        In a space of thousands a filtered page may be short, or empty, and have a next one.
        """
        wanted = Wanted(card=card, state=state, origin=origin, expires_within=expires_within, q=q)
        page = await space.archive.entries_of(caller.holder_ids, wanted, before=before, limit=limit)
        return EntryPage(entries=[laid(one) for one in page.rows], next=page.next)

    @router.get("/entries/{entry_id}")
    async def entry(entry_id: str, caller: Annotated[Caller, resident]) -> WholeEntry:
        """Show one of your own, whole."""
        return whole(*await space.archive.entry_of(caller.holder_ids, entry_id))

    @router.get("/entries/{entry_id}/history")
    async def history(entry_id: str, caller: Annotated[Caller, resident]) -> HistoryShown:
        """Tell what has become of one of your own: each version, newest first, and the decision behind it."""
        found = await space.archive.history_of(caller.holder_ids, entry_id)
        return HistoryShown(versions=[version(one) for one in found])


def add_uploads(router: APIRouter, space: Space, reader: Reader, keys: RequestKeys) -> None:
    """Add what a holder keeps."""
    resident = Depends(reader)

    @router.post("/uploads", status_code=HTTPStatus.CREATED, openapi_extra=_FILE)
    async def upload(
        request: Request,
        caller: Annotated[Caller, resident],
        request_id: Annotated[str, Depends(made_id(keys, reader))],
        material: Kind,
        upload_name: FileName,
        content_type: Annotated[str, Header(include_in_schema=False)] = "",
    ) -> EntryShown:
        """Keep a file of your own (the body, 10 MB at most) in a card; the same file is kept once."""
        offer = Offer(
            material=material,
            file_name=unquote(upload_name),
            media_type=content_type,
            content=await request.body(),
        )
        kept = await space.keeping.keep(request_id, caller.subject, offer)
        return laid(await space.archive.laid(kept))

    @router.delete("/uploads")
    async def take_out_all(caller: Annotated[Caller, resident]) -> TakenOut:
        """Erase all that you brought, for good; what authorities issued stays."""
        return TakenOut(files=await space.keeping.take_out_all(caller.holder_ids))

    @router.delete("/entries/{entry_id}", status_code=HTTPStatus.NO_CONTENT)
    async def take_out(entry_id: str, caller: Annotated[Caller, resident]) -> None:
        """Take one that you brought out, for good."""
        await space.keeping.take_out(caller.holder_ids, entry_id)

    @router.get("/entries/{entry_id}/file", response_class=Response, responses=_FILES)
    async def file(entry_id: str, caller: Annotated[Caller, resident]) -> Response:
        """Give the file of one that you brought."""
        certificate, _ = await space.archive.entry_of(caller.holder_ids, entry_id)
        content = await space.keeping.file(certificate.entry)
        name = quote(str(certificate.content.fields.get("file_name", "")), safe="")
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        return Response(content, media_type=certificate.entry.media_type, headers=headers)
