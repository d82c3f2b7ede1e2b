"""A file as large as a province's: streamed, and the process stays small."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys.test_a_file import HEADINGS, row
from tests.world.people import a_shop
from tests.world.town import Town, eventually, refused

pytestmark = pytest.mark.real

SIZE = 50 * 1024 * 1024
MOST_MEMORY = 300 * 1024 * 1024
CONTENT = (
    "预包装食品销售；" * 800
)  # about 19 kB a row: as few rows as make the size, so that time goes into reading


async def a_large_file(good: list[str]) -> AsyncIterator[bytes]:
    """Good rows first and last; between them rows with a wrong check digit."""
    wrong = a_shop() | {"id_number": "92420322MJ99999990"}
    filler = ("\n" + row(wrong, 1, content=CONTENT)).encode()
    yield (HEADINGS + "\n" + good[0]).encode()
    for _ in range(SIZE // len(filler)):
        yield filler
    yield ("\n" + good[1]).encode()


def peak_memory(pid: int) -> int:
    """The most that the process has ever held, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


class TestALargeFile:
    async def test_goes_through_in_little_memory(self, broken_town: Town) -> None:
        assert broken_town.world is not None
        shop = a_shop()
        source = broken_town.county.source
        made = await source.ask(
            "certs",
            "POST",
            "/v1/approvals:import",
            params={"filename": "large.csv"},
            content=a_large_file([row(shop, 1), row(shop, 2)]),
        )

        async def ended() -> bool:
            state = await source.ask("certs", "GET", f"/v1/imports/{made['import_id']}")
            return bool(state["state"] == "done" and state["issued"] == 2)

        await eventually(ended, within=300)
        assert peak_memory(broken_town.world.pids()["certs-0"]) < MOST_MEMORY
        resident = await broken_town.resident(shop)
        assert len(await broken_town.entries(resident, count=2)) == 2

    async def test_over_the_limit_is_refused_with_the_next_step(self, broken_town: Town) -> None:
        async def endless() -> AsyncIterator[bytes]:
            yield (HEADINGS + "\n").encode()
            for _ in range(80):
                yield b"x" * 1024 * 1024

        asking = broken_town.county.source.ask(
            "certs", "POST", "/v1/approvals:import", params={"filename": "huge.csv"}, content=endless()
        )
        problem = await refused(asking)
        assert (problem.status, problem.code) == (413, "sheet_too_large")
