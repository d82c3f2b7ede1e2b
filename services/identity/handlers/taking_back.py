"""Taking back what was printed."""

from collections.abc import Iterable
from functools import partial

from services.identity.domain.papers import Paper
from services.identity.ports import World
from services.kernel.again import decide_again


async def revoke_papers_of(world: World, papers: Iterable[Paper]) -> None:
    """Each for good; harmless when repeated."""
    for paper in papers:
        await decide_again(partial(_revoke, world, paper.paper_id))


async def _revoke(world: World, paper_id: str) -> None:
    found = await world.papers.find(paper_id)
    if found and (after := found.revoked(at=world.clock.now())):
        await world.papers.change(after)
