"""What the command line of a service says of itself."""

import sys
from collections.abc import Sequence

import pytest

from services.kernel.process.command import ENDED_BY_CTRL_C, run, usage
from services.kernel.settings import ServiceSettings


async def count(_settings: ServiceSettings, _argv: Sequence[str]) -> int:
    """Count what is kept.

    And more, which one line has no room for.
    """
    return 0


async def cut_short(_settings: ServiceSettings, _argv: Sequence[str]) -> int:
    raise KeyboardInterrupt


def nothing(*_: object) -> object:
    raise AssertionError("a service is not built to be asked for help")


class TestUsage:
    def test_has_each_command_with_what_it_does_in_a_line(self) -> None:
        lines = usage("toys", {"count": count}).splitlines()
        assert lines[0] == "usage: python -m services.toys [COMMAND]"
        assert [line.split()[0] for line in lines if line.startswith("  ")] == [
            *("all", "api", "stream", "redrive", "count")
        ]
        assert "  count       count what is kept" in lines

    @pytest.mark.parametrize("word", ["--help", "-h", "help"])
    def test_is_given_to_whoever_asks(self, capsys: pytest.CaptureFixture[str], word: str) -> None:
        assert run("toys", ServiceSettings(), nothing, [word]) == 0  # type: ignore[arg-type]
        assert capsys.readouterr().out.startswith("usage: ")


class TestCtrlC:
    def test_ends_a_command_without_a_trace(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "excepthook", sys.excepthook)
        status = run("toys", ServiceSettings(), nothing, ["cut"], cut=cut_short)  # type: ignore[arg-type]
        assert status == ENDED_BY_CTRL_C
