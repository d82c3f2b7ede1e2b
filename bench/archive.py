"""The space of an enterprise group: certificates applied in bulk beside the bare engine, then its pages."""

import json
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from bench.figures import Aim, Figure, spread
from deploy.secrets import make_secrets
from services.kernel.event import Heard
from services.kernel.keys.rings import FileRing
from services.kernel.keys.sealing import Sealer
from services.kernel.keys.secrets import read_public_jwks
from services.kernel.process.engines import real_engines
from services.kernel.store.documents import Collection
from services.kernel.store.mongo import MongoDocuments
from services.kernel.stream.freshness import Freshness
from services.kernel.stream.memory_bus import MemoryBus
from services.space.app import build, make_space
from services.space.domain import Wanted
from services.space.events import CertificateIssued, HolderRegistered
from services.space.handlers import Space
from services.space.parts import custody
from services.space.settings import SpaceSettings
from services.space.store import ENTRIES, VERSIONS

AIM_RATE = 0.5
AIM_PAGE_P99 = Aim(100)
TOGETHER = 100
PAGE = 50
_GROUP = "G57CGLK2EIP5SGLF5RTEQFEWAJ"
_TYPES = [f"11100000MB9999900G90{number}" for number in range(1, 9)]
_AT = datetime(2026, 3, 9, tzinfo=UTC)

Written = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Group:
    """space without its doors, over the real store."""

    space: Space
    seal: Sealer
    database: AsyncDatabase[Written]


async def measure(url: str, *, entries: int) -> list[Figure]:
    """Fill the space by turns of ours and bare; then read pages through the whole of it."""
    async with _group(url) as group:
        await group.space.doubts.hear_holders([_heard(_registered())])
        ours, bare = await _fill(group, entries)
        pages = entries // PAGE
        whole = await _pages(group, Wanted(), pages)
        card = await _pages(group, Wanted(card="licences"), pages)
    name, rate = f"a page of {PAGE} of {entries} entries", entries / bare
    applied = Figure(
        name=f"entries applied by {TOGETHER}",
        value=entries / ours,
        unit="/s",
        aim=Aim(AIM_RATE * rate, ">="),
        bare=rate,
        beside="insert_many of the same entries and versions",
    )
    return [
        applied,
        *spread(name, whole, p99=AIM_PAGE_P99),
        *spread(f"{name}, of a card of {len(_TYPES)} types", card),
    ]


async def _fill(group: _Group, entries: int) -> tuple[float, float]:
    ours = bare = 0.0
    for start in range(0, entries, TOGETHER):
        events = [_heard(_issued(group.seal, number)) for number in range(start, start + TOGETHER)]
        begun = time.perf_counter()
        await group.space.arrivals.add_entries(events)
        ours += time.perf_counter() - begun
        ids = [one.event.certificate_id for one in events]
        for kept, key in ((ENTRIES, "_id"), (VERSIONS, "entry_id")):
            documents = await group.database[kept.name].find({key: {"$in": ids}}).to_list(None)
            begun = time.perf_counter()
            await group.database[_bare(kept).name].insert_many(documents, ordered=False)
            bare += time.perf_counter() - begun
    return ours, bare


async def _pages(group: _Group, wanted: Wanted, count: int) -> list[float]:
    """From the newest to the oldest, and again."""
    took, before = list[float](), None
    for _ in range(count):
        begun = time.perf_counter()
        page = await group.space.archive.entries_of([_GROUP], wanted, before=before, limit=PAGE)
        took.append((time.perf_counter() - begun) * 1000)
        before = page.next
    return took


@asynccontextmanager
async def _group(url: str) -> AsyncIterator[_Group]:
    database = f"bench_space_{uuid4().hex}"
    documents = MongoDocuments(url, database)
    with tempfile.TemporaryDirectory() as folder:
        make_secrets(Path(folder))
        settings = SpaceSettings(secrets_dir=Path(folder))
        engines = replace(real_engines("space", settings), documents=documents, bus=MemoryBus())
        service, ring = build(settings, engines), FileRing(Path(folder) / "space" / "tickets.jwks")
        space = make_space(
            settings,
            engines,
            service.relay,
            engines.checker(settings),
            ring,
            Freshness(engines.tail),
            custody(settings, engines),
        )
        await documents.prepare([*service.collections, _bare(ENTRIES), _bare(VERSIONS)])
        seal = Sealer(read_public_jwks(Path(folder) / "sealing.jwks"))
        async with AsyncMongoClient[Written](url) as client:
            yield _Group(space, seal, client[database])
    documents.close()


def _bare(kept: Collection) -> Collection:
    return Collection(name=f"bare_{kept.name}", indexes=kept.indexes)


def _registered() -> HolderRegistered:
    return HolderRegistered(holder_id=_GROUP, version=1, kind="organisation", name_hash=None)


def _issued(seal: Sealer, number: int) -> CertificateIssued:
    content = {
        "identifier": f"1.2.156.3005.2.{number}",
        "name": "食品经营许可证",
        "authority_name": "郧西县市场监督管理局",
        "holder_name": "郧西县测试连锁集团",
        "credential": "header.payload.signature~" * 40,
    }
    plain = json.dumps(content).encode()
    place: dict[str, Any] = {"event_type": CertificateIssued.type, "holder_id": _GROUP, "version": 1}
    return CertificateIssued(
        certificate_id=f"{number:032x}",
        version=1,
        holder_id=_GROUP,
        certificate_type=_TYPES[number % len(_TYPES)],
        state="valid",
        authority="11420322YM0000002G",
        issued_at=_AT,
        valid_to=date(2031, 2, 28),
        sealed=seal.seal("space", plain, **place),
    )


def _heard(event: Any) -> Heard[Any]:  # noqa: ANN401 - of either kind
    return Heard(id=uuid4().hex, type=event.type, source="bench", subject=_GROUP, time=_AT, event=event)
