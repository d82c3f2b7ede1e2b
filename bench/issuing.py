"""Certificates issued, one by one and in bulk, beside the engine that takes the same documents."""

import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection

from bench.figures import Aim, Figure
from bench.holders import approval, holder
from deploy.local.sample.authorities import DATA_BUREAU, MARKET_REGULATION
from deploy.secrets import make_secrets
from services.certs.app import COLLECTIONS, assemble
from services.certs.domain import Approval
from services.certs.events import OrganisationRegistered, SourceFor
from services.certs.handlers import Accepted, Desk, accept_approvals, mirror_organisations
from services.certs.imports.importer import BATCH
from services.certs.settings import CertsSettings
from services.certs.store import CERTIFICATES
from services.kernel.process.engines import real_engines
from services.kernel.store.documents import Collection
from services.kernel.store.mongo import MongoDocuments
from services.kernel.stream.memory_bus import MemoryBus

AIM = 0.5
_TURNS = 10
# Five certificates to two holders, as in the file.
_A_HOLDER = 2.5

Written = dict[str, Any]


@dataclass(slots=True)
class _Took:
    """Seconds over all turns."""

    ours: float = 0.0
    bare: float = 0.0


@dataclass(frozen=True, slots=True)
class _Office:
    """certs without its doors: the handler over the real store; what it has to say waits in its outboxes."""

    desk: Desk
    kept: AsyncCollection[Written]
    bare: AsyncCollection[Written]
    issued: list[str] = field(default_factory=list)

    async def issue(self, approvals: Sequence[Approval]) -> None:
        for outcome in await accept_approvals(self.desk, approvals, sender=DATA_BUREAU.code):
            if not isinstance(outcome, Accepted) or not outcome.new:
                raise ValueError(f"an approval of the sample came to {outcome!r}; needed: a new certificate")
            self.issued.append(outcome.certificate_id)


async def measure(url: str, *, count: int) -> list[Figure]:
    """By turns of ours and bare, so that whatever else the machine does meets both alike."""
    async with _office(url) as office:
        await _both(office, 0, BATCH, together=1)  # the authority's key, the catalogue, connections
        single = await _both(office, BATCH, count // 5, together=1)
        bulk = await _both(office, 2 * count, count, together=BATCH)
    return [
        _figure("certificates issued one by one", count // 5, single, "insert_one of the same documents"),
        _figure(f"certificates issued by {BATCH}", count, bulk, "insert_many of the same documents"),
    ]


def _figure(name: str, count: int, took: _Took, beside: str) -> Figure:
    bare = count / took.bare
    aim = Aim(AIM * bare, ">=")
    return Figure(name=name, value=count / took.ours, unit="/s", aim=aim, bare=bare, beside=beside)


async def _both(office: _Office, first: int, count: int, *, together: int) -> _Took:
    took = _Took()
    each = max(count // _TURNS, together)
    for start in range(first, first + count, each):
        approvals = [_approval(serial) for serial in range(start, start + each)]
        begun = time.perf_counter()
        for place in range(0, each, together):
            await office.issue(approvals[place : place + together])
        took.ours += time.perf_counter() - begun
        documents = await office.kept.find({"_id": {"$in": office.issued[-each:]}}).to_list(None)
        begun = time.perf_counter()
        for place in range(0, each, together):
            await _insert(office.bare, documents[place : place + together])
        took.bare += time.perf_counter() - begun
    return took


async def _insert(bare: AsyncCollection[Written], documents: Sequence[Written]) -> None:
    if len(documents) == 1:
        await bare.insert_one(documents[0])
    else:
        await bare.insert_many(documents, ordered=False)


@asynccontextmanager
async def _office(url: str) -> AsyncIterator[_Office]:
    database = f"bench_issuing_{uuid4().hex}"
    documents = MongoDocuments(url, database)
    with tempfile.TemporaryDirectory() as folder:
        make_secrets(Path(folder))
        settings = CertsSettings(secrets_dir=Path(folder))
        engines = replace(real_engines("certs", settings), documents=documents, bus=MemoryBus())
        desk = assemble(settings, engines).desk
        bare = Collection(name="bare", indexes=CERTIFICATES.indexes)
        await documents.prepare([*COLLECTIONS, bare])
        await mirror_organisations(desk.organisations, [await _source(desk)])
        async with AsyncMongoClient[Written](url) as client:
            there = client[database]
            yield _Office(desk, there[CERTIFICATES.name], there[bare.name])
    documents.close()


async def _source(desk: Desk) -> OrganisationRegistered:
    kind = (await desk.types.catalogue()).find(None, approval(0, holder(0))["certificate_name"])
    codes = (kind.certificate_type,)
    return OrganisationRegistered(
        organisation=DATA_BUREAU.code,
        version=1,
        certificate_types=(),
        source_for=(SourceFor(authority=MARKET_REGULATION.code, certificate_types=codes),),
        items=(),
    )


def _approval(serial: int) -> Approval:
    return msgspec.convert(approval(serial, holder(int(serial / _A_HOLDER))), Approval)
