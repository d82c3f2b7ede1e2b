"""The import laws of pyproject.toml: the tree keeps them, and each can be broken."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = Path(sys.executable).parent / "lint-imports"
PACKAGES = ("services", "deploy", "bench", "tests")

OUTSIDE = "What runs does not know what starts, measures or tests it"
APART = "Services do not import each other, and the kernel imports no service"
ROOMS = "Rooms: an edge or a craft imports what is below, never its neighbour"
EVENTS = "events.py: data types and the kernel's envelope, nothing else"
DOMAIN = "domain.py: pure, so no clock, no input or output, no third party"
MACHINES = "handlers.py and ports.py: the kernel's types, none of its machines"
THIRD_PARTY = "handlers.py and ports.py: no third party"
KERNEL = "Inside the kernel: a process on the web, that on outbox and log, those on stream, keys and store"
DRIVERS = "Drivers stay behind the kernel's own modules for them"

# (a file, an import that it must not have, the law that says so)
BREAKS = [
    ("services/kernel/clock.py", "import deploy", OUTSIDE),
    ("services/certs/app.py", "import tests.contracts", OUTSIDE),
    ("deploy/__init__.py", "import bench", OUTSIDE),
    ("services/space/events.py", "from services.certs.events import CertificateIssued", APART),
    ("services/kernel/clock.py", "import services.identity", APART),
    ("services/unlisted/__init__.py", "", APART),
    ("services/certs/domain.py", "import services.certs.handlers", ROOMS),
    ("services/certs/handlers.py", "import services.certs.store", ROOMS),
    ("services/certs/api.py", "import services.certs.store", ROOMS),
    ("services/identity/codes.py", "import services.identity.signing", ROOMS),
    ("services/certs/store.py", "import services.certs.app", ROOMS),
    ("services/certs/unlisted.py", "", ROOMS),
    ("services/certs/events.py", "import services.kernel.clock", EVENTS),
    ("services/notify/events.py", "import msgspec", EVENTS),
    ("services/space/events.py", "import os", EVENTS),
    ("services/identity/events/heard.py", "import os", EVENTS),
    ("services/certs/domain.py", "import services.kernel.clock", DOMAIN),
    ("services/identity/domain.py", "import time", DOMAIN),
    ("services/space/domain.py", "import pydantic", DOMAIN),
    ("services/certs/handlers.py", "import services.kernel.store.mongo", MACHINES),
    ("services/certs/ports.py", "import services.kernel.web.http", MACHINES),
    ("services/space/handlers.py", "import fastapi", THIRD_PARTY),
    ("services/notify/ports.py", "import aiohttp", THIRD_PARTY),
    ("services/certs/store.py", "import motor", DRIVERS),
    ("services/kernel/store/lease.py", "import services.kernel.stream.bus", KERNEL),
    ("services/kernel/stream/hearing.py", "import services.kernel.keys.tokens", KERNEL),
    ("services/kernel/event.py", "import services.kernel.store.documents", KERNEL),
    ("services/kernel/unlisted.py", "", KERNEL),
    ("services/kernel/stream/hearing.py", "import aiokafka", DRIVERS),
    ("services/kernel/stream/kafka.py", "import faust", DRIVERS),
]


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter over a tree; wide, so that no law's name is wrapped."""
    environment = os.environ | {"COLUMNS": "240", "PYTHONPATH": str(tree)}
    return subprocess.run([LINT], cwd=tree, env=environment, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The services as they are; what stands around them is empty, which is enough and quicker."""
    copy = tmp_path_factory.mktemp("tree")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "services", copy / "services", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", copy)
    for package in ("deploy", "bench", "tests", "tests/contracts"):
        (copy / package).mkdir()
        (copy / package / "__init__.py").touch()
    for _, line, _ in BREAKS:
        _exists(copy, line.split()[1:2])
    return copy


def _exists(copy: Path, imported: list[str]) -> None:
    """Make sure of a room that is imported: an import of nothing breaks no law."""
    for module in imported:
        if module.startswith("services.") and not (copy / module.replace(".", "/")).is_dir():
            (copy / module.replace(".", "/")).with_suffix(".py").touch()


@pytest.fixture
def plant(copied: Path) -> Iterator[Callable[[str, str], Path]]:
    """Write one line at the end of one file; the tree is as before afterwards."""
    undo: list[Callable[[], object]] = []

    def write(file: str, line: str) -> Path:
        target = copied / file
        if not target.parent.exists():
            target.parent.mkdir()
            undo.append(lambda: shutil.rmtree(target.parent))
        before = target.read_text(encoding="utf-8") if target.exists() else None
        undo.append(target.unlink if before is None else lambda: target.write_text(before, encoding="utf-8"))
        target.write_text(f"{before or ''}\n{line}\n", encoding="utf-8")
        return copied

    yield write
    for step in reversed(undo):
        step()


class TestImports:
    def test_keep_the_laws(self) -> None:
        result = lint(ROOT)
        assert result.returncode == 0, result.stdout

    @pytest.mark.parametrize(("file", "line", "law"), BREAKS)
    def test_break_a_law_that_notices(
        self, plant: Callable[[str, str], Path], file: str, line: str, law: str
    ) -> None:
        result = lint(plant(file, line))
        assert result.returncode == 1, result.stdout + result.stderr
        assert f"{law} BROKEN" in result.stdout

    def test_break_each_law_here_once(self) -> None:
        settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        laws = {contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]}
        assert {law for *_, law in BREAKS} == laws
