"""How far the entries of a space serve what is asked for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.space.domain.entries import REMOVED, Entry

Result = Literal["have", "expired", "not_valid", "missing"]


@dataclass(frozen=True, slots=True)
class Families:
    """Codes that mean one type: a provisional one is asked for long after the official one took its place."""

    groups: tuple[frozenset[str], ...] = ()

    def of(self, code: str) -> tuple[str, ...]:
        """All codes of that type, sorted; the code alone where nothing was swapped."""
        return tuple(sorted(next((group for group in self.groups if code in group), {code})))


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How far the space serves one required type: never content. `reason` is a reason code."""

    certificate_type: str
    result: Result
    state: str | None = None
    reason: str | None = None
    entry_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is wanted, and the entries that may serve it."""

    wanted: Sequence[str]
    entries: Sequence[Entry]
    families: Families

    def matched(self, *, today: date) -> tuple[Match, ...]:
        """Tell the best there is of each type that is wanted."""
        return match(self.wanted, self.entries, families=self.families, today=today)


_RESULTS: Mapping[str, tuple[Result, str | None]] = {
    "valid": ("have", None),
    "expired": ("expired", "certificate_expired"),
}


def match(
    certificate_types: Iterable[str], entries: Sequence[Entry], *, families: Families, today: date
) -> tuple[Match, ...]:
    """Tell the best there is of each type, in the order asked; `entries` come newest first."""
    return tuple(_best(one, families.of(one), entries, today) for one in certificate_types)


def _best(certificate_type: str, codes: Sequence[str], entries: Sequence[Entry], today: date) -> Match:
    by_state: dict[str, list[str]] = {}
    for entry in entries:
        if entry.certificate_type in codes and entry.state != REMOVED:
            by_state.setdefault(entry.state_on(today), []).append(entry.entry_id)
    if not by_state:
        return Match(certificate_type=certificate_type, result="missing", reason="certificate_missing")
    # One that only lapsed can be renewed: of several that do not serve it is the one to speak of.
    state = next(one for one in ("valid", "expired", *by_state) if one in by_state)
    result, reason = _RESULTS.get(state, ("not_valid", "certificate_not_valid"))
    return Match(
        certificate_type=certificate_type,
        result=result,
        state=state,
        reason=reason,
        entry_ids=tuple(by_state[state]),
    )


def usable(entries: Iterable[Entry], *, today: date) -> list[Entry]:
    """Those that may be handed over: only a valid certificate is."""
    return [entry for entry in entries if entry.state_on(today) == "valid"]
