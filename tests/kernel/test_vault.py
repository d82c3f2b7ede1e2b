"""Personal fields at rest: readable with the holder's key, gone with it."""

import asyncio

import pytest

from services.kernel.keys.vault import KEYS, CiphertextBroken, ContentErased, Vault
from services.kernel.store.documents import Document
from services.kernel.store.memory import MemoryDocuments

MASTER = bytes(range(32))


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class CountingDocuments(MemoryDocuments):
    def __init__(self) -> None:
        super().__init__()
        self.trips = 0

    async def get_many(self, *args: object, **kwargs: object) -> dict[str, Document]:
        self.trips += 1
        await asyncio.sleep(0)
        return await super().get_many(*args, **kwargs)  # type: ignore[arg-type]


@pytest.fixture
def documents() -> CountingDocuments:
    return CountingDocuments()


class TestVault:
    async def test_gives_back_what_was_put_in_also_after_a_restart(
        self, documents: CountingDocuments
    ) -> None:
        keys = await Vault(documents, MASTER).keys(["h1"], "record")
        kept = keys.encrypt("h1", b"name", place="certificates/1")
        again = await Vault(documents, MASTER).keys(["h1"], "record", make=False)
        assert again.decrypt("h1", kept, place="certificates/1") == b"name"
        assert b"name" not in kept

    async def test_never_writes_the_same_bytes_twice(self, documents: CountingDocuments) -> None:
        keys = await Vault(documents, MASTER).keys(["h1"], "own")
        assert len({keys.encrypt("h1", b"x", place="p") for _ in range(100)}) == 100

    async def test_binds_content_to_place_holder_and_retention(self, documents: CountingDocuments) -> None:
        vault = Vault(documents, MASTER)
        record, own = await vault.keys(["h1", "h2"], "record"), await vault.keys(["h1"], "own")
        kept = record.encrypt("h1", b"name", place="certificates/1")
        for keys, holder, content, place in (
            (record, "h1", kept, "certificates/2"),
            (record, "h2", kept, "certificates/1"),
            (own, "h1", kept, "certificates/1"),
            (record, "h1", kept[:-1], "certificates/1"),
            (record, "h1", b"", "certificates/1"),
        ):
            with pytest.raises(CiphertextBroken):
                keys.decrypt(holder, content, place=place)

    async def test_keeps_data_keys_wrapped_by_the_master_key(self, documents: CountingDocuments) -> None:
        await Vault(documents, MASTER).keys(["h1"], "own")
        with pytest.raises(CiphertextBroken):
            await Vault(documents, bytes(32)).keys(["h1"], "own")

    async def test_does_not_take_a_data_key_moved_to_another_holder(
        self, documents: CountingDocuments
    ) -> None:
        await Vault(documents, MASTER).keys(["h1"], "own")
        kept = await documents.get(KEYS, "h1:own")
        assert kept is not None
        await documents.insert(KEYS, kept | {"_id": "h2:own"})
        with pytest.raises(CiphertextBroken):
            await Vault(documents, MASTER).keys(["h2"], "own")

    async def test_agrees_on_one_key_when_processes_race(self, documents: CountingDocuments) -> None:
        vaults = [Vault(documents, MASTER) for _ in range(8)]
        holders = [f"h{n}" for n in range(20)]
        raced = await asyncio.gather(*(vault.keys(holders, "own") for vault in vaults))
        for holder in holders:
            kept = raced[0].encrypt(holder, b"x", place="p")
            assert {keys.decrypt(holder, kept, place="p") for keys in raced} == {b"x"}

    async def test_serves_a_batch_in_one_trip_and_then_from_memory(
        self, documents: CountingDocuments
    ) -> None:
        vault, holders = Vault(documents, MASTER), [f"h{n}" for n in range(100)]
        await vault.keys(holders, "own")
        await vault.keys(holders, "own")
        assert documents.trips == 1

    async def test_spares_the_trip_to_who_has_just_read_in_vain(self, documents: CountingDocuments) -> None:
        vault = Vault(documents, MASTER)
        await vault.keys(["h1"], "own", make=False)
        (await vault.keys(["h1"], "own")).encrypt("h1", b"x", place="p")
        assert documents.trips == 1

    async def test_takes_the_key_that_another_made_since_it_read_in_vain(
        self, documents: CountingDocuments
    ) -> None:
        here, there = Vault(documents, MASTER), Vault(documents, MASTER)
        await here.keys(["h1"], "own", make=False)
        kept = (await there.keys(["h1"], "own")).encrypt("h1", b"x", place="p")
        assert (await here.keys(["h1"], "own")).decrypt("h1", kept, place="p") == b"x"

    async def test_bounds_its_memory_and_stays_right(
        self, documents: CountingDocuments, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.kernel.keys.vault._CACHED_KEYS", 3)
        vault = Vault(documents, MASTER)
        first = (await vault.keys(["h0"], "own")).encrypt("h0", b"x", place="p")
        await vault.keys([f"h{n}" for n in range(10)], "own")
        assert (await vault.keys(["h0"], "own")).decrypt("h0", first, place="p") == b"x"
        assert len(vault._cache) == 3  # noqa: SLF001 - a bound on memory shows nowhere else


class TestForget:
    async def test_makes_the_content_of_one_retention_unreadable(self, documents: CountingDocuments) -> None:
        vault = Vault(documents, MASTER)
        own, record = await vault.keys(["h1"], "own"), await vault.keys(["h1"], "record")
        message, certificate = own.encrypt("h1", b"m", place="m/1"), record.encrypt("h1", b"c", place="c/1")
        assert await vault.forget("h1", "own")
        with pytest.raises(ContentErased):
            (await vault.keys(["h1"], "own", make=False)).decrypt("h1", message, place="m/1")
        assert (await vault.keys(["h1"], "record")).decrypt("h1", certificate, place="c/1") == b"c"

    async def test_says_whether_there_was_anything(self, documents: CountingDocuments) -> None:
        assert not await Vault(documents, MASTER).forget("h1", "own")

    async def test_reaches_other_processes_within_a_minute(self, documents: CountingDocuments) -> None:
        time = Time()
        here, there = Vault(documents, MASTER), Vault(documents, MASTER, monotonic=time)
        kept = (await there.keys(["h1"], "own")).encrypt("h1", b"x", place="p")
        await here.forget("h1", "own")
        time.now = 60.0
        with pytest.raises(ContentErased):
            (await there.keys(["h1"], "own", make=False)).decrypt("h1", kept, place="p")

    async def test_begins_a_new_key_that_does_not_open_the_old_content(
        self, documents: CountingDocuments
    ) -> None:
        vault = Vault(documents, MASTER)
        kept = (await vault.keys(["h1"], "own")).encrypt("h1", b"x", place="p")
        await vault.forget("h1", "own")
        with pytest.raises(CiphertextBroken):
            (await vault.keys(["h1"], "own")).decrypt("h1", kept, place="p")
