"""The tree keeps our own laws, and each law can be broken."""

import os
import re
from pathlib import Path

import pytest

from services.identity.domain.clients import SCOPES
from tests.rules.laws import KERNEL_LINES, LAWS, findings, kernel_findings, tree

ROOT = Path(__file__).parents[2]
# In two parts, so that this file keeps the law.
HOME = "/home" + "/someone"
INDEX = "--index-" + "url"


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    """Every file that git has or would take; git itself need not be there."""
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines()} | {".git"}
    paths: list[str] = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in ignored]
        paths += [Path(folder, name).relative_to(ROOT).as_posix() for name in files]
    return tree(ROOT, sorted(paths))


# law: (path, a source that breaks it, a source that keeps it)
BREAKS = [
    ("length", "services/certs/domain.py", "x = 1\n" * 201, "x = 1\n" * 200),
    ("import", "services/certs/store.py", "import os\nc = connect('x')\n", "def f():\n    connect('x')\n"),
    ("import", "services/certs/store.py", "register(1)\n", '"""A law."""\nX = frozenset({1})\n'),
    (
        "import",
        "deploy/ports.py",
        "for x in range(3):\n    print(x)\n",
        "if __name__ == '__main__':\n    main()\n",
    ),
    ("settings", "services/certs/app.py", "import os\nasync def f(): return os.environ['A']\n", "x = 1\n"),
    ("settings", "services/certs/app.py", "from os import getenv\ndef f(): return getenv('A')\n", "x = 1\n"),
    ("http", "services/certs/api.py", "raise HTTPException(409, 'x')\n", "raise Conflict('x')\n"),
    ("http", "services/certs/api.py", "r.post('/', status_code=404)\n", "r.post('/', status_code=201)\n"),
    ("http", "services/certs/api.py", "return JSONResponse(x, 422)\n", "rows(limit=500)\n"),
    (
        "http",
        "services/certs/api.py",
        "x = status.HTTP_503_SERVICE_UNAVAILABLE\n",
        "x = status.HTTP_201_CREATED\n",
    ),
    ("http", "services/notify/webhooks.py", "a = answer.status >= 500\n", "a = answer.status < 300\n"),
    ("waiting", "tests/certs/test_app.py", "await asyncio.sleep(1)\n", "await asyncio.sleep(0.05)\n"),
    ("waiting", "tests/certs/test_app.py", "PAUSE = 0.5\ntime.sleep(PAUSE)\n", "time.sleep(left())\n"),
    ("place", "README.md", f"see {HOME}/x\n", "see docs/x\n"),
    ("place", "Makefile", f"pip install {INDEX} x\n", "pip install x\n"),
    (
        "place",
        "requirements/run.in",
        "https://" + "pypi.org" + "/simple" + "\n",
        "https://docs.example.org/project/x\n",
    ),
    ("lock", "requirements/run.lock", "x==1\n", "x==1 \\\n    --hash=sha256:00\n    # via y\n"),
    ("lock", "requirements/run.lock", "x>=1 --hash=sha256:00\n", "# made by make lock\n"),
    ("lock", "requirements/run.lock", "x==1 @ https://y --hash=sha256:00\n", "x==1 --hash=sha256:00\n"),
    *(
        (
            "time and chance",
            f"services/certs/{room}.py",
            breaks,
            "def f(at: datetime) -> datetime: return at\n",
        )
        for room in ("domain", "handlers")
        for breaks in (
            "at = datetime.now(UTC)\n",
            "day = date.today()\n",
            "at = datetime.date.today()\n",
            "at = time.time()\n",
            "id = uuid4()\n",
            "import secrets\n",
            "from random import choice\n",
            "x = random.choice(y)\n",
        )
    ),
    *(
        ("catching", "services/certs/app.py", f"try:\n    f()\n{line}\n    g()\n", keeps)
        for line in ("except Exception:", "except:", "except (A, BaseException):  # noqa: BLE001 - a defect")
        for keeps in (
            "try:\n    f()\nexcept Exception:  # reason: a defect must not stop the loop\n    g()\n",
            "try:\n    f()\nexcept ValueError:\n    g()\n",
        )
    ),
    *(("name", f"services/{name}", "", "") for name in ("utils.py", "certs/helpers.py", "common/clock.py")),
]
LAWFUL_NAME = "services/certs/signing.py"


class TestTheTree:
    @pytest.mark.parametrize("law", LAWS)
    def test_keeps_the_law_of(self, law: str, sources: dict[str, str]) -> None:
        assert findings(law, sources) == []

    def test_has_a_small_kernel(self, sources: dict[str, str]) -> None:
        kernel = {path: source for path, source in sources.items() if path.startswith("services/kernel/")}
        assert kernel_findings([source for path, source in kernel.items() if path.endswith(".py")]) == []

    def test_is_not_empty(self, sources: dict[str, str]) -> None:
        assert "services/kernel/event.py" in sources


class TestEachLaw:
    @pytest.mark.parametrize(("law", "path", "breaks", "keeps"), BREAKS)
    def test_finds_what_breaks_it_and_nothing_else(
        self, law: str, path: str, breaks: str, keeps: str
    ) -> None:
        assert findings(law, {path: breaks}) != []
        assert findings(law, {LAWFUL_NAME if law == "name" else path: keeps}) == []

    def test_is_broken_here_once(self) -> None:
        assert {law for law, *_ in BREAKS} == set(LAWS)

    def test_of_the_kernels_size_counts_all_files_without_blank_lines_and_comments(self) -> None:
        half = "x = 1\n\n# why\n" * (KERNEL_LINES // 2)
        assert kernel_findings([half, half]) == []
        assert kernel_findings([half, half, "x = 1\n"]) == [f"{KERNEL_LINES + 1} lines in the kernel"]


ASKED = re.compile(r"""(?:machine(?:_or_operator)?\(\s*|^SCOPE = )"([a-z:]+)\"""", re.MULTILINE)


class TestScopes:
    def test_that_can_be_registered_are_those_that_a_service_asks_for(self) -> None:
        """One forgotten would be refused to every system that needs it."""
        asked = {one for file in (ROOT / "services").rglob("*.py") for one in ASKED.findall(file.read_text())}
        assert asked == SCOPES
