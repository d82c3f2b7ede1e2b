"""docs/verify.md and its samples: what another team builds on does not change under it."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.certs.proof.sm2 import missing
from services.certs.verify.__main__ import main
from services.kernel.reasons import reasons

VECTOR = Path(__file__).parent / "vector"
SM2 = VECTOR / "sm2"
PAGE = Path(__file__).parents[3] / "docs" / "verify.md"
AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
EXPECTED: dict[str, Any] = json.loads((VECTOR / "expected.json").read_text())


class TestSamples:
    @pytest.mark.parametrize("name", EXPECTED)
    def test_are_read_as_they_were_when_they_were_issued(
        self, name: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Added to and never edited: certificates live for decades."""
        given = [
            str(VECTOR / name),
            "--keys",
            str(VECTOR / "keys.json"),
            "--status",
            str(VECTOR / "list.jwt"),
        ]
        assert main([*given, "--json"], at=AT) == 1
        assert json.loads(capsys.readouterr().out) == EXPECTED[name]

    @pytest.mark.skipif(bool(missing()), reason=f"SM2: {missing()}")
    def test_of_the_other_suite_and_the_other_form_of_list_too(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        given = [
            str(SM2 / "certificate.txt"),
            "--keys",
            str(SM2 / "keys.json"),
            "--status",
            str(SM2 / "list.cwt"),
        ]
        assert main([*given, "--json"], at=AT) == 1
        expected = json.loads((SM2 / "expected.json").read_text())["certificate.txt"]
        assert json.loads(capsys.readouterr().out) == expected

    def test_hold_no_private_key(self) -> None:
        for folder in (VECTOR, SM2):
            assert '"d"' not in (folder / "keys.json").read_text()


class TestPage:
    def test_names_every_code_and_no_other(self) -> None:
        named = set(re.findall(r"`(proof_\w+)`", PAGE.read_text()))
        assert named == {code for code in reasons() if code.startswith("proof_")}

    def test_names_files_that_are_there(self) -> None:
        for name in re.findall(r"`(tests/[\w./]+)`", PAGE.read_text()):
            assert (PAGE.parents[1] / name).exists(), name
