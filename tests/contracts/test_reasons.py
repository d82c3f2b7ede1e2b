"""Every code in the program is on the closed list, and every code on the list is used."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from tests.contracts.classes import SERVICES
from tests.contracts.protos import PROTO

TEXTS = ("zh", "en", "next_zh", "next_en")
FILE = PROTO / "reasons.yaml"
SOURCES = sorted(SERVICES.rglob("*.py"))


def codes_given(source: str) -> set[str]:
    """The text of each `code = "..."` in a class and of each `code="..."` in a call."""
    found: list[ast.expr | None] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            found += [part.value for part in node.body if _assigns_code(part)]  # type: ignore[attr-defined]
        if isinstance(node, ast.keyword) and node.arg == "code":
            found.append(node.value)
    return {part.value for part in found if isinstance(part, ast.Constant) and isinstance(part.value, str)}


def _assigns_code(statement: ast.stmt) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return any(isinstance(target, ast.Name) and target.id == "code" for target in targets)


def texts_written(source: str) -> set[str]:
    """Every string literal."""
    nodes = ast.walk(ast.parse(source))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def text_findings(code: str, texts: dict[str, str]) -> list[str]:
    """What a reason lacks: a text, or Chinese where it should be Chinese, English where English."""
    if tuple(texts) != TEXTS:
        return [f"{code}: has {', '.join(texts)}"]
    chinese = {name: bool(re.search(r"[\u4e00-\u9fff]", text)) for name, text in texts.items()}
    return [
        f"{code}: {name}" for name in TEXTS if chinese[name] != name.endswith("zh") or not texts[name].strip()
    ]


def repeated_codes(listing: str) -> list[str]:
    """Codes that stand twice: YAML would keep the last and say nothing."""
    codes = re.findall(r"^(\w+):", listing, re.MULTILINE)
    return sorted({code for code in codes if codes.count(code) > 1})


def reasons() -> dict[str, dict[str, str]]:
    """The closed list."""
    table: dict[str, dict[str, str]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return table


class TestReasons:
    @pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.relative_to(SERVICES).as_posix())
    def test_every_code_in_the_program_is_on_the_list(self, source: Path) -> None:
        """A caller can look up whatever it is told."""
        assert codes_given(source.read_text(encoding="utf-8")) - set(reasons()) == set()

    def test_every_code_on_the_list_is_used(self) -> None:
        """A reason that nothing gives misleads the reader."""
        written = set[str]().union(*(texts_written(source.read_text(encoding="utf-8")) for source in SOURCES))
        assert sorted(set(reasons()) - written) == []

    @pytest.mark.parametrize("code", reasons())
    def test_a_reason_says_what_and_what_next_in_both_languages(self, code: str) -> None:
        assert text_findings(code, reasons()[code]) == []

    def test_no_code_stands_twice(self) -> None:
        assert repeated_codes(FILE.read_text(encoding="utf-8")) == []


class TestTheRulesThemselves:
    def test_see_a_code_in_a_class_and_in_a_call(self) -> None:
        """Plain, annotated and as a keyword; a local variable is not one."""
        source = (
            'class A(E):\n    code = "a"\n'
            'class B(E):\n    code: ClassVar[str] = "b"\n'
            'row(code="c")\ndef f():\n    code = "not one"\n'
        )
        assert codes_given(source) == {"a", "b", "c"}

    def test_see_texts_that_are_missing_or_in_the_other_language(self) -> None:
        good = dict(zip(TEXTS, ("有误", "wrong", "请更正", "correct it"), strict=True))
        assert text_findings("x", good) == []
        assert text_findings("x", good | {"zh": "wrong", "next_en": " "}) == ["x: zh", "x: next_en"]
        assert text_findings("x", {"zh": "有误"}) == ["x: has zh"]

    def test_see_a_code_that_stands_twice(self) -> None:
        assert repeated_codes("a:\n  zh: x\nb:\n  zh: x\na:\n  zh: y\n") == ["a"]
