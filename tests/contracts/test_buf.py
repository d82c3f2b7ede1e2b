"""buf finds nothing wrong with the protos, nor with their growth since the last release."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contracts.protos import PROTO, buf

FINDINGS = 100


@pytest.fixture
def change(tmp_path: Path) -> Callable[[str, str], Path]:
    """A copy of the protos in which a text of certs' events is replaced."""
    copy = tmp_path / "proto"
    shutil.copytree(PROTO, copy)
    events = copy / "certs" / "v1" / "events.proto"

    def replace(old: str, new: str) -> Path:
        before = events.read_text(encoding="utf-8")
        assert old in before
        events.write_text(before.replace(old, new, 1), encoding="utf-8")
        return copy

    return replace


class TestLint:
    def test_the_protos_are_clean(self) -> None:
        """By buf's STANDARD rules, with a comment on every message and field."""
        result = buf("lint")
        assert result.returncode == 0, result.stdout

    @pytest.mark.parametrize(
        ("old", "new", "rule"),
        [
            ("package certs.v1;", "package certs;", "package"),
            ("string sealed", "string Sealed", "lower_snake_case"),
            ("  // English name.\n", "", "comment"),
        ],
    )
    def test_finds(self, change: Callable[[str, str], Path], old: str, new: str, rule: str) -> None:
        result = buf("lint", at=change(old, new))
        assert result.returncode == FINDINGS
        assert rule in result.stdout


class TestBreaking:
    def test_nothing_released_is_broken(self) -> None:
        result = buf("breaking", "--against", "released")
        assert result.returncode == 0, result.stdout

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("  string name_en = 4;\n", ""),
            ("string name_en = 4;", "string name_english = 4;"),
            ("string name_en = 4;", "string name_en = 44;"),
            ("int32 version = 2;", "int64 version = 2;"),
            ("optional string valid_to = 9;", "string valid_to = 9;"),
        ],
        ids=["removed", "renamed", "renumbered", "of another type", "no longer optional"],
    )
    def test_finds_a_field(self, change: Callable[[str, str], Path], old: str, new: str) -> None:
        assert buf("breaking", "--against", "released", at=change(old, new)).returncode == FINDINGS

    def test_lets_a_contract_grow(self, change: Callable[[str, str], Path]) -> None:
        grown = "string name_en = 4;\n  // Another name.\n  optional string name_short = 99;"
        copy = change("string name_en = 4;", grown)
        assert buf("lint", at=copy).returncode == 0
        assert buf("breaking", "--against", "released", at=copy).returncode == 0
