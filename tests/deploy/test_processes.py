import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local.places import ROOT, free_port
from deploy.local.processes import Processes
from deploy.local.program import ProgramFailed, Recipe
from deploy.local.waiting import until
from tests.deploy.looks import environment_of, is_gone


def tiny(folder: Path, *manners: str, name: str = "tiny") -> tuple[Recipe, str]:
    """The recipe of a tiny program, and its address."""
    port = free_port()
    argv = [sys.executable, "-m", "tests.deploy.tiny", *manners]
    env = {"YIMA_PORT": str(port)}
    return Recipe(
        name=name, argv=argv, log=folder / f"{name}.log", cwd=ROOT, env=env
    ), f"http://127.0.0.1:{port}"


@pytest.fixture
async def processes() -> AsyncIterator[Processes]:
    group = Processes()
    yield group
    await group.stop()


async def started(processes: Processes, folder: Path, *manners: str, name: str = "tiny") -> str:
    recipe, url = tiny(folder, *manners, name=name)
    processes.start(recipe, url=url)
    await processes.until_ready([name])
    return url


class TestStart:
    async def test_is_ready_once_it_answers(self, processes: Processes, tmp_path: Path) -> None:
        url = await started(processes, tmp_path)
        assert (await environment_of(url))["YIMA_PORT"] in url

    async def test_shows_the_log_of_one_that_ends_instead(self, processes: Processes, tmp_path: Path) -> None:
        with pytest.raises(ProgramFailed, match=r"(?s)tiny ended with 1.*nothing works here"):
            await started(processes, tmp_path, "broken")

    async def test_says_what_it_heard_from_one_that_is_not_ready_in_time(
        self, processes: Processes, tmp_path: Path
    ) -> None:
        recipe, _ = tiny(tmp_path)
        processes.start(recipe, url="http://127.0.0.1:9")
        with pytest.raises(ProgramFailed, match=r"not ready.*127\.0\.0\.1:9/readyz said"):
            await processes.until_ready(["tiny"], within=0)


class TestBreak:
    async def test_kills_one_and_starts_it_again_at_its_address(
        self, processes: Processes, tmp_path: Path
    ) -> None:
        url = await started(processes, tmp_path)
        await started(processes, tmp_path, name="other")
        before = processes.pids()
        await processes.kill("tiny")
        assert processes.pids() == {"other": before["other"]}
        await processes.restart("tiny")
        assert await environment_of(url)
        assert processes.pids()["tiny"] != before["tiny"]

    async def test_ends_a_paused_one_in_good_order(self, processes: Processes, tmp_path: Path) -> None:
        await started(processes, tmp_path)
        processes.pause("tiny")
        await processes.terminate("tiny")
        assert processes.pids() == {}

    async def test_watch_tells_of_one_that_ended_by_itself(
        self, processes: Processes, tmp_path: Path
    ) -> None:
        await started(processes, tmp_path)
        watching = asyncio.create_task(processes.watch())
        os.kill(processes.pids()["tiny"], signal.SIGKILL)
        with pytest.raises(ProgramFailed, match="tiny ended with -9"):
            await watching


class TestStop:
    async def test_leaves_no_process_nor_its_children(self, processes: Processes, tmp_path: Path) -> None:
        url = await started(processes, tmp_path, "parent")
        child = int((await environment_of(url))["CHILD"])
        pids = [*processes.pids().values(), child]
        await processes.stop()
        assert await all_gone(pids)

    async def test_kills_one_that_does_not_listen(self, processes: Processes, tmp_path: Path) -> None:
        await started(processes, tmp_path, "stubborn")
        pids = list(processes.pids().values())
        await processes.stop()
        assert await all_gone(pids)

    async def test_none_outlives_a_killed_parent(self, tmp_path: Path) -> None:
        script = (
            "import asyncio, sys\nfrom pathlib import Path\n"
            "from deploy.local.processes import Processes\nfrom tests.deploy.test_processes import started\n"
            "async def main() -> None:\n"
            "    processes = Processes()\n"
            "    await started(processes, Path(sys.argv[1]))\n"
            "    print(*processes.pids().values(), flush=True)\n"
            "    await asyncio.Event().wait()\n"
            "asyncio.run(main())\n"
        )
        parent = await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, str(tmp_path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        assert parent.stdout is not None
        pid = int(await parent.stdout.readline())
        parent.kill()
        await parent.wait()
        assert await all_gone([pid])


async def all_gone(pids: list[int]) -> bool:
    async def gone() -> bool:
        return all(is_gone(pid) for pid in pids)

    return await until(gone, within=10)
