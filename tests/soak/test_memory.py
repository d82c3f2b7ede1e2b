"""An import of a hundred thousand rows takes no more memory at its end than at its beginning."""

import asyncio
import time
from pathlib import Path

import pytest
from pymongo import AsyncMongoClient

from deploy.local.engines import Engines
from deploy.local.waiting import until
from deploy.secrets import make_secrets
from tests.journeys.test_a_file import HEADINGS, row
from tests.soak.test_long import tell
from tests.world.importing import Place
from tests.world.people import a_shop

pytestmark = [pytest.mark.soak, pytest.mark.real]

ROWS, A_HOLDER = 100_000, 5
MARKS = (10_000, 50_000, ROWS)
# Between a tenth of the rows and all of them. Caches fill until some 10,000 holders are known.
MOST_MORE_MIB = 15
_LONGEST_S = 3_600.0


@pytest.fixture
def place(engines: Engines, tmp_path: Path) -> Place:
    make_secrets(tmp_path)
    return Place(engines, tmp_path)


def a_file(folder: Path) -> Path:
    shops = [a_shop() for _ in range(ROWS // A_HOLDER)]
    file = folder / "large.csv"
    with file.open("w", encoding="utf-8") as writing:
        writing.write(HEADINGS)
        writing.writelines("\n" + row(shops[number % len(shops)], number) for number in range(ROWS))
    return file


def resident(pid: int) -> int:
    """Bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


async def watch(place: Place, pid: int) -> dict[int, int]:
    """MiB of the process at each of the marks."""
    found: dict[int, int] = {}
    async with AsyncMongoClient[dict[str, object]](place.engines.mongo_url) as client:
        kept = client["yima_certs"]["certificates"]
        for mark in MARKS:
            # The last ones are kept a moment before the process ends.
            async def reached(rows: int = mark - 100) -> bool:
                return await kept.estimated_document_count() >= rows

            assert await until(reached, within=_LONGEST_S)
            found[mark] = resident(pid) >> 20
            tell(rows=mark, resident_mib=found[mark])
    return found


class TestAHundredThousandRows:
    async def test_go_through_in_memory_that_stays_flat(self, place: Place) -> None:
        await place.register()
        file = await asyncio.to_thread(a_file, place.folder)
        begun = time.monotonic()
        importing = await place.start(file)
        ended, seen = asyncio.create_task(importing.wait()), asyncio.create_task(watch(place, importing.pid))
        try:
            await asyncio.wait({ended, seen}, timeout=3_600, return_when=asyncio.FIRST_COMPLETED)
            assert seen.done(), "the import ended before all rows were kept"
            assert await ended == 0
        finally:
            seen.cancel()
            if not ended.done():
                importing.kill()
        memory = seen.result()
        tell(rows=ROWS, seconds=round(time.monotonic() - begun))
        assert memory[ROWS] - memory[MARKS[0]] <= MOST_MORE_MIB
