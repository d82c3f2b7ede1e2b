"""The log of certs below HTTP: what a record says, two processes and deaths between any two writes."""

import json
import os
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from deploy.local.places import ROOT
from services.certs.domain import Fact, fact_ids, fact_of, token_digest
from services.certs.events import CertificateIssued, Representation, StatusChanged
from services.certs.handlers import log_facts
from services.certs.transparency import FactLog
from services.kernel.errors import Unavailable
from services.kernel.event import event_id
from services.kernel.keys.rings import HeldRing
from services.kernel.keys.vault import KEYS, Vault
from services.kernel.log.kept import LOG_COLLECTIONS, EvidenceNotReady, KeptLog
from services.kernel.log.leaves import LogDamaged
from services.kernel.log.sequencer import Sequencer
from services.kernel.log.waiting import BATCH
from services.kernel.store.documents import Collection, Document, Documents
from services.kernel.store.lease import LEASES, Lease
from services.kernel.store.memory import MemoryDocuments
from tests.kernel.log.lab import Broken, key_pair, stepped
from tests.kernel.things import HandClock

NAME = "yima.example/certs"
HOLDER, AUTHORITY = "J57CGLK2EIP5SGLF5RTEQFEWAJ", "11420322MB0A00002F"
NOON = datetime(2026, 3, 6, 4, 0, 0, 125_999, tzinfo=UTC)
ISSUED = CertificateIssued(
    certificate_id="9449c7f3a93cf0c55a675ddf1c83732d",
    version=1,
    holder_id=HOLDER,
    certificate_type="11420322MB0A00002F901",
    state="valid",
    authority=AUTHORITY,
    issued_at=NOON,
    valid_from=date(2026, 3, 6),
    sealed="sealed to space",
    represents=(Representation(holder_id="MZ4QK7XW2LD3TBVYH5RNC6GSPE", role="guardian"),),
    token_digest="ab" * 32,
)
REVOKED = StatusChanged(
    certificate_id=ISSUED.certificate_id,
    version=2,
    holder_id=HOLDER,
    certificate_type=ISSUED.certificate_type,
    state="revoked",
    change="revoke",
    changed_at=NOON,
    authority=AUTHORITY,
    issued_at=NOON,
    sealed="sealed to space",
)
SAID: list[tuple[str, CertificateIssued | StatusChanged]] = [
    (event_id(one, version=one.version), one) for one in (ISSUED, REVOKED)
]


class TestARecord:
    def test_is_one_text_of_sorted_names_without_what_has_no_value(self) -> None:
        assert fact_of("e-1", ISSUED).record == (
            '{"authority":"11420322MB0A00002F","certificate_id":"9449c7f3a93cf0c55a675ddf1c83732d",'
            '"certificate_type":"11420322MB0A00002F901","issued_at":"2026-03-06T04:00:00.125Z",'
            '"state":"valid","token_digest":"' + "ab" * 32 + '","type":"certs.certificate.issued.v1",'
            '"valid_from":"2026-03-06","version":1}'
        )

    def test_names_nobody(self) -> None:
        """Evidence leaves the platform, a derived id never does."""
        record = fact_of("e-1", ISSUED).record
        for secret in (HOLDER, ISSUED.represents[0].holder_id, ISSUED.sealed):
            assert secret not in record

    def test_of_a_change_says_which_and_when(self) -> None:
        said = json.loads(fact_of("e-2", REVOKED).record)
        assert (said["change"], said["changed_at"], said["version"]) == (
            "revoke",
            "2026-03-06T04:00:00.125Z",
            2,
        )

    def test_has_the_names_that_the_page_for_others_explains_and_no_more(self) -> None:
        page = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
        table = page.partition("## What the record")[2].partition("\n## ")[0]
        explained = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", table, re.MULTILINE))))
        whole = replace(
            REVOKED, valid_from=date(2026, 3, 6), valid_to=date(2031, 3, 5), token_digest="ab" * 32
        )
        assert set(json.loads(fact_of("e-2", whole).record)) == explained

    def test_of_an_event_from_before_the_digest_has_none(self) -> None:
        assert "token_digest" not in json.loads(fact_of("e-1", replace(ISSUED, token_digest=None)).record)

    def test_is_found_by_certificate_holder_and_version(self) -> None:
        for ce_id, one in SAID:
            assert ce_id in fact_ids(one.certificate_id, [HOLDER], version=one.version)
            assert ce_id not in fact_ids(one.certificate_id, [HOLDER], version=one.version + 1)
            assert ce_id not in fact_ids(one.certificate_id, ["A" * 26], version=one.version)


