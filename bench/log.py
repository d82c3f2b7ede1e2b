"""The transparency log under load, beside the engine that takes the same documents."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import pairwise
from uuid import uuid4

from joserfc.jwk import ECKey
from pymongo import AsyncMongoClient

from bench.figures import Aim, Figure
from services.kernel.clock import SystemClock
from services.kernel.keys.rings import HeldRing
from services.kernel.log.checkpoint import NoteSigner, checked
from services.kernel.log.leaves import HEADS, LEAVES
from services.kernel.log.sequencer import Sequencer
from services.kernel.log.tree import Tree
from services.kernel.log.waiting import BATCH, WAITING, Entry, Waiting
from services.kernel.store.lease import Lease
from services.kernel.store.mongo import MongoDocuments

# As a listener hands in what it heard together.
TOGETHER = 100
AIM_GAP_MS = Aim(1_000)
AIM_RATE = Aim(1_000, ">=")
_PROOFS = 200
_ORIGIN = "bench.example/log"


@dataclass(frozen=True, slots=True)
class Signed:
    """`documents` are what the log keeps of it; `moments` are when a head was signed, in seconds."""

    seconds: float
    moments: list[float]
    proofs: float
    documents: list[dict[str, object]]


async def measure(url: str, *, leaves: int) -> list[Figure]:
    """Hand in as fast as it goes while the sequencer works, until the last leaf is under a signed head."""
    signed = await _appended(url, leaves)
    bare = await _bare(url, signed.documents, unique="ce_id")
    plain = await _bare(url, signed.documents)
    gap = max(later - sooner for sooner, later in pairwise(signed.moments))
    name, beside = (
        f"{leaves} events -> leaves under a signed head",
        f"the same documents and index by {BATCH}",
    )
    return [
        Figure(name=name, value=leaves / signed.seconds, unit="/s", aim=AIM_RATE, bare=bare, beside=beside),
        Figure(name="bare: the same documents without their index", value=plain, unit="/s"),
        Figure(name="  of it the longest time between two signed heads", value=1000 * gap, aim=AIM_GAP_MS),
        Figure(name="inclusion proofs, one after the other", value=signed.proofs, unit="/s"),
    ]


async def _appended(url: str, leaves: int) -> Signed:
    documents, clock = MongoDocuments(url, f"bench_log_{uuid4().hex}"), SystemClock()
    await documents.prepare([LEAVES, HEADS, WAITING])
    moments: list[float] = []
    ring = HeldRing({"keys": [dict(ECKey.generate_key("P-256", {"kid": "bench"}).as_dict(private=True))]})
    check = partial(checked, origin=_ORIGIN, jwks=ring.published)
    sign, lease = _timed(ring, moments), Lease(documents, clock)
    sequencer = Sequencer(documents, lease, clock, origin=_ORIGIN, sign=sign, check=check)
    while await sequencer.step():  # from the beginning of time to now
        pass
    tree, entries = Tree(documents), [_entry(number) for number in range(leaves)]
    begun = time.perf_counter()
    moments[:] = [begun]
    working = asyncio.create_task(sequencer.run_forever())
    for start in range(0, leaves, TOGETHER):
        await Waiting(documents, clock).submit(entries[start : start + TOGETHER])
    while (await tree.head()).size < leaves:  # noqa: ASYNC110 - the store says so, and tells nobody
        await asyncio.sleep(0.02)
    seconds = time.perf_counter() - begun
    working.cancel()
    proofs = await _proofs(tree, [entries[number * leaves // _PROOFS].ce_id for number in range(_PROOFS)])
    kept = [leaf.document() for leaf in await tree.leaves(0, leaves)]
    documents.close()
    return Signed(seconds=seconds, moments=moments, proofs=proofs, documents=kept)


def _timed(ring: HeldRing, moments: list[float]) -> Callable[[bytes], str]:
    """A signer that notes when it signed."""
    signer = NoteSigner(ring, _ORIGIN)

    def sign(text: bytes) -> str:
        moments.append(time.perf_counter())
        return signer.sign(text)

    return sign


async def _proofs(tree: Tree, ce_ids: list[str]) -> float:
    """Found and proved a second."""
    begun = time.perf_counter()
    for one in ce_ids:
        await tree.inclusion(one)
    return len(ce_ids) / (time.perf_counter() - begun)


async def _bare(url: str, documents: list[dict[str, object]], *, unique: str = "") -> float:
    """Documents a second, into a collection of its own."""
    async with AsyncMongoClient[dict[str, object]](url) as client:
        collection = client["bench"][uuid4().hex]
        if unique:
            await collection.create_index(unique, unique=True)
        begun = time.perf_counter()
        for start in range(0, len(documents), BATCH):
            await collection.insert_many(documents[start : start + BATCH], ordered=True)
        return len(documents) / (time.perf_counter() - begun)


def _entry(number: int) -> Entry:
    hashed = sha256(str(number).encode())
    return Entry(ce_id=hashed.hexdigest()[:32], commitment=hashed.digest())
