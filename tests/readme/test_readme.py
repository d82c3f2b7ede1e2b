"""What the README tells a newcomer to type works, and prints what it says."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from stat import S_IMODE

import pytest

from deploy.local.places import ROOT
from deploy.local.waiting import until

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
# What is typed while the demo is up goes on from one block to the next.
WALK = "".join(block for block in BLOCKS if "curl" in block)
CONNECTING = (ROOT / "docs/connect-an-authority.md").read_text(encoding="utf-8")
MATCHING = (ROOT / "docs/match-and-pull.md").read_text(encoding="utf-8")
COMMANDS = [line for block in BLOCKS if "curl" not in block for line in block.splitlines()]
FOLDER = "新 人"
CURL = shutil.which("curl")
# The demo's own promise.
ENDS_WITHIN_S = 10


class TestTheReadme:
    def test_is_one_that_people_read(self) -> None:
        assert len(README.splitlines()) <= 120
        assert {"make demo", "make test"} <= set(COMMANDS)
        assert "/v1/scans" in WALK

    @pytest.mark.parametrize("command", [*COMMANDS, *re.findall(r"`(make [^`]+)`", README)])
    def test_names_commands_that_there_are(self, command: str) -> None:
        words = [word for word in command.split() if "=" not in word]
        assert words[0] == "make"
        done = subprocess.run(["make", "--dry-run", *words[1:]], cwd=ROOT, capture_output=True, check=False)  # noqa: S603, S607
        assert done.returncode == 0, done.stderr

    def test_links_to_files_that_there_are(self) -> None:
        links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
        assert links
        assert [link for link in links if not (ROOT / link).exists()] == []

    def test_names_folders_that_there_are(self) -> None:
        folders = re.findall(r"^\| `([\w/]+)` \|", README, re.MULTILINE)
        assert folders
        assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


@asynccontextmanager
async def demo(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`make demo` without its set-up, in a process group of its own, as a terminal would have it."""
    output = folder / "story.txt"
    with output.open("w") as file:
        # As a script in the background has it: with SIGINT ignored.
        words = ("sh", "-c", "trap '' INT; exec \"$@\"", "sh", sys.executable, "-m", "deploy.local", "demo")
        process = await asyncio.create_subprocess_exec(
            *(*words, "--free-ports", "--folder", str(folder / FOLDER)),
            cwd=ROOT,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


async def told(folder: Path, process: asyncio.subprocess.Process) -> str:
    """The story, once it is told."""

    async def all_told() -> bool:
        return process.returncode is not None or "Ctrl-C" in (folder / "story.txt").read_text()

    assert await until(all_told, within=180)
    return (folder / "story.txt").read_text()


async def ended(process: asyncio.subprocess.Process) -> list[int]:
    """What is left of its children after a Ctrl-C and the time that it promises."""
    children = descendants(process.pid)
    assert len(children) >= 9  # Kafka, the database, four services, the partner, two log-ins
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.wait(), ENDS_WITHIN_S)
    return [child for child in children if (Path("/proc") / str(child) / "cmdline").exists()]


async def printed(*words: str, cwd: Path = ROOT) -> str:
    """What a program says that ends well."""
    out, err = asyncio.subprocess.PIPE, asyncio.subprocess.STDOUT
    process = await asyncio.create_subprocess_exec(*words, cwd=cwd, stdout=out, stderr=err)
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def walked(folder: Path, walk: str = WALK) -> str:
    """What README's walk prints, with the demo's folder and ports in place of a newcomer's."""
    here = json.loads((folder / ".run/addresses.json").read_text())
    walk = walk.replace("http://127.0.0.1:8101", here["identity"])
    return await printed("sh", "-euc", walk.replace("http://127.0.0.1:8103", here["space"]), cwd=folder)


async def matched_and_pulled(folder: Path) -> bool:
    """What a partner's engineer gets who types what docs/match-and-pull.md says: all, a part, and a no."""
    said = await walked(folder, "".join(re.findall(r"^```sh\n(.*?)^```", MATCHING, re.MULTILINE | re.DOTALL)))
    matched = '"result":"have"' in said and '"to_bring":' in said
    pulled = '"certificates":[{' in said and re.search(r'"parts":\[\{.*"valid_to":', said)
    return matched and bool(pulled) and said.count('"more_than_needed"') == 2


