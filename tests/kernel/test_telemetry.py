"""Logs: one JSON object a line, no personal numbers, no storms."""

import json
import logging
import re
import sys
from collections.abc import Iterator

import pytest

from services.kernel.telemetry import JsonLines, Quieter, configure_logging, count, counters, request_id

CITIZEN = "11010519491231002X"


@pytest.fixture
def _logging() -> Iterator[None]:
    """Leave the process's logging and last hook as they were found."""
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = root.handlers[:], root.level
    configure_logging("certs", "debug")
    yield
    root.handlers[:], sys.excepthook = handlers, hook
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def line(record: logging.LogRecord) -> dict[str, object]:
    text = JsonLines("certs").format(record)
    assert "\n" not in text
    return dict(json.loads(text))


def record(message: str, *args: object, name: str = "yima.test", **extra: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": name, "levelname": "INFO", "msg": message, "args": args})
    made.__dict__.update(extra)
    return made


class TestLines:
    def test_carry_the_fixed_fields_and_the_extra_ones(self) -> None:
        request_id.set("r-1")
        got = line(record("kept %d", 3, certificate_id="c1", ms=1.5, topics=["a", "b"]))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", str(got.pop("at")))
        assert got == {
            "level": "INFO",
            "service": "certs",
            "logger": "yima.test",
            "message": "kept 3",
            "request_id": "r-1",
            "certificate_id": "c1",
            "ms": 1.5,
            "topics": ["a", "b"],
        }

    def test_hold_a_trace_inside(self) -> None:
        try:
            int(CITIZEN)
        except ValueError:
            got = line(record("failed", exc_info=sys.exc_info()))
        assert "invalid literal for int() with base 10: '110105***'" in str(got["trace"])

    def test_are_written_even_when_the_arguments_do_not_fit(self) -> None:
        assert line(record("%d and %d", "x"))["message"] == "%d and %d (its arguments do not fit)"

    def test_do_not_let_extra_fields_replace_the_fixed_ones(self) -> None:
        assert line(record("said", service="forged", level="FORGED"))["service"] == "certs"

    @pytest.mark.parametrize("number", [CITIZEN, CITIZEN.lower(), "420322198503150019", "110105491231002"])
    def test_mask_what_looks_like_a_citizen_number_anywhere(self, number: str) -> None:
        text = JsonLines("certs").format(
            record("of %s", number, detail=f"证件{number}。", rows=[{"id_number": number}], path=(number,))
        )
        assert number not in text

    @pytest.mark.parametrize(
        "harmless", ["0190a1b2c3d4e5f60718293a4b5c6d7e", "91420322MA4900002X", "1772352000000", "20260301"]
    )
    def test_leave_ids_codes_and_times_alone(self, harmless: str) -> None:
        assert line(record("of %s", harmless))["message"] == f"of {harmless}"


class TestQuieter:
    def test_holds_a_storm_back_and_tells_how_much(self) -> None:
        now = [0.0]
        quieter = Quieter(lines=3, seconds=10, monotonic=lambda: now[0])
        passed = [quieter.filter(record("lost", name="aiokafka.conn")) for _ in range(100)]
        assert sum(passed) == 3
        now[0] = 10.0
        first = record("lost", name="aiokafka.conn")
        assert quieter.filter(first)
        assert line(first)["suppressed"] == 97

    def test_counts_each_logger_for_itself_and_leaves_ours_alone(self) -> None:
        quieter = Quieter(lines=1, monotonic=lambda: 0.0)
        assert [quieter.filter(record("x", name=name)) for name in ("faust.a", "mode.b", "kafka")] == [
            True
        ] * 3
        assert all(quieter.filter(record("x")) for _ in range(100))


@pytest.mark.usefixtures("_logging")
class TestConfigureLogging:
    def test_sends_every_library_through_one_door(self, capsys: pytest.CaptureFixture[str]) -> None:
        configure_logging("certs")
        for name in ("uvicorn.error", "aiokafka", "asyncio", "yima.x"):
            logging.getLogger(name).error("hello")
        logging.getLogger("uvicorn.access").info("its own access line")
        lines = [json.loads(each) for each in capsys.readouterr().out.splitlines()]
        assert [each["logger"] for each in lines] == ["uvicorn.error", "aiokafka", "asyncio", "yima.x"]

    def test_writes_the_end_of_the_process_as_a_line_too(self, capsys: pytest.CaptureFixture[str]) -> None:
        configure_logging("certs")
        error = RuntimeError("over")
        sys.excepthook(RuntimeError, error, None)
        got = capsys.readouterr()
        assert json.loads(got.out)["trace"].endswith("RuntimeError: over")
        assert got.err == ""


class TestCounters:
    def test_add_up(self) -> None:
        before = counters().get("test_things", 0)
        count("test_things")
        count("test_things", 4)
        assert counters()["test_things"] == before + 5
