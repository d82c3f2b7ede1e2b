"""Every access is in the log, once; its holder may take the proof along; an audit finds what was changed."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from services.kernel.keys.vault import ContentErased
from services.kernel.log.leaves import LogDamaged
from services.kernel.store.documents import DatabaseUnavailable, Document
from services.space import __main__ as entrance
from services.space.settings import SpaceSettings
from tests.kernel.log.lab import stepped
from tests.space.world import HOLDER, HOLDER_NAME, NUMBER, ORGANISATION, OTHER_HOLDER, World
from tests.world.evidence import checked

LOG = "yima.example/space"
REASON = "核查12345投诉"


def leaves(world: World) -> list[str]:
    return [one["ce_id"] for one in world.documents.kept("log_leaves")]


async def one_of_each(world: World) -> list[str]:
    """A match, a pull, a refusal and a look-up, oldest first."""
    await world.hear(world.certificate())
    await world.match()
    await world.pull()
    await world.pull(key="visit-0002", item="ANOTHER")
    await look_up(world)
    await world.log_all()
    page = await world.see("accesses")
    return [one["access_id"] for one in reversed(page["accesses"])]


async def look_up(world: World, holder: str = HOLDER, reason: str = REASON) -> httpx.Response:
    path, admin = f"/v1/holders/{holder}/accesses", world.machine("admin")
    return await world.http.get(path, headers=admin, params={"reason": reason})


async def evidence(world: World, access_id: str, *holders: str, **query: Any) -> dict[str, Any]:
    return await world.see(f"accesses/{access_id}/evidence", *holders, **query)


async def audit(world: World, *, backfill: bool = False) -> tuple[int, int, int, int]:
    """Leaves, accesses, those of them that have no leaf, and leaves that nobody can read."""
    found = await world.auditor.audit(pause_s=0, backfill=backfill)
    return found.leaves, found.accesses, found.lacking, found.erased


class TestALeaf:
    async def test_is_made_of_every_access_whatever_came_of_it(self, world: World) -> None:
        ids = await one_of_each(world)
        assert sorted(leaves(world)) == sorted(ids)

    async def test_is_one_however_often_its_event_is_heard(self, world: World) -> None:
        await world.hear(world.certificate())
        await world.pull()
        said = [each for one in world.documents.kept("accesses") for each in one["outbox"]]
        await world.log_all()
        for _ in range(3):
            await world.hear(*world.records(said))
        await world.log_all()
        assert len(leaves(world)) == len(world.documents.kept("log_records")) == 1

    async def test_is_said_of_a_match_and_nobody_is_rung(self, world: World) -> None:
        await world.hear(world.certificate())
        await world.match()
        assert world.said("space.access.recorded.v1") == []
        (noted,) = world.said("space.access.noted.v1")
        assert (noted["action"], noted["holder_id"]) == ("match", HOLDER)


class TestEvidence:
    async def test_holds_for_a_stranger_without_us(self, world: World, tmp_path: Path) -> None:
        """By the program of docs/, which knows no kinds of records and so verifies all of them."""
        ids = await one_of_each(world)
        keys = (await world.http.get("/v1/log/keys")).json()
        older = (await world.http.get("/v1/log/checkpoint")).text
        await world.match()
        await world.log_all()
        told = await evidence(world, ids[1], older=older)
        done = checked(tmp_path, told, keys, LOG)
        assert (done.returncode, done.stdout[:6]) == (0, "holds:"), done.stderr
        assert "it has only grown since it had 4" in done.stdout
        forged = told | {"record": told["record"].replace("pulled", "refused")}
        assert checked(tmp_path, forged, keys, LOG).returncode == 1

    async def test_says_who_where_why_and_how_much_and_neither_a_value_nor_the_holder(
        self, world: World
    ) -> None:
        ids = await one_of_each(world)
        record = json.loads((await evidence(world, ids[1]))["record"])
        assert (record["type"], record["action"], record["outcome"]) == ("space.access.v1", "pull", "pulled")
        assert (record["operator"], record["organisation"]) == ("op-0017", ORGANISATION)
        assert record["counter"] == "3号窗口"
        assert record["entries"] == [{"entry_id": f"{1:032x}", "version": 1}]
        assert record["uses"][0]["form"] == "whole"
        for one in ids:
            text = (await evidence(world, one))["record"]
            assert not any(secret in text for secret in (HOLDER, HOLDER_NAME, NUMBER))

    async def test_is_not_ready_until_a_signed_head_covers_it(self, world: World) -> None:
        await world.hear(world.certificate())
        access_id = (await world.pull()).json()["access_id"]
        answer = await world.http.get(f"/v1/accesses/{access_id}/evidence", headers=world.resident())
        assert (answer.status_code, answer.json()["code"]) == (503, "evidence_not_ready")

    async def test_dies_with_the_holders_key_and_the_log_stays_whole(self, world: World) -> None:
        ids = await one_of_each(world)
        await world.vault.forget(HOLDER, "record")
        with pytest.raises(ContentErased):
            await world.space.trail.evidence([HOLDER], ids[0], older=None)
        world.clock.at += timedelta(minutes=2)
        assert await audit(world) == (4, 4, 0, 4)


class TestALookUp:
    async def test_is_seen_by_the_holder_with_its_reason_and_by_nobody_else(self, world: World) -> None:
        answer = await look_up(world)
        assert answer.headers["cache-control"] == "no-store"
        (seen,) = (await world.see("accesses"))["accesses"]
        told = {name: seen[name] for name in ("action", "outcome", "operator", "purpose", "basis")}
        assert told == {
            "action": "look_up",
            "outcome": "shown",
            "operator": "a-system",
            "purpose": REASON,
            "basis": "platform_administration",
        }
        assert (await world.see("accesses", OTHER_HOLDER))["accesses"] == []
        assert [one["access_id"] for one in answer.json()["accesses"]] == [seen["access_id"]]

    async def test_without_its_record_shows_nothing(self, world: World) -> None:
        world.documents.failing["accesses"] = DatabaseUnavailable("away")
        assert (await look_up(world)).status_code == 503

    async def test_is_refused_without_a_reason_and_of_nobody(self, world: World) -> None:
        assert (await look_up(world, reason="    ")).status_code == 422
        assert (await look_up(world, "Z" * 26)).json()["code"] == "holder_unknown"
        assert world.documents.kept("accesses") == []


# What somebody could do to what is stored, and by what it is found.
DAMAGES: dict[str, Callable[[World], object]] = {
    "another operator": lambda world: _accesses(world)[1].update(operator="op-0018"),
    "another purpose": lambda world: _accesses(world)[0].update(purpose="x"),
    "fewer fields": lambda world: _accesses(world)[1]["uses"].clear(),
    "another time": lambda world: _accesses(world)[2].update(recorded_at=world.clock.at + timedelta(hours=1)),
    "an access taken out": lambda world: _take(world, "accesses", 1),
    "what it was made of taken out": lambda world: _take(world, "log_records", 0),
    "a leaf taken out": lambda world: _take(world, "log_leaves", 3),
}


def _accesses(world: World) -> list[Document]:
    return world.documents.kept("accesses")


def _take(world: World, collection: str, place: int) -> None:
    kept = vars(world.documents)["_kept"][collection]
    del kept[list(kept)[place]]


class TestTheAudit:
    async def test_counts_leaves_and_accesses(self, world: World) -> None:
        await one_of_each(world)
        world.clock.at += timedelta(minutes=2)
        assert await audit(world) == (4, 4, 0, 0)

    @pytest.mark.parametrize("damage", DAMAGES)
    async def test_finds_what_was_done_to_the_record(self, world: World, damage: str) -> None:
        await one_of_each(world)
        DAMAGES[damage](world)
        with pytest.raises(LogDamaged):
            await audit(world)

    async def test_finds_an_access_that_never_came_into_the_log(self, world: World) -> None:
        await one_of_each(world)
        await world.match()  # nobody hears of it
        assert (await audit(world))[0] == 4  # on its way
        world.clock.at += timedelta(minutes=2)
        assert await audit(world) == (4, 5, 1, 0)
        await audit(world, backfill=True)
        while await stepped(world.sequencer):
            pass
        assert await audit(world) == (5, 5, 0, 0)

    async def test_finds_every_change_of_a_byte_anywhere(self, world: World) -> None:
        await one_of_each(world)
        chance = Random(20260309)
        unseen: list[str] = []
        for _ in range(60):
            kept = world.documents.kept(chance.choice(["log_leaves", "log_heads", "log_records"]))
            one = chance.choice(kept)
            before = dict(one)
            name = _mutate(one, chance)
            with suppress(LogDamaged):
                await audit(world)
                unseen.append(name)
            one.clear()
            one.update(before)
        assert unseen == []
        world.clock.at += timedelta(minutes=2)
        assert await audit(world) == (4, 4, 0, 0)

    async def test_as_a_command_ends_with_0_or_with_1(
        self, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        await one_of_each(world)
        monkeypatch.setattr(entrance, "real_engines", lambda *_: world.engines)
        settings = SpaceSettings(secrets_dir=world.secrets)
        world.clock.at += timedelta(minutes=2)
        assert await entrance.audit_log(settings, []) == 0
        assert "each is as its access record says, of 4" in capsys.readouterr().out
        _accesses(world)[0].update(operator="op-0018")
        assert await entrance.audit_log(settings, []) == 1
        assert "is not as it was logged" in capsys.readouterr().err
        _accesses(world)[0].update(operator="op-0017")
        await world.match()
        world.clock.at += timedelta(minutes=2)
        assert await entrance.audit_log(settings, []) == 3
        assert "1 access records have NO LEAF" in capsys.readouterr().err


# The sequencer's own notes, which nobody reads for proof.
_NOTES = {"version", "signed_at", "taken"}


def _mutate(one: Document, chance: Random) -> str:
    """Change one field, by one byte where it is bytes or text."""
    name = chance.choice(sorted(set(one) - _NOTES - {"_id"}))
    one[name] = _other(one[name], chance)
    return name


def _other(value: object, chance: Random) -> object:
    match value:
        case bytes():
            place = chance.randrange(len(value))
            return value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]
        case str():
            place = chance.randrange(len(value))
            return value[:place] + ("a" if value[place] != "a" else "b") + value[place + 1 :]
        case int():
            return value + 1
        case list():
            return [_other(value[0], chance), *value[1:]]
        case datetime():
            return value + timedelta(milliseconds=1)
        case _:
            raise AssertionError(f"{value!r} is nothing that a log keeps")