async def connected(folder: Path) -> list[str]:
    """What an authority's engineer gets who types what docs/connect-an-authority.md says, and sends twice."""
    here = json.loads((folder / ".run/addresses.json").read_text())
    as_module = f"YIMA_ISSUER={here['identity']} PYTHONPATH='{ROOT}' '{sys.executable}' -m"
    at = f"--identity {here['identity']} --certs {here['certs']}"
    typed = "".join(
        block for block in re.findall(r"```sh\n(.*?)```", CONNECTING, re.DOTALL) if "curl" not in block
    )
    for said, instead in {
        ".venv/bin/python docs/": f"'{sys.executable}' '{ROOT}'/docs/",
        " docs/": f" '{ROOT}'/docs/",
        ".venv/bin/python -m": as_module,
        "--key .run/market.jwk\n": f"--key .run/market.jwk {at}\n",
    }.items():
        assert said in typed, said
        typed = typed.replace(said, instead)
    *_, sending = typed.rstrip().splitlines()
    printed_last = (await printed("sh", "-euc", f"{typed}{sending}", cwd=folder)).splitlines()[-2:]
    return [json.loads(line)["certificate_id"] for line in printed_last]


async def by_curl(folder: Path) -> str:
    """What the curl lines of that page print, typed after the others."""
    here = json.loads((folder / ".run/addresses.json").read_text())
    blocks = [one for one in re.findall(r"```sh\n(.*?)```", CONNECTING, re.DOTALL) if "curl" in one]
    typed = "".join(blocks).replace("http://127.0.0.1:8102", here["certs"])
    for said, instead in {
        ".venv/bin/python docs/": f"'{sys.executable}' '{ROOT}'/docs/",
        "--token": f"--token --identity {here['identity']}",
        "@deploy/": f"@'{ROOT}'/deploy/",
        "curl ": "curl -sS ",
    }.items():
        assert said in typed, said
        typed = typed.replace(said, instead)
    return await printed("sh", "-euc", typed, cwd=folder)


async def new_tokens(folder: Path) -> None:
    """As `make tokens` has them: others than before, for their owner alone."""
    files = [folder / f".run/secrets/clients/{who}.token" for who in ("resident", "operator", "machine")]
    before = {file.read_text() for file in files}
    await printed(sys.executable, "-m", "deploy.local.tokens", "--folder", str(folder / ".run"))
    assert before.isdisjoint(file.read_text() for file in files)
    assert {S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def is_granted(walk: str) -> bool:
    """The scan that waits, the tap, the certificates, and what the holder reads of it."""
    states = re.findall(r'"state":"(\w+)"', walk)
    pulled = walk.count('"credential":"ey') > 0 < walk.count('"outcome":"pulled"')
    return states == ["pending", "granted"] and pulled


def descendants(pid: int) -> list[int]:
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):  # `ps` is not on every machine
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    return [child for child in parents if pid in lineage(child, parents)]


def lineage(child: int, parents: dict[int, int]) -> set[int]:
    seen = set[int]()
    while child in parents and parents[child] not in seen:
        child = parents[child]
        seen.add(child)
    return seen


@pytest.mark.real
class TestTheDemo:
    async def test_tells_its_story_and_a_second_time_issues_nothing(self, tmp_path: Path) -> None:
        async with demo(tmp_path) as process:
            first = await told(tmp_path, process)
            assert re.search(r"279 rows -> 279 certificates -> 279 entries", first), first
            assert "got 279 signed events" in first
            assert "holder_code_placeholder" in first
            assert "signs in at the province 用省级统一身份认证登录" in first
            assert "pending 等待本人确认" in first
            assert "Tapped yes 本人点了同意" in first
            assert "pulled 已调用 食品经营许可证 1.2.156.3005.2." in first
            assert "谁用过我的数据" in first
            assert "█" in first
            assert await ended(process) == []
        async with demo(tmp_path) as process:
            second = await told(tmp_path, process)
            assert "Every good row is already there" in second
            assert "279 rows" in second
            (tmp_path / ".run").symlink_to(FOLDER)
            walks = [await walked(tmp_path)] if CURL else []
            assert not CURL or await matched_and_pulled(tmp_path)
            (first_sent, again) = await connected(tmp_path)
            assert first_sent == again
            answers = await by_curl(tmp_path) if CURL else '"import_id" "import_id" "pending"'
            assert [answers.count(name) for name in ('"import_id"', '"code"')] == [2, 0], answers
            await new_tokens(tmp_path)
            walks += [await walked(tmp_path)] if CURL else []
            assert await ended(process) == []
        assert all(map(is_granted, walks)), walks
        if not CURL:
            pytest.skip("there is no curl, so README's walk was not played; all else was")
