"""How far the entries of a space serve what is asked for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.space.domain.entries import REMOVED, Entry
from services.space.domain.items import Item
from services.space.domain.needs import Need
from services.space.domain.types import Families
from services.space.domain.uses import Use

Result = Literal["have", "expired", "not_valid", "missing"]


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
    """What may be used, what the item needs beside it, and the entries that may serve.

    `wanted`: the types as the grant names them, `untouched`: needs of which the space is not asked.
    """

    wanted: Sequence[str]
    uses: Sequence[Use]
    untouched: Sequence[Need]
    entries: Sequence[Entry]
    families: Families

    @classmethod
    def among(
        cls,
        entries: Sequence[Entry],
        *,
        item: Item,
        allowed: Sequence[str],
        uses: Sequence[Use],
        families: Families,
        narrowed: bool,
    ) -> "Found":
        """Put it together; whoever asks for less is told of nothing else."""
        opened = {code for use in uses for code in families.of(use.need.certificate_type or "")}
        used = {use.need.need for use in uses}
        return cls(
            wanted=[code for code in allowed if not opened.isdisjoint(families.of(code))],
            uses=uses,
            untouched=[] if narrowed else [one for one in item.wanted if one.need not in used],
            entries=entries,
            families=families,
        )

    def missing(self, *, today: date) -> tuple[Match, ...]:
        """Tell of each wanted type that does not serve, unless another need stands for it that does."""
        served = {use.need.any_of for use in self.uses if usable(self.of(use.need), today=today)} - {None}
        spared = [use.need.certificate_type or "" for use in self.uses if use.need.any_of in served]
        codes = {code for one in spared for code in self.families.of(one)}
        return tuple(
            one
            for one in self.matched(today=today)
            if one.result != "have" and one.certificate_type not in codes
        )

    def matched(self, *, today: date) -> tuple[Match, ...]:
        """Tell the best there is of each type that is wanted."""
        return match(self.wanted, self.entries, families=self.families, today=today)

    def of(self, need: Need) -> list[Entry]:
        """Those that may serve it, newest first."""
        codes = self.families.of(need.certificate_type or "")
        return [one for one in self.entries if one.certificate_type in codes and one.state != REMOVED]


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
    state, best = best_of([one for one in entries if one.certificate_type in codes], today=today)
    if state is None:
        return Match(certificate_type=certificate_type, result="missing", reason="certificate_missing")
    result, reason = _RESULTS.get(state, ("not_valid", "certificate_not_valid"))
    return Match(
        certificate_type=certificate_type,
        result=result,
        state=state,
        reason=reason,
        entry_ids=tuple(one.entry_id for one in best),
    )


def best_of(entries: Iterable[Entry], *, today: date) -> tuple[str | None, list[Entry]]:
    """Give the state to speak of and those in it; None where nothing is there."""
    by_state: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.state != REMOVED:
            by_state.setdefault(entry.state_on(today), []).append(entry)
    # One that only lapsed can be renewed: of several that do not serve it is the one to speak of.
    state = next((one for one in ("valid", "expired", *by_state) if one in by_state), None)
    return state, by_state[state] if state else []


def usable(entries: Iterable[Entry], *, today: date) -> list[Entry]:
    """Those that may be handed over: only a valid certificate is."""
    return [entry for entry in entries if entry.state_on(today) == "valid"]
