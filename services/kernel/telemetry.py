"""What a process tells its operators: one JSON object a line on stdout, and counters.

Personal data has no place in a log. As a last line of defence, numbers that look like a citizen
number (15 or 18 characters) are masked in every text, traces included.
"""

import json
import logging
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")

_counters: Counter[str] = Counter()


def count(name: str, n: int = 1) -> None:
    """Add to a counter of this process."""
    _counters[name] += n


def counters() -> dict[str, int]:
    """Give every counter as it stands."""
    return dict(_counters)


_written = json.JSONEncoder(ensure_ascii=False).encode  # made once: by `json.dumps` it is for each line
_ID_LIKE = re.compile(r"(?<![0-9A-Za-z])([0-9]{6})(?:[0-9]{9}|[0-9]{11}[0-9Xx])(?![0-9A-Za-z])")
# Whatever stands before it: in JSON that may be the letter of an escape.
_LONG_RUN = re.compile(r"[0-9]{15}")
_OF_EVERY_RECORD = frozenset(logging.makeLogRecord({}).__dict__) | {
    *("message", "asctime", "taskName"),
    "color_message",  # uvicorn's own, for terminals
}


def _masked(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _masked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _ID_LIKE.sub(r"\1***", str(value))


class JsonLines(logging.Formatter):
    """One line a record; extra fields stand beside the fixed ones and never replace them."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Never fails and never spans two lines, whatever was logged."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": _message(record),
            "request_id": request_id.get(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        extra = {key: value for key, value in record.__dict__.items() if key not in _OF_EVERY_RECORD}
        said = extra | line
        try:
            text = _written(said)
        except (TypeError, ValueError):
            return _written(_masked(said))
        # Looked at whole first: nearly every line is clean, and the walk costs a tenth of a quick request.
        return _written(_masked(said)) if _LONG_RUN.search(text) else text


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} (its arguments do not fit)"


class Quieter(logging.Filter):
    """Lets `lines` a window of a chatty logger through; the next window tells how many were held back."""

    def __init__(
        self, *, lines: int = 20, seconds: float = 10.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._lines, self._seconds, self._monotonic = lines, seconds, monotonic
        self._windows: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line may go out."""
        # A broker outage made aiokafka log 115,000 lines in 80 seconds (measured).
        if record.name.partition(".")[0] not in {"aiokafka", "faust", "mode", "kafka"}:
            return True
        now = self._monotonic()
        since, seen = self._windows.get(record.name, (now, 0))
        if now - since >= self._seconds:
            if seen > self._lines:
                record.suppressed = seen - self._lines
            since, seen = now, 0
        self._windows[record.name] = (since, seen + 1)
        if seen >= self._lines:
            count("log_lines_suppressed")
        return seen < self._lines


def configure_logging(service: str, level: str = "INFO") -> None:
    """Send everything that any library logs through one handler; only `__main__.py` calls this."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(service))
    handler.addFilter(Quieter())
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        # http.py writes the access line, with its request id.
        logger.propagate = name != "uvicorn.access"
    for name in ("faust", "mode", "aiokafka"):  # every step of every start, at INFO
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = lambda kind, error, trace: logging.getLogger("yima").critical(
        "the process ends: %s", kind.__name__, exc_info=(kind, error, trace)
    )
