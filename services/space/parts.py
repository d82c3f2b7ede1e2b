"""What `app.py` puts together, where it would be too long: the archive, and loops."""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.kernel.clock import Clock
from services.kernel.errors import Refusal, Unavailable
from services.kernel.keys.vault import Vault
from services.kernel.outbox.aggregates import Aggregates
from services.kernel.store.documents import Documents
from services.kernel.store.lease import Lease
from services.space.domain import Cards, Item, Shelf
from services.space.handlers import Archive, Doubts, Keeping, Space
from services.space.registry import read_cards
from services.space.settings import SpaceSettings
from services.space.store import (
    AccessStore,
    EntryStore,
    FileStore,
    HistoryStore,
    NameStore,
    TypeStore,
    UploadStore,
)

log = logging.getLogger("yima.space")

PUBLISH_PAUSE_S = 1.0
TIDY_EVERY_S = 60.0
LEASE_S = 120
_MB = 1024 * 1024


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
