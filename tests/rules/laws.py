"""Our own laws, those that ruff, mypy and import-linter do not know.

Each law is a function from a path and its source to findings; `LAWS` says which files it is for.
Those that read Python are in `source_laws.py`.
"""

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.rules.source_laws import (
    acts_only_when_called,
    catches_what_it_can_name,
    leaves_http_numbers_to_the_table,
    reads_its_settings_in_one_place,
    takes_time_and_chance_through_the_door,
    waits_for_a_condition,
)

FILE_LINES = 200
KERNEL_LINES = 4300  # of code; ARCHITECTURE.md, decision 7, has the reason
# Written so that this file does not find itself.
PLACES = {
    "a machine path": r"/(wor[k]|roo[t]|home/[a-z]\w*|Users/[A-Za-z]\w*)/|/tm[p]/k\b",
    "a registry address": r"https?://[^\s\"']*(pypi\.or[g]/simple|pythonhosted\.or[g]|maven\.(apache\.)?or[g]/maven2"
    r"|registry\.npmj[s]\.org|/simpl[e]/?(\s|$))",
    "a registry option": r"--(extra-)?index-ur[l]|\b(PIP|UV)_(DEFAULT_|EXTRA_)?INDE[X]",
}

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
Law = Callable[[str, str], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """A law and the files, by a pattern over their path in the tree, to which it applies."""

    files: str
    law: Law


def keeps_to_its_length(_path: str, source: str) -> list[str]:
    """A file has at most 200 lines (`wc -l`); a longer room becomes a folder of the same name."""
    lines = source.count("\n")
    return [f"{lines} lines"] if lines > FILE_LINES else []


def has_a_homely_name(path: str, _source: str) -> list[str]:
    """No file is named for having no subject."""
    return re.findall(r"(?:^|/)((?:utils?|common|helpers?|misc|managers?)(?:/|\.py$))", path)


def names_no_place(_path: str, source: str) -> list[str]:
    """No path of a machine and no address of a registry: the tree works wherever it is cloned."""
    return [
        f"line {number} names {what}"
        for number, line in enumerate(source.splitlines(), start=1)
        for what, pattern in PLACES.items()
        if re.search(pattern, line)
    ]


def locks_with_hashes(_path: str, source: str) -> list[str]:
    """Each requirement of a lock file is one version with a hash, and comes from no address."""
    joined = re.sub(r"#.*", "", source).replace("\\\n", " ")
    requirements = [line.split() for line in joined.splitlines() if line.strip()]
    return [
        f"{parts[0]} is not locked"
        for parts in requirements
        if "==" not in parts[0]
        or "://" in " ".join(parts)
        or not any("--hash=sha256:" in part for part in parts)
    ]


def lines_that_count(source: str) -> int:
    """Lines of code: no blank ones, no comments, no docstrings."""
    tree = ast.parse(source)
    documented = [node for node in ast.walk(tree) if isinstance(node, DOCUMENTED) and ast.get_docstring(node)]
    spans = [(node.body[0].lineno, node.body[0].end_lineno or 0) for node in documented]
    prose = {number for first, last in spans for number in range(first, last + 1)}
    code = [line.strip() for number, line in enumerate(source.splitlines(), 1) if number not in prose]
    return sum(1 for line in code if line and not line.startswith("#"))


def kernel_findings(sources: Sequence[str]) -> list[str]:
    """The kernel as a whole stays small: what one service needs has its place in that service."""
    lines = sum(lines_that_count(source) for source in sources)
    return [f"{lines} lines in the kernel"] if lines > KERNEL_LINES else []


CODE = r"^(services|deploy|bench)/.*\.py$"
LAWS: Mapping[str, Ruled] = {
    "length": Ruled(files=CODE, law=keeps_to_its_length),
    "name": Ruled(files=r"\.py$", law=has_a_homely_name),
    "import": Ruled(files=CODE, law=acts_only_when_called),
    "settings": Ruled(files=r"^services/.*\.py$", law=reads_its_settings_in_one_place),
    "time and chance": Ruled(
        files=r"^services/.*/(domain|handlers)(/.*)?\.py$", law=takes_time_and_chance_through_the_door
    ),
    "http": Ruled(files=r"^services/.*\.py$", law=leaves_http_numbers_to_the_table),
    "catching": Ruled(files=r"\.py$", law=catches_what_it_can_name),
    "waiting": Ruled(files=r"^tests/.*\.py$", law=waits_for_a_condition),
    "place": Ruled(files=r".", law=names_no_place),
    "lock": Ruled(files=r"^requirements/.*\.lock$", law=locks_with_hashes),
}


def findings(name: str, sources: Mapping[str, str]) -> list[str]:
    """What a law finds in a tree of sources by path."""
    ruled = LAWS[name]
    return [
        f"{path}: {finding}"
        for path, source in sources.items()
        if re.search(ruled.files, path)
        for finding in ruled.law(path, source)
    ]


def tree(root: Path, paths: Sequence[str]) -> dict[str, str]:
    """The text files among these paths, by path."""
    sources = {}
    for path in paths:
        content = (root / path).read_bytes() if (root / path).is_file() else b"\0"
        if b"\0" not in content:
            sources[path] = content.decode(errors="replace")
    return sources
