"""How much a run measures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    rate: float = 20.0
    approvals: int = 600
    rows: int = 5_000
    holders: int = 2_000
    visits: int = 200
    scans: int = 500
    codes: int = 2_000
    faces: int = 200
    leaves: int = 20_000
    certificates: int = 4_000
    entries: int = 20_000
    tries: int = 400
    idle_s: float = 6.0


SMALL = Size(
    approvals=60,
    rows=200,
    holders=80,
    visits=20,
    scans=50,
    codes=200,
    faces=20,
    leaves=1_000,
    certificates=1_000,
    entries=1_000,
    tries=40,
    idle_s=1.0,
)