class TestATokensDigest:
    def test_is_the_same_whatever_a_presentation_discloses(self) -> None:
        signed = "eyJh.eyJi.c2ln"
        presentations = [signed, f"{signed}~", f"{signed}~WyJh~WyJi~", f"{signed}~WyJh~eyJr.eyJi.a2I"]
        assert len({token_digest(one) for one in presentations}) == 1

    def test_is_another_for_another_signature(self) -> None:
        assert token_digest("eyJh.eyJi.c2ln~") != token_digest("eyJh.eyJi.c2lo~")


class Process:
    """One process of certs, as far as the log goes, on a store that others have too."""

    def __init__(self, documents: Documents, ring: HeldRing, clock: HandClock) -> None:
        self.clock = clock
        vault = Vault(documents, b"m" * 32)
        self.kept = KeptLog(documents, clock, vault, ring, name=NAME, chance=os.urandom)
        self.log = FactLog(self.kept)
        self.sequencer: Sequencer = self.kept.sequencer(Lease(documents, clock))

    async def settle(self) -> None:
        while await stepped(self.sequencer):
            pass


Processes = Callable[[Documents], Process]


@pytest.fixture
async def documents() -> MemoryDocuments:
    opened = MemoryDocuments()
    await opened.prepare((*LOG_COLLECTIONS, KEYS, LEASES))
    return opened


@pytest.fixture
def process() -> Processes:
    ring, clock = HeldRing({"keys": [key_pair("log-1")]}), HandClock()
    return lambda documents: Process(documents, ring, clock)


async def ids_of(one: Process) -> list[str]:
    size = (await one.kept.tree.head()).size
    return [leaf.ce_id for leaf in await one.kept.tree.leaves(0, size)]


class TestWhatEvidenceIsOf:
    async def test_is_never_of_the_removal_of_a_wrong_holder(
        self, documents: MemoryDocuments, process: Processes
    ) -> None:
        """Which may be logged before what the right one was told of the same version."""
        one, right = process(documents), "A" * 26
        removed = replace(REVOKED, state="removed", change="correct")
        issued = replace(ISSUED, holder_id=right, version=2)
        ids = fact_ids(ISSUED.certificate_id, [right, HOLDER], version=2)
        await log_facts(one.log, [(event_id(removed, version=2), removed)])
        await one.settle()
        with pytest.raises(EvidenceNotReady):
            await one.log.evidence(ids, older=None)
        await log_facts(one.log, [(event_id(issued, version=2), issued)])
        await one.settle()
        told = await one.log.evidence(ids, older=None)
        assert json.loads(str(told["record"]))["type"] == ISSUED.type


class TestTwoProcesses:
    async def test_that_both_hear_make_one_leaf_of_each_event(
        self, documents: MemoryDocuments, process: Processes
    ) -> None:
        one, other = process(documents), process(documents)
        for teller in (one, other, one):
            await log_facts(teller.log, SAID)
        for worker in (one, other):
            await worker.settle()
        assert sorted(await ids_of(one)) == sorted(ce_id for ce_id, _ in SAID)

    @pytest.mark.parametrize("how", ["before", "after", "half"])
    @pytest.mark.parametrize("at", range(1, 8))
    async def test_of_which_one_dies_between_two_writes_lose_and_double_nothing(
        self, documents: MemoryDocuments, process: Processes, at: int, how: str
    ) -> None:
        """Killed at its n-th write while it hears or gives places; the events are heard again elsewhere."""
        store = Broken(documents, at=at, how=how)
        dying = process(store)
        with suppress(Unavailable):
            await log_facts(dying.log, SAID)
            await dying.settle()
        assert store.failed
        other = process(documents)
        await log_facts(other.log, SAID)
        await other.settle()
        assert sorted(await ids_of(other)) == sorted(ce_id for ce_id, _ in SAID)
        assert await other.kept.audit() == len(SAID)
        for ce_id, _ in SAID:
            assert (await other.log.evidence([ce_id], older=None))["salt"]


