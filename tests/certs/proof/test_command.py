"""`python -m services.certs.verify`: what somebody without a network is told, and how it exits."""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.certs.proof.credentials import LONGEST
from services.certs.verify.__main__ import main
from tests.certs.proof.desk import BUREAU, INDEX, NOW, Desk


class Files:
    """A certificate, keys and a list, as somebody saved them."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk, self.folder = desk, folder
        self.keys = self.file("keys.json", desk.published)
        self.status = self.file("list.jwt", desk.list_of(at=NOW - timedelta(hours=1)))
        self.certificate = self.file("certificate.txt", f"{desk.issue()}\n")

    def file(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def arguments(self, *more: str, certificate: str = "", keys: str = "", status: str = "") -> Sequence[str]:
        said = [certificate or self.certificate, "--keys", keys or self.keys]
        return [*said, "--status", status or self.status, *more]


@pytest.fixture
def files(desk: Desk, tmp_path: Path) -> Files:
    return Files(desk, tmp_path)


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


class TestExits:
    def test_nought_when_all_three_are_valid(self, files: Files) -> None:
        assert main(files.arguments(), at=NOW) == 0

    def test_one_when_something_is_invalid(self, files: Files) -> None:
        revoked = files.file("other.jwt", files.desk.list_of((INDEX, "invalid")))
        assert main(files.arguments(status=revoked), at=NOW) == 1

    def test_two_when_something_is_unknown(self, files: Files) -> None:
        assert main([files.certificate, "--keys", files.keys], at=NOW) == 2
        bare = files.file("bare.json", json.dumps(files.desk.rings.ring(BUREAU).published))
        assert main([files.certificate, "--keys", bare], at=NOW) == 2

    def test_one_when_something_is_invalid_and_something_unknown(self, files: Files) -> None:
        ended = files.file("ended.txt", files.desk.issue(valid_to=date(2026, 2, 1)))
        assert main([ended, "--keys", files.keys], at=NOW) == 1

    @pytest.mark.parametrize("text", ["", "[]", "\xff", '{"issuers": 7}'])
    def test_three_when_the_keys_are_no_keys(
        self, files: Files, capsys: pytest.CaptureFixture[str], text: str
    ) -> None:
        odd = files.file("odd.json", text.encode("latin-1"))
        assert main(files.arguments(keys=odd), at=NOW) == 3
        assert capsys.readouterr().out == ""

    def test_three_when_a_file_is_not_there(self, files: Files) -> None:
        for given in (files.arguments(certificate="/nowhere"), files.arguments(keys="/nowhere")):
            assert main(given, at=NOW) == 3

    @pytest.mark.parametrize(
        "odd",
        [
            ["--at", "yesterday"],
            ["--at", "2026-03-01T08:00:00"],
            ["--most-age", "1"],
            ["--most-age", "-1h"],
            ["x"],
        ],
    )
    def test_three_when_an_argument_is_not_understood(self, files: Files, odd: list[str]) -> None:
        with pytest.raises(SystemExit) as stopped:
            main([*files.arguments(), *odd], at=NOW)
        assert stopped.value.code == 3


class TestWhatIsSaid:
    def test_a_table_with_reason_next_step_and_age(
        self, files: Files, capsys: pytest.CaptureFixture[str]
    ) -> None:
        main(files.arguments(), at=NOW)
        text = capsys.readouterr().out
        for words in ("内容 integrity", "proof_in_force", "持证主体", "1 h 00 min", "热食类食品制售"):
            assert words in text

    def test_json_for_another_program(self, files: Files, capsys: pytest.CaptureFixture[str]) -> None:
        main(files.arguments("--json"), at=NOW)
        found = said(capsys)
        assert found["state"] == "valid"
        assert found["status"] == {"state": "valid", "code": "proof_in_force", "detail": ""}
        assert found["status_age_seconds"] == 3600
        assert found["certificate"]["fields"]["employees"] == 7
        assert found["certificate"]["valid_until"] == "2031-01-14T16:00:00+00:00"

    def test_nothing_of_what_is_not_proved(self, files: Files, capsys: pytest.CaptureFixture[str]) -> None:
        forged = files.file("forged.txt", files.desk.issue().replace("~", "A~", 1))
        main(files.arguments("--json", certificate=forged), at=NOW)
        found = said(capsys)
        assert (found["certificate"], found["status_age_seconds"]) == (None, None)
        assert found["status"]["code"] == "proof_not_asked"

    def test_as_of_another_time(self, files: Files, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(files.arguments("--json", "--at", "2026-03-02T15:30:00+08:00"), at=NOW) == 2
        assert said(capsys)["status"]["code"] == "proof_status_too_old"

    @pytest.mark.parametrize(("most", "exits"), [("59m", 2), ("60m", 0), ("3600s", 0), ("1h", 0), ("1d", 0)])
    def test_caps_the_age_of_the_status(self, files: Files, most: str, exits: int) -> None:
        assert main(files.arguments("--most-age", most), at=NOW) == exits

    def test_a_strangers_letters_do_nothing_to_the_terminal(
        self, files: Files, capsys: pytest.CaptureFixture[str]
    ) -> None:
        odd = files.file("odd.txt", files.desk.issue(claims={"name": "\x1b[2J\u202etxt"}, fields={}))
        main(files.arguments(certificate=odd), at=NOW)
        text = capsys.readouterr().out
        assert "\x1b" not in text
        assert "\u202e" not in text

    @pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"~" * 2_000_000])
    def test_any_bytes_get_an_answer(
        self, files: Files, capsys: pytest.CaptureFixture[str], content: bytes
    ) -> None:
        odd = files.file("odd.bin", content)
        assert main(files.arguments("--json", certificate=odd), at=NOW) == 1
        too_long = len(content) > LONGEST
        assert said(capsys)["integrity"]["code"] == ("proof_too_long" if too_long else "proof_unreadable")


class TestProcess:
    def test_reads_the_standard_input_and_needs_nothing_else(self, files: Files) -> None:
        command = [
            sys.executable,
            "-m",
            "services.certs.verify",
            "-",
            "--keys",
            files.keys,
            "--status",
            files.status,
        ]
        at = ["--json", "--at", NOW.isoformat()]
        ran = subprocess.run(  # noqa: S603 - arguments written here
            [*command, *at], input=files.desk.issue().encode(), capture_output=True, check=False
        )
        assert (ran.returncode, ran.stderr) == (0, b"")
        assert json.loads(ran.stdout)["certificate"]["claims"]["holder_name"] == "郧西县金銮餐馆 · 𠮷"
