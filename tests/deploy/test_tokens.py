"""The access tokens that a demo leaves for who goes on by hand."""

import json
from pathlib import Path
from stat import S_IMODE

import pytest

from deploy.local import tokens
from deploy.local.actors import Platform, System
from deploy.local.places import LOOPBACK, free_port


class Known:
    """Signed in, without a log-in."""

    def __init__(self, token: str) -> None:
        self.through = System(Platform({}, issuer="", keys=Path()), "portal")
        self._token = token

    async def token(self) -> str:
        return self._token


class TestTheTokensLeft:
    async def test_are_for_their_owners_eyes_alone_whoever_made_the_file(self, tmp_path: Path) -> None:
        old = tmp_path / "secrets" / "clients" / "operator.token"
        old.parent.mkdir(parents=True)
        old.write_text("a longer one of yesterday")
        old.chmod(0o644)
        left = await tokens.leave_tokens(tmp_path, resident=Known("t1"), operator=Known("t2"))
        assert {who: path.read_text() for who, path in left.items()} == {"resident": "t1", "operator": "t2"}
        assert left["operator"] == old
        assert {S_IMODE(path.stat().st_mode) for path in left.values()} == {0o600}


class TestWithoutADemo:
    @pytest.mark.parametrize("ever", [False, True])
    def test_who_asks_for_tokens_is_told_to_start_one(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        *,
        ever: bool,
    ) -> None:
        if ever:
            nobody = f"http://{LOOPBACK}:{free_port()}"
            tokens.note_addresses(tmp_path, dict.fromkeys(("identity", "province", "staff"), nobody))
            assert json.loads((tmp_path / "addresses.json").read_text())["staff"] == nobody
        monkeypatch.setattr("sys.argv", ["tokens", "--folder", str(tmp_path)])
        assert tokens.main() == 1
        told = capsys.readouterr().err
        assert told == f"no demo is up in {tmp_path}: start it with `make demo`, and keep it up\n"
