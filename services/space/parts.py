"""What `app.py` puts together, where it would be too long: registry, archive, log, cases, loops."""

import asyncio
import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.kernel.clock import Clock
from services.kernel.errors import Refusal, Unavailable
from services.kernel.keys.rings import FileRing
from services.kernel.keys.secrets import read_key
from services.kernel.keys.vault import Vault
from services.kernel.log.kept import KeptLog
from services.kernel.outbox.aggregates import Aggregates
from services.kernel.process.engines import Engines
from services.kernel.store.documents import Documents
from services.kernel.store.lease import Lease
from services.space.domain import Cards, Item, ItemInvalid, Shelf
from services.space.handlers import Archive, CaseRoom, Doubts, Keeping, Space, Trail
from services.space.ports import Accesses, Names
from services.space.registry import read_cards, read_items
from services.space.settings import SpaceSettings
from services.space.store import (
    AccessStore,
    CaseStore,
    EntryStore,
    FileStore,
    HistoryStore,
    NameStore,
    TypeStore,
    UploadStore,
)
from services.space.transparency import KeptAccessLog

log = logging.getLogger("yima.space")

PUBLISH_PAUSE_S = 1.0
TIDY_EVERY_S = 60.0
LEASE_S = 120
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Custody:
    """What is kept under holders' keys, and the log that proves it; `ring` signs the log's heads."""

    vault: Vault
    ring: FileRing
    log: KeptLog


def custody(settings: SpaceSettings, engines: Engines) -> Custody:
    """Read the two secrets."""
    documents, folder = engines.documents, settings.secrets_dir / "space"
    vault, ring = Vault(documents, read_key(folder / "master.key")), FileRing(folder / "log.jwks")
    log = KeptLog(documents, engines.clock, vault, ring, name=settings.log_name, chance=secrets.token_bytes)
    return Custody(vault=vault, ring=ring, log=log)


def trail(held: Custody, engines: Engines, accesses: Accesses, names: Names) -> Trail:
    """The records as something that can be proved."""
    log = KeptAccessLog(held.log)
    return Trail(accesses=accesses, log=log, names=names, clock=engines.clock)


def case_room(held: Custody, engines: Engines, kept: Aggregates, trail: Trail, archive: Archive) -> CaseRoom:
    """Disputes and requests for correction; `kept` are the cases."""
    cases = CaseStore(engines.documents, kept, held.vault)
    return CaseRoom(cases=cases, trail=trail, archive=archive, clock=engines.clock)


def declared_in(settings: SpaceSettings, space: Space) -> list[Item]:
    """Give the items of the files, and that of each concession; one code stands for one item."""
    items = [*read_items(settings.items_dir), *(one.as_item() for one in space.concessions.all())]
    codes = [one.item for one in items]
    if twice := {code for code in codes if codes.count(code) > 1}:
        raise ItemInvalid(f"{', '.join(sorted(twice))} is an item's and a concession's")
    return items


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What archive and uploads share; `master`: the service's key."""

    documents: Documents
    aggregates: Aggregates
    vault: Vault
    master: bytes
    clock: Clock
    entries: EntryStore
    histories: HistoryStore
    doubts: Doubts

    def archive(self, cards: Cards, accesses: AccessStore) -> Archive:
        """Put a holder's own look together."""
        return Archive(
            doubts=self.doubts,
            entries=self.entries,
            accesses=accesses,
            histories=self.histories,
            names=NameStore(self.documents),
            types=TypeStore(self.documents),
            cards=cards,
            clock=self.clock,
        )

    def keeping(self, cards: Cards, settings: SpaceSettings) -> Keeping:
        """Put what holders keep together."""
        files = FileStore(self.documents)
        return Keeping(
            uploads=UploadStore(self.documents, self.aggregates, self.vault, files, self.clock),
            entries=self.entries,
            names=NameStore(self.documents),
            doubts=self.doubts,
            cards=cards,
            digest=_digest(self.master),
            quota=Shelf(count=settings.uploads, size=settings.uploads_mb * _MB),
            clock=self.clock,
        )

    def both(self, settings: SpaceSettings, accesses: AccessStore) -> tuple[Archive, Keeping]:
        """Read the files of the cards once, and put both together."""
        cards = read_cards(settings.cards_dir)
        return self.archive(cards, accesses), self.keeping(cards, settings)


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


async def tidy_for_ever(space: Space, lease: Lease) -> None:
    """Nobody waits for it: a loose file takes room, and nobody can read it."""
    while True:
        try:
            if await lease.hold("loose-files", seconds=LEASE_S) and (loose := await space.keeping.tidy()):
                log.info("loose files were looked after", extra={"files": loose})
        except Refusal as error:
            log.warning("loose files wait", extra={"reason": error.code})
        await asyncio.sleep(TIDY_EVERY_S)


def _digest(master: bytes) -> Callable[[str, bytes], str]:
    """With a key of its own, made from the service's: what is kept tells nobody which file it was."""
    key = hmac.digest(master, b"space/uploads/digest", "sha256")

    def digest(holder_id: str, content: bytes) -> str:
        return hmac.digest(key, f"{holder_id}:".encode() + content, "sha256").hex()[:32]

    return digest
