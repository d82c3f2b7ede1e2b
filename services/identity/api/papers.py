"""Paper codes: counters print them, holders and counters take them back."""

from base64 import b64encode
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel

from services.identity.api.holders import Accepted, HolderSaid, IdNumber, IdType, Text
from services.identity.domain.papers import USES, PaperState
from services.identity.handlers import papers
from services.identity.ports import World
from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard

PaperId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


class PaperWanted(HolderSaid):
    """`checked`: which papers the registrar has seen."""

    checked: Text


class PaperLost(BaseModel):
    id_type: IdType
    id_number: IdNumber


class PaperPrinted(BaseModel):
    """Given once. `sheet`: a PNG as data URI."""

    paper_id: str
    url: str
    expires_at: datetime
    uses: int
    sheet: str


class PaperShown(BaseModel):
    paper_id: str
    state: PaperState
    organisation: str
    printed_at: datetime
    expires_at: datetime
    uses_left: int
    wrong_tries: int


class PapersShown(BaseModel):
    papers: list[PaperShown]


def _shown(seen: papers.PaperSeen) -> PaperShown:
    paper = seen.paper
    return PaperShown(
        paper_id=paper.paper_id,
        state=seen.state,
        organisation=paper.organisation,
        printed_at=paper.printed_at,
        expires_at=paper.expires_at,
        uses_left=seen.uses_left,
        wrong_tries=paper.wrong_tries,
    )


def router(world: World, guard: Guard) -> APIRouter:
    """Printing again under the registered name ends what was printed before: a lost answer costs a sheet.

    To be certain of a lost sheet, `:revoke` ends all of a document.
    """
    routes = APIRouter(tags=["paper codes"])
    operator, resident = guard.operator(), guard.resident()

    @routes.post("/v1/paper-codes")
    async def print_paper(
        said: PaperWanted, caller: Annotated[Caller, Depends(operator)], response: Response
    ) -> PaperPrinted:
        """Role registrar, for a person who stands there with the papers; registers the person if needed."""
        response.headers["Cache-Control"] = "no-store"
        printed = await papers.print_paper(world, caller, **said.model_dump())
        return PaperPrinted(
            paper_id=printed.paper.paper_id,
            url=printed.url,
            expires_at=printed.paper.expires_at,
            uses=USES,
            sheet=f"data:image/png;base64,{b64encode(printed.sheet).decode()}",
        )

    @routes.post("/v1/paper-codes:revoke")
    async def revoke_papers(said: PaperLost, caller: Annotated[Caller, Depends(operator)]) -> Accepted:
        """Role registrar, all of one document: by the answer nobody learns whether there was one."""
        await papers.revoke_papers(world, caller, id_type=said.id_type, id_number=said.id_number)
        return Accepted()

    @routes.get("/v1/me/paper-codes")
    async def list_papers(caller: Annotated[Caller, Depends(resident)]) -> PapersShown:
        """What was printed for the caller, newest first."""
        return PapersShown(papers=[_shown(one) for one in await papers.list_papers(world, caller)])

    @routes.delete("/v1/me/paper-codes/{paper_id}", status_code=204)
    async def revoke_paper(paper_id: PaperId, caller: Annotated[Caller, Depends(resident)]) -> None:
        await papers.revoke_paper(world, caller, paper_id)

    return routes
