"""What app.py puts together where it would be too long: the registry, the log of accesses, cases."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.kernel.errors import Unavailable
from services.kernel.keys.rings import FileRing
from services.kernel.keys.secrets import read_key
from services.kernel.keys.vault import Vault
from services.kernel.log.kept import KeptLog
from services.kernel.outbox.aggregates import Aggregates
from services.kernel.process.engines import Engines
from services.space.domain import Item, ItemInvalid
from services.space.handlers import Archive, CaseRoom, Space, Trail
from services.space.ports import Accesses, Names
from services.space.registry import read_items
from services.space.settings import SpaceSettings
from services.space.store import CaseStore
from services.space.transparency import KeptAccessLog

log = logging.getLogger("yima.space")

PUBLISH_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What is kept under holders' keys, and the log that proves it; `ring` signs the log's heads."""

    vault: Vault
    ring: FileRing
    log: KeptLog


def keeping(settings: SpaceSettings, engines: Engines) -> Keeping:
    """Read the two secrets."""
    documents, folder = engines.documents, settings.secrets_dir / "space"
    vault, ring = Vault(documents, read_key(folder / "master.key")), FileRing(folder / "log.jwks")
    log = KeptLog(documents, engines.clock, vault, ring, name=settings.log_name, chance=secrets.token_bytes)
    return Keeping(vault=vault, ring=ring, log=log)


def trail(keeping: Keeping, engines: Engines, accesses: Accesses, names: Names) -> Trail:
    """The records as something that can be proved."""
    log = KeptAccessLog(keeping.log)
    return Trail(accesses=accesses, log=log, names=names, clock=engines.clock)


def case_room(
    keeping: Keeping, engines: Engines, kept: Aggregates, trail: Trail, archive: Archive
) -> CaseRoom:
    """Disputes and requests for correction; `kept` are the cases."""
    cases = CaseStore(engines.documents, kept, keeping.vault)
    return CaseRoom(cases=cases, trail=trail, archive=archive, clock=engines.clock)


def declared_in(settings: SpaceSettings, space: Space) -> list[Item]:
    """Give the items of the files, and that of each concession; one code stands for one item."""
    items = [*read_items(settings.items_dir), *(one.as_item() for one in space.concessions.all())]
    codes = [one.item for one in items]
    if twice := {code for code in codes if codes.count(code) > 1}:
        raise ItemInvalid(f"{', '.join(sorted(twice))} is an item's and a concession's")
    return items


def publishing(space: Space, declared: Sequence[Item]) -> Callable[[], Awaitable[None]]:
    """Bring the registry up to the files once, however long the database is away."""

    async def publish() -> None:
        while True:
            try:
                await space.registry.publish(declared)
                break
            except Unavailable as error:  # Stale too: another process of ours was publishing
                log.warning("waiting to publish the items", extra={"reason": error.code})
                await asyncio.sleep(PUBLISH_PAUSE_S)
        log.info("items stand", extra={"items": len(declared)})
        await asyncio.Event().wait()  # a loop that ends is begun again

    return publish
