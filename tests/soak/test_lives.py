"""Many lives of certificates; the small case is tests/certs/test_lives.py."""

from pathlib import Path

import pytest

from tests.certs.test_lives import live

pytestmark = pytest.mark.soak


class TestFiveHundredLives:
    def test_go_as_the_model_says(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        live(tmp_path / "secrets", monkeypatch, examples=500, steps=80)