class TestTheHead:
    async def test_is_signed_again_before_many_leaves_more_stand_under_it(
        self, documents: MemoryDocuments, process: Processes
    ) -> None:
        """So under load too it is less than a second old: bench measures how long so many take."""
        one = process(documents)
        facts = [Fact(id=f"e-{n}", holder_id=f"h-{n % 7}", record="{}") for n in range(3 * BATCH)]
        for start in range(0, len(facts), 100):
            await one.log.add(facts[start : start + 100])
        sizes, update = [0], documents.update

        async def seen(*arguments: object, **named: object) -> bool:
            changes = named["changes"]
            if isinstance(changes, dict) and "size" in changes:
                sizes.append(changes["size"])
            return await update(*arguments, **named)  # type: ignore[arg-type] # passed on as it came

        documents.update = seen  # type: ignore[method-assign]
        await one.settle()
        assert sizes[-1] == len(facts)
        assert max(later - sooner for sooner, later in pairwise(sizes)) <= BATCH

    async def test_is_signed_every_second_on_a_machine_that_is_busy_too(
        self, documents: MemoryDocuments, process: Processes
    ) -> None:
        """Where a leaf takes 10 ms and not 0.1, fewer of them wait for the next head."""
        one = process(documents)
        await one.log.add([Fact(id=f"e-{n}", holder_id="h", record="{}") for n in range(4 * BATCH)])
        signed, update, insert = [one.clock.now()], documents.update, documents.insert_in_order

        async def slowly(collection: Collection, documents: Sequence[Document]) -> int:
            one.clock.pass_by(seconds=0.01 * len(documents))
            return await insert(collection, documents)

        async def seen(*arguments: Any, **named: Any) -> bool:
            if "size" in named["changes"]:
                signed.append(one.clock.now())
            return await update(*arguments, **named)

        documents.insert_in_order = slowly  # type: ignore[method-assign]
        documents.update = seen  # type: ignore[method-assign]
        await one.settle()
        assert (await one.kept.tree.head()).size == 4 * BATCH
        ages = [later - sooner for sooner, later in pairwise(signed)]
        assert max(ages[2:]) < timedelta(seconds=1)  # two are enough to notice

    async def test_is_signed_once_a_minute_where_nothing_happens(
        self, documents: MemoryDocuments, process: Processes
    ) -> None:
        one = process(documents)
        await one.settle()
        before = await one.kept.tree.head()
        one.clock.pass_by(seconds=61)
        await one.settle()
        assert (await one.kept.tree.head()).signed_at > before.signed_at


class TestEvidence:
    async def test_is_not_ready_before_there_is_a_head_nor_before_it_covers_the_leaf(
        self, documents: MemoryDocuments, process: Processes
    ) -> None:
        one = process(documents)
        ids = [SAID[0][0]]
        with pytest.raises(EvidenceNotReady, match="no signed head yet"):
            await one.log.evidence(ids, older=None)
        await one.settle()
        await log_facts(one.log, SAID)
        with pytest.raises(EvidenceNotReady, match="covers"):
            await one.log.evidence(ids, older=None)
        one.clock.pass_by(seconds=1)
        await one.settle()
        assert await one.log.evidence(ids, older=None)


class TestTheAudit:
    async def test_forgives_what_is_on_its_way_and_finds_what_stays(
        self, documents: MemoryDocuments, process: Processes
    ) -> None:
        one = process(documents)
        await log_facts(one.log, SAID)
        await one.settle()
        leaves = vars(documents)["_kept"]["log_leaves"]
        (first, *_) = leaves
        held, leaves[first] = leaves[first], leaves[first] | {"ce_id": "another"}
        with pytest.raises(LogDamaged):
            await one.kept.audit(pause_s=0)
        leaves[first] = held
        assert await one.kept.audit(pause_s=0) == len(SAID)
