"""Whatever way the topics of certs come, the archives are the same, byte by byte.

All that is kept of entries and their versions is compared, decrypted. Left out are the times of hearing
(`added_at`, `arrival`; marks are by arrival) and what was known at that time (`judged`; of a removal, which
says no name, `name_hash`). What of all this a holder is shown is compared beside it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from services.kernel.event import Record, entry, record
from services.space.domain import REMOVED, Entry
from services.space.events import TypePublished
from services.space.store import ENTRIES
from tests.space.world import BARE, FOOD, HOLDER, HYGIENE, NOW, OTHER_HOLDER, ROAD, World

CERTIFICATES = 24
STRANGER = "别人之名"
MOVES = {
    "suspend": "suspended",
    "resume": "valid",
    "revoke": "revoked",
    "renew": "valid",
    "expire": "expired",
}
_OF_HEARING = ("added_at", "arrival")


def a_life(world: World, chance: Random, number: int) -> list[Record]:
    """Of one certificate: its issue, changes of its state, new editions, perhaps its removal."""
    about: dict[str, Any] = {"certificate_type": chance.choice([FOOD, HYGIENE, ROAD])}
    name = {"holder_name": STRANGER} if chance.random() < 0.2 else {}
    records = [world.certificate(number, content=name, **about)]
    if chance.random() < 0.2:
        records.append(world.certificate(number, holder=OTHER_HOLDER, place=1, **about))
    for version in range(2, chance.randint(2, 6)):
        change = chance.choice(list(MOVES))
        if change == "renew":
            records.append(world.certificate(number, version=version, change=change, content=name, **about))
        else:
            records.append(world.status(number, version=version, change=change, state=MOVES[change]))
    if chance.random() < 0.2:
        records.append(world.status(number, version=9, change="correct", state=REMOVED, content=BARE))
    return records


def lives(world: World, chance: Random) -> list[Record]:
    said = [one for number in range(1, CERTIFICATES + 1) for one in a_life(world, chance, number)]
    swapped = TypePublished(certificate_type=HYGIENE, version=1, formerly=("11100000MB9999900G952",))
    said += [world.confirmed(STRANGER), record(entry(swapped, version=1, at=NOW))]
    return sorted(said, key=lambda one: one.topic)


async def heard(secrets: Path, records: Sequence[Record], *, together: int) -> World:
    world = World(secrets)
    await world.hear(world.registered(HOLDER), world.registered(OTHER_HOLDER))
    for start in range(0, len(records), together):
        await world.hear(*records[start : start + together])
    return world


async def digest(world: World) -> str:
    """Of all that is kept, and of all that is shown."""
    ids = sorted(one["_id"] for one in world.documents.kept(ENTRIES.name))
    entries = sorted(await world.space.archive.entries.get_many(ids), key=lambda one: one.entry_id)
    contents = await world.space.archive.entries.contents(entries)
    histories = [await world.space.archive.histories.of(one) for one in ids]
    mirrors = [sorted(world.documents.kept(name), key=str) for name in ("confirmed_names", "type_codes")]
    kept = [[_settled(one) for one in entries], contents, histories, mirrors]
    return hashlib.sha256(repr([kept, await _shown(world)]).encode()).hexdigest()


def _settled(entry: Entry) -> Entry:
    bare = replace(entry, added_at=NOW, arrival="", judged="unknown", encrypted=b"")
    return replace(bare, name_hash="") if entry.state == REMOVED else bare


async def _shown(world: World) -> list[str]:
    shown: list[dict[str, Any]] = []
    for holder in (HOLDER, OTHER_HOLDER):
        entries = (await world.see("entries", holder, limit=100))["entries"]
        shown += [await world.see(f"entries/{one['entry_id']}", holder) for one in entries]
        shown.append(await world.see("cards", holder))
    return sorted(json.dumps({k: v for k, v in one.items() if k not in _OF_HEARING}) for one in shown)


@pytest.mark.parametrize("seed", range(4))
class TestTheArchives:
    async def test_are_the_same_after_three_replays_and_after_doubles_in_any_order(
        self, secrets: Path, seed: int
    ) -> None:
        chance = Random(seed)
        records = lives(World(secrets), chance)
        straight = await digest(await heard(secrets, records, together=20))
        assert await digest(await heard(secrets, records * 3, together=7)) == straight
        doubled = records + chance.sample(records, len(records) // 2)
        chance.shuffle(doubled)
        assert await digest(await heard(secrets, doubled, together=5)) == straight

    async def test_differ_where_one_event_is_missing(self, secrets: Path, seed: int) -> None:
        """The digest tells what it is to tell: each event counts."""
        chance = Random(seed)
        records = lives(World(secrets), chance)
        straight = await digest(await heard(secrets, records, together=20))
        records.pop(chance.randrange(len(records)))
        assert await digest(await heard(secrets, records, together=20)) != straight
