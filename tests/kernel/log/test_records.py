"""What a leaf commits to: opened with the holder's key, told once, gone with the key."""

import os
from contextlib import suppress
from hashlib import sha256
from typing import Any

import pytest

from services.kernel.errors import Unavailable
from services.kernel.keys.vault import ContentErased, Vault
from services.kernel.log.leaves import HEADS, commitment
from services.kernel.log.merkle import verify_consistency
from services.kernel.log.records import RECORDS, Note, Records, evidence
from services.kernel.log.tree import LeafUnknown, SizeUnknown, Tree
from services.kernel.store.documents import Collection, Document
from tests.kernel.log.lab import Broken, Lab

RECORD = '{"certificate_id":"c-1","state":"valid","holder_name":"张晓禾"}'


def told(ce_id: str, record: str = RECORD, holder_id: str = "h") -> Note:
    return Note(ce_id=ce_id, holder_id=holder_id, record=record)


@pytest.fixture
def vault(lab: Lab) -> Vault:
    return Vault(lab.documents, b"m" * 32)


@pytest.fixture
def records(lab: Lab, vault: Vault) -> Records:
    return Records(lab.documents, vault, lab.waiting, os.urandom)


class TestRecords:
    async def test_are_in_the_log_as_a_commitment(self, lab: Lab, records: Records) -> None:
        await records.log([told("a"), told("b", holder_id="g")])
        await lab.settle()
        opened = await records.open("a")
        assert opened.record == RECORD
        assert (await lab.tree.leaf("a")).commitment == sha256(opened.salt + RECORD.encode()).digest()

    async def test_told_again_are_the_same_leaf(self, lab: Lab, records: Records) -> None:
        await records.log([told("a"), told("a")])
        first = await records.open("a")
        await records.log([told("a"), told("b")])
        await lab.settle()
        await records.log([told("a"), told("b"), told("c")])
        await lab.settle()
        assert await records.open("a") == first
        assert sorted(await lab.logged()) == ["a", "b", "c"]
        for name in "abc":
            opened = await records.open(name)
            leaf = await lab.tree.leaf(name)
            assert leaf.commitment == commitment(opened.salt, opened.record.encode())

    async def test_of_two_tellers_at_once_have_one_salt(
        self, lab: Lab, records: Records, vault: Vault
    ) -> None:
        """The other one kept its record between our look and our write."""
        other = Records(lab.documents, vault, lab.waiting, os.urandom)

        class Late(Records):
            async def _keep(self, notes: object, entries: object) -> frozenset[str]:
                await other.log([told("a")])
                return await super()._keep(notes, entries)  # type: ignore[arg-type] # passed on as it came

        await Late(lab.documents, vault, lab.waiting, os.urandom).log([told("a")])
        await lab.settle()
        opened = await records.open("a")
        leaf = await lab.tree.leaf("a")
        assert leaf.commitment == commitment(opened.salt, opened.record.encode())

    @pytest.mark.parametrize("how", ["before", "after"])
    async def test_survive_a_crash_at_each_write(self, lab: Lab, vault: Vault, how: str) -> None:
        for at in (1, 2, 3):
            broken = Broken(lab.documents, at=at, how=how)
            waiting = Lab(broken, lab.clock).waiting
            dying = Records(broken, Vault(broken, b"m" * 32), waiting, os.urandom)
            name = f"e-{at}"
            with suppress(Unavailable):  # it died, and the event comes again
                await dying.log([told(name, holder_id=f"h-{at}")])
            records = Records(lab.documents, vault, lab.waiting, os.urandom)
            await records.log([told(name, holder_id=f"h-{at}")])
            await lab.settle()
            opened = await records.open(name)
            leaf = await lab.tree.leaf(name)
            assert leaf.commitment == commitment(opened.salt, opened.record.encode())
        assert await lab.audit() == 3

    async def test_lie_in_no_store_in_the_clear(self, lab: Lab, records: Records) -> None:
        await records.log([told("a")])
        found = await lab.documents.get(RECORDS, "a")
        assert "张晓禾".encode() not in bytes(found["sealed"]) if found else False

    async def test_are_gone_with_the_key_and_the_log_stays_whole(
        self, lab: Lab, records: Records, vault: Vault
    ) -> None:
        await records.log([told("a"), told("b", holder_id="g")])
        await lab.settle()
        assert await vault.forget("h", "record")
        with pytest.raises(ContentErased):
            await records.open("a")
        await records.log([told("a")])  # a replay brings nothing back, not even a key
        with pytest.raises(ContentErased):
            await records.open("a")
        await lab.settle()
        assert await lab.audit() == 2
        assert (await records.open("b")).record == RECORD

    async def test_unknown_are_refused(self, records: Records) -> None:
        with pytest.raises(LeafUnknown):
            await records.open("nothing")


class TestEvidence:
    async def test_names_all_that_a_checker_needs(self, lab: Lab, records: Records) -> None:
        await records.log([told("a")])
        await lab.settle()
        older = (await lab.tree.head()).note
        await records.log([told(name) for name in "bcd"])
        await lab.settle()
        made = await evidence(lab.tree, records, "c", older=older)
        assert made["record"] == RECORD
        assert lab.check(made["head"]).size == 4
        assert made["older"]["head"] == older
        assert set(made) == {"format", "record", "salt", "leaf", "inclusion", "head", "older"}
        path = await lab.tree.consistency(1, 4)
        assert verify_consistency(1, 4, path, lab.check(older).root, lab.check(made["head"]).root)

    async def test_is_whole_or_unknown_while_the_head_moves_over_the_leaf(
        self, lab: Lab, records: Records
    ) -> None:
        await lab.settle()
        await records.log([told("a")])
        reads = 0

        class Moving:
            """The head moves between the first time that it is read and the second."""

            def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - stands for any method
                return getattr(lab.documents, name)

            async def get(self, collection: Collection, document_id: str) -> Document | None:
                nonlocal reads
                found = await lab.documents.get(collection, document_id)
                if collection == HEADS:
                    reads += 1
                    await lab.settle()
                return found

        tree = Tree(Moving())
        with pytest.raises(LeafUnknown):
            await evidence(tree, records, "a")
        assert reads == 1
        assert (await evidence(tree, records, "a"))["leaf"]["index"] == 0

    async def test_from_an_empty_head_is_refused(self, lab: Lab, records: Records) -> None:
        await lab.settle()
        empty = (await lab.tree.head()).note
        await records.log([told("a")])
        await lab.settle()
        with pytest.raises(SizeUnknown):
            await evidence(lab.tree, records, "a", older=empty)
