"""The arithmetic of measurements."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Unit = Literal["ms", "rows/s", "/s", "%", "MB"]


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest rank: the smallest of the values that at least this share of them does not exceed."""
    if not values or not 0 < share <= 1:
        raise ValueError(
            f"{len(values)} values and a share of {share}: needed one at least, and above 0 to 1"
        )
    return sorted(values)[math.ceil(share * len(values)) - 1]


def in_a_row(*steps: Sequence[float]) -> list[float]:
    """What steps take one after the other, from samples of each: the first of all, the second of all, ...

    Percentiles of it are those of a chain; a sum of each step's p99 would be a worse day than any.
    """
    return [sum(one) for one in zip(*steps, strict=False)]


def halves(values: Sequence[float]) -> tuple[list[float], list[float]]:
    """The even and the odd samples: two independent ones of the same step."""
    return list(values[::2]), list(values[1::2])


@dataclass(frozen=True, slots=True)
class Aim:
    """What is to be reached: at most so much, or at least."""

    bound: float
    kind: Literal["<=", ">="] = "<="

    def met(self, value: float) -> bool:
        return value <= self.bound if self.kind == "<=" else value >= self.bound

    def __str__(self) -> str:
        return f"{self.kind} {self.bound:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table; `bare` is what the engines alone take for `beside`, in the same unit."""

    name: str
    value: float
    unit: Unit = "ms"
    aim: Aim | None = None
    bare: float | None = None
    beside: str = ""

    @property
    def met(self) -> bool | None:
        return self.aim.met(self.value) if self.aim else None

    @property
    def ratio(self) -> float | None:
        """How many times the bare engines' cost; of a rate it is turned round, so that more is worse."""
        if not self.bare or not self.value:
            return None
        return self.bare / self.value if self.unit in {"rows/s", "/s"} else self.value / self.bare


def spread(
    name: str,
    values: Sequence[float],
    *,
    p50: Aim | None = None,
    p99: Aim | None = None,
    bare: Sequence[float] = (),
    beside: str = "",
) -> list[Figure]:
    """Median and 99th percentile of milliseconds, each beside the same percentile of the bare engines."""
    return [
        Figure(
            name=f"{name}, {word}",
            value=percentile(values, share),
            aim=aim,
            bare=percentile(bare, share) if bare else None,
            beside=beside,
        )
        for word, share, aim in (("p50", 0.50, p50), ("p99", 0.99, p99))
    ]
