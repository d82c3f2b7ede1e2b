"""Codes of certificate types."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Families:
    """Codes that mean one type: a provisional one is asked for long after the official one took its place."""

    groups: tuple[frozenset[str], ...] = ()

    def of(self, code: str) -> tuple[str, ...]:
        """All codes of that type, sorted; the code alone where nothing was swapped."""
        return tuple(sorted(next((group for group in self.groups if code in group), {code})))
