"""What a run says: a table for the terminal and for docs/performance.md, and JSON for machines."""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.figures import Figure
from bench.machine import others

HEADINGS = ("measured", "figure", "aim", "", "bare engines", "times")
STEP_HEADINGS = ("from one moment of an approval to the next", "p50 ms", "p99 ms")
PHASES = ("idle", "road", "file", "1 counter", "4 counters", "codes", "scans")
PROCESS_HEADINGS = ("process", "memory MB", *(f"{phase}, %" for phase in PHASES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One run."""

    at: str
    machine: Mapping[str, Any]
    figures: Sequence[Figure]
    steps: Sequence[tuple[str, float, float]]
    memory: Mapping[str, float]
    cpu: Mapping[str, Mapping[str, float]]

    def text(self) -> str:
        """As Markdown, which reads well in a terminal too."""
        head = f"{self.at}, " + ", ".join(f"{name} {value}" for name, value in self.machine.items())
        tables = [table(HEADINGS, [_line(one) for one in self.figures])]
        if self.steps:
            rows = [(name, f"{p50:.1f}", f"{p99:.1f}") for name, p50, p99 in self.steps]
            tables.append(table(STEP_HEADINGS, rows))
        if self.memory:
            named = dict.fromkeys(name for part in (self.memory, *self.cpu.values()) for name in part)
            shares = {phase: f"{others(used):.0f} ({phase})" for phase, used in self.cpu.items()}
            said = f"Other programs took of the machine, in percent of a core: {', '.join(shares.values())}."
            tables.append(table(PROCESS_HEADINGS, [self._process(name) for name in named]) + f"\n\n{said}")
        return "\n\n".join([head, *tables]) + "\n"

    def json(self) -> str:
        """Everything, with what is computed from it."""
        computed = [asdict(one) | {"met": one.met, "ratio": one.ratio} for one in self.figures]
        return json.dumps(asdict(self) | {"figures": computed}, ensure_ascii=False, indent=2) + "\n"

    def _process(self, name: str) -> list[str]:
        phases = [self.cpu.get(phase, {}).get(name) for phase in PHASES]
        shown = ("" if one is None else f"{one:.0f}" for one in (self.memory.get(name), *phases))
        return [name, *shown]


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns line up; the first is text, the others are flush right."""
    widths = [max(_width(row[place]) for row in (headings, *rows)) for place in range(len(headings))]
    rule = [":" + "-" * (widths[0] - 1), *("-" * (width - 1) + ":" for width in map(_two, widths[1:]))]
    return "\n".join(_joined(cells, widths) for cells in (headings, rule, *rows))


def _joined(cells: Sequence[str], widths: Sequence[int]) -> str:
    first = cells[0] + " " * (widths[0] - _width(cells[0]))
    rest = [
        " " * (_two(width) - _width(cell)) + cell for cell, width in zip(cells[1:], widths[1:], strict=True)
    ]
    return f"| {' | '.join([first, *rest])} |"


def _two(width: int) -> int:
    """A column of Markdown is two wide at least: its rule says the side."""
    return max(width, 2)


def _width(text: str) -> int:
    """A Chinese character takes two places."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _line(figure: Figure) -> list[str]:
    met = {None: "", True: "met", False: "MISSED"}[figure.met]
    bare = f"{figure.bare:.1f} ({figure.beside})" if figure.bare else ""
    times = f"{figure.ratio:.1f}" if figure.ratio else ""
    return [figure.name, f"{figure.value:.1f} {figure.unit}", str(figure.aim or ""), met, bare, times]
