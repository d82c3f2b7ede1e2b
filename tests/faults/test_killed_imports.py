"""kill -9 in the middle of a file: the sender sends it again, and no row is lost or there twice."""

import asyncio
import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from pymongo import MongoClient

from deploy.local.actors import Answered
from deploy.local.engines import Engines
from deploy.secrets import make_secrets
from tests.faults.test_kills import counts
from tests.journeys.test_a_file import HEADINGS, report, row
from tests.world.importing import Place
from tests.world.people import a_shop
from tests.world.town import Town, eventually

pytestmark = pytest.mark.real

ROWS, KILLS = 300, 3
WRONG_EACH = 29
_BETWEEN_TRIES_S = 0.1
_BETWEEN_LOOKS_S = 0.005


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file in which every so manieth row is wrong; `wrong` are the lines of those."""

    content: bytes
    good: int
    wrong: frozenset[int]
    shops: tuple[dict[str, str], ...]


def a_sheet(rows: int) -> Sheet:
    shops = [a_shop() for _ in range(max(rows // 5, 1))]
    wrong = frozenset(range(2, rows + 2, WRONG_EACH))
    lines = [
        row(
            shops[number % len(shops)],
            number,
            **({"certificate": "从未听说的许可证"} if number in wrong else {}),
        )
        for number in range(2, rows + 2)
    ]
    return Sheet("\n".join([HEADINGS, *lines]).encode(), rows - len(wrong), wrong, tuple(shops))


async def send(town: Town, sheet: Sheet) -> str:
    """As a careful sender: until it is taken."""
    while True:
        try:
            made = await town.county.source.ask(
                "certs", "POST", "/v1/approvals:import", params={"filename": "a.csv"}, content=sheet.content
            )
            return str(made["import_id"])
        except Answered as problem:
            if problem.status != 503:
                raise
        except httpx.TransportError:
            pass  # the service was killed
        await asyncio.sleep(_BETWEEN_TRIES_S)


async def kill_at(town: Town, certificates: int) -> None:
    """As soon as there are so many, wherever the import then is."""
    assert town.world is not None
    with MongoClient[dict[str, Any]](town.world.engines.mongo_url) as client:
        kept = client["yima_certs"]["certificates"]
        while await asyncio.to_thread(kept.estimated_document_count) < certificates:  # noqa: ASYNC110 - a database tells nobody
            await asyncio.sleep(_BETWEEN_LOOKS_S)
    await town.world.kill("certs")
    await town.world.restart("certs")


async def ended(town: Town, import_id: str) -> dict[str, Any]:
    shown = await town.county.source.ask("certs", "GET", f"/v1/imports/{import_id}")
    return shown if shown["state"] != "running" else {}


async def survive(town: Town, sheet: Sheet, *, kills: int, chance: Random) -> dict[str, Any]:
    """Killed at random rows, and sent again each time; what the last import says."""
    await town.county.register(sheet.shops)  # who is not known is told at the first sign-in
    for certificates in sorted(chance.sample(range(1, sheet.good), kills)):
        await send(town, sheet)
        await kill_at(town, certificates)
    import_id = await send(town, sheet)
    return await eventually(lambda: ended(town, import_id), within=900)


async def check_complete(town: Town, sheet: Sheet, done: dict[str, Any]) -> None:
    """Every row in the report's account; every good one a certificate, an entry and a message, once."""
    assert (done["state"], done["rows"]) == ("done", sheet.good + len(sheet.wrong))
    assert (done["issued"] + done["already"], done["refused"]) == (sheet.good, len(sheet.wrong))
    refusals = await report(town, done["import_id"])
    assert sorted(int(one["line"]) for one in refusals) == sorted(sheet.wrong)

    async def complete() -> bool:
        return counts(town) == (sheet.good,) * 3

    await eventually(complete, within=900)


@pytest.fixture
def place(engines: Engines, tmp_path: Path) -> Place:
    make_secrets(tmp_path)
    return Place(engines, tmp_path)


class TestKillingTheImportOfTheCommandLine:
    async def test_costs_nothing_when_the_same_command_goes_on(self, place: Place) -> None:
        sheet, file = a_sheet(ROWS), place.folder / "a.csv"
        await asyncio.to_thread(file.write_bytes, sheet.content)
        await place.register()
        with MongoClient[dict[str, Any]](place.engines.mongo_url) as client:
            kept = client["yima_certs"]["certificates"]
            killed = await place.start(file)
            while await asyncio.to_thread(kept.estimated_document_count) < sheet.good // 3:
                assert killed.returncode is None
                await asyncio.sleep(_BETWEEN_LOOKS_S)
            killed.kill()
            await killed.wait()
            made = await asyncio.to_thread(kept.count_documents, {})
            assert made < sheet.good
            again = await place.start(file, heard=True)
            out, err = (one.decode() for one in await again.communicate())
            assert again.returncode == 0, err
            told = re.search(r"(\d+) issued, 0 withdrawn, (\d+) already there", out)
            assert told, out
            # What was on its way to the database at the kill may have been kept after the count.
            assert int(told[2]) >= made
            assert int(told[1]) + int(told[2]) == sheet.good
            assert "the same command goes on" in err
            assert await asyncio.to_thread(kept.count_documents, {}) == sheet.good
        report = (place.folder / "a.csv.report.csv").read_text("utf-8-sig")
        refused = {
            int(one["line"]) for one in csv.DictReader(io.StringIO(report)) if "unknown" in one["code"]
        }
        assert refused == sheet.wrong


class TestKillingAnImport:
    async def test_loses_and_doubles_no_row(self, broken_town: Town) -> None:
        sheet = a_sheet(ROWS)
        done = await survive(broken_town, sheet, kills=KILLS, chance=Random(420322))
        assert done["already"] > 0
        await check_complete(broken_town, sheet, done)
