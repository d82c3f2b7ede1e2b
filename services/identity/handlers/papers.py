"""Paper codes: printed, shown at a counter, taken back."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.identity.domain.holders import HolderUnknown, is_under_14
from services.identity.domain.logins import GuardianNeeded
from services.identity.domain.organisations import clean_name
from services.identity.domain.papers import (
    PAPER_PATH,
    USES,
    Paper,
    PaperCodeUnknown,
    PaperForPersons,
    PaperState,
    check_last_four,
    paper_id_of,
    secret_from,
    secret_in,
)
from services.identity.handlers.documents import ids_of, registered
from services.identity.handlers.holders import register_holder
from services.identity.handlers.staff import operator_at_work
from services.identity.handlers.taking_back import revoke_papers_of
from services.identity.ports import World
from services.kernel.again import decide_again
from services.kernel.clock import SHANGHAI, civil_date
from services.kernel.holders import HolderId, canonical_name, check_number, kind_of, mask_name
from services.kernel.keys.tokens import Caller

log = logging.getLogger("yima.identity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """For the printer, once: the address is not kept."""

    paper: Paper
    url: str
    sheet: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperSeen:
    """As its holder sees it."""

    paper: Paper
    state: PaperState
    uses_left: int


async def present(world: World, text: str, last_four: str | None, *, to: str) -> Paper | None:
    """Give the paper code that was shown `to` this operator; None for a text that is none of ours.

    A guess counts before anybody is told how it went: of those who race with one version, one is answered.
    """
    secret = secret_in(text, world.public_url)
    if secret is None:
        return None

    async def guess() -> Paper:
        paper = await world.papers.find(paper_id_of(secret))
        if paper is None:
            raise PaperCodeUnknown("no paper code has this address")
        paper.check_alive(at=world.clock.now())
        said = check_last_four(last_four)
        holder = await world.holders.find(paper.holder_id)
        if holder is None:
            raise HolderUnknown("the holder of this code is not registered any more")
        after, wrong = paper.tried(said, holder.number)
        await world.papers.change(after)
        if wrong:
            raise wrong
        named = _named(world, after.paper_id, holder.name)
        if named != after.named:
            _note(after, operator=to)
        after.check_named(named)
        return after

    return await decide_again(guess)


async def print_paper(
    world: World, caller: Caller, *, id_type: str, id_number: str, name: str, checked: str
) -> Printed:
    """For a person whose papers a registrar has seen; an earlier paper code of the document ends."""
    operator = await operator_at_work(world, caller, "registrar")
    await world.limits.take("lookup", operator.operator_id)
    if kind_of(id_type) != "person":
        raise PaperForPersons("a paper code is for a person")
    holder = await register_holder(world, id_type=id_type, id_number=id_number, name=name)
    now = world.clock.now()
    documents = await registered(world, await ids_of(world, holder.holder_id))
    if any(is_under_14(one, today=civil_date(now)) for one in (holder, *documents)):
        raise GuardianNeeded("under 14 a guardian shows the code")
    (await world.standings.find(holder.holder_id)).check_active()
    said = clean_name(name)
    earlier = await world.papers.of(holder.holder_id)
    if not holder.is_called(said):  # under another name nobody ends the holder's own
        earlier = [one for one in earlier if one.named == _named(world, one.paper_id, said)]
    await revoke_papers_of(world, earlier)
    secret = secret_from(world.new_secret())
    paper = Paper(
        paper_id=paper_id_of(secret),
        holder_id=holder.holder_id,
        named=_named(world, paper_id_of(secret), said),
        printed_by=operator.operator_id,
        organisation=operator.organisation,
        checked=checked,
        printed_at=now,
        expires_at=now.replace(microsecond=0) + world.lifetimes.paper,
    )
    await world.papers.add(paper)
    if not holder.is_called(said):
        _note(paper, operator=operator.operator_id)
    url = f"{world.public_url}{PAPER_PATH}{secret}"
    lines = _lines(said, paper.expires_at)
    # Drawing takes some hundredths of a second: others are served meanwhile.
    sheet = await asyncio.to_thread(world.drawing.sheet, url, lines=lines, form="png")
    return Printed(paper=paper, url=url, sheet=sheet)


def _lines(name: str, expires_at: datetime) -> tuple[str, ...]:
    until = expires_at.astimezone(SHANGHAI)
    return (
        mask_name(name, "person"),
        f"有效期至{until:%Y}年{until:%m}月{until:%d}日{until:%H:%M}，最多使用{USES}次",
        "到窗口出示，并说出本人证件号码的后四位",
        "遗失请到任一窗口作废",
    )


async def list_papers(world: World, caller: Caller) -> Sequence[PaperSeen]:
    """Those of all documents of the caller, or of who the caller acts for; newest first."""
    papers: list[Paper] = []
    names: dict[HolderId, str] = {}
    for holder_id in await ids_of(world, HolderId(caller.subject)):
        papers += await world.papers.of(holder_id)
        holder = await world.holders.find(holder_id)
        names[holder_id] = holder.name if holder else ""
    uses = await world.scans.find_many([scan_id for paper in papers for scan_id in paper.scan_ids])
    now, seen = world.clock.now(), []
    for paper in sorted(papers, key=lambda one: one.printed_at, reverse=True):
        used = sum(scan_id in uses for scan_id in paper.scan_ids)
        named = _named(world, paper.paper_id, names[paper.holder_id])
        state = paper.state_at(now, used=used, named=named)
        seen.append(PaperSeen(paper=paper, state=state, uses_left=USES - used))
    return seen


async def revoke_paper(world: World, caller: Caller, paper_id: str) -> None:
    """By its holder; harmless when repeated. Another's looks like none."""
    paper = await world.papers.find(paper_id)
    if paper is None or paper.holder_id not in await ids_of(world, HolderId(caller.subject)):
        raise PaperCodeUnknown("no such paper code of yours")
    await revoke_papers_of(world, [paper])


async def revoke_papers(world: World, caller: Caller, *, id_type: str, id_number: str) -> None:
    """By a registrar, of whoever has lost one; of a number that nobody has, all none of them."""
    operator = await operator_at_work(world, caller, "registrar")
    await world.limits.take("lookup", operator.operator_id)
    number = check_number(id_type, id_number, today=civil_date(world.clock.now()))
    await revoke_papers_of(world, await world.papers.of(world.name_holder(id_type, number)))


def _named(world: World, paper_id: str, name: str) -> str:
    """With the paper's id in it, so that of two papers nobody sees that one name stands on both."""
    return world.name_holder(f"name:{paper_id}", canonical_name(name))


def _note(paper: Paper, *, operator: str) -> None:
    """For review, without name and number."""
    facts = {"paper_id": paper.paper_id, "operator": operator}
    log.warning("a paper code under another name", extra=facts)
