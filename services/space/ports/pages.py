"""Lists in parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """A part of a list, newest first; `next` is given as `before` to go on, None at the end."""

    rows: Sequence[T]
    next: str | None
