"""The closed list of reason codes, `proto/reasons.yaml`, in two languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).parents[2] / "proto" / "reasons.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What happened and what to do next, in the words of the counter."""

    zh: str
    en: str
    next_zh: str
    next_en: str


@cache
def reasons() -> Mapping[str, Reason]:
    """Every reason by its code; read once a process."""
    table = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {code: Reason(**texts) for code, texts in table.items()}
