"""How each need of an item is met, and what nobody has to bring (三免)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from services.space.domain.matching import Found, best_of
from services.space.domain.needs import Form, Need
from services.space.domain.uses import Use

# In the order in which they are preferred; spared: another need of its any_of is met.
Way = Literal["have", "shared", "issued", "bring", "spared"]
_ORDER: tuple[Way, ...] = ("have", "shared", "issued", "bring")
_STATES: Mapping[str, str] = {
    "expired": "certificate_expired",
    "suspended": "certificate_suspended",
    "superseded": "certificate_superseded",
    "withdrawn": "certificate_withdrawn",
    "revoked": "certificate_revoked",
    "cancelled": "certificate_cancelled",
    "not_yet_valid": "certificate_not_yet_valid",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """How one need is met: never content.

    `state`: of what the space has, also where it does not serve. `reason`: a reason code, with its next step
    in the list. `source`: who issued it, or where it is got.
    """

    need: Need
    form: Form
    fields: tuple[str, ...]
    result: Way
    state: str | None = None
    reason: str | None = None
    source: str | None = None
    entry_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exempt:
    """Things that nobody has to bring, by the exemption (三免) that saves it; each thing counts once."""

    certificate: int
    shared: int
    issued: int


def serve(found: Found, *, today: date) -> tuple[Served, ...]:
    """Tell of each need that may be looked into, and of those beside it."""
    served = [_by_space(use, found, today) for use in found.uses]
    rest = [_without(Use.of(one), reason=_REASON_BESIDE[one.material is None]) for one in found.untouched]
    return _spared([*served, *rest])


def count(served: Iterable[Served]) -> tuple[Exempt, int]:
    """Count the trips saved, and what must be brought."""
    things = {way: {one.need.thing for one in served if one.result == way} for way in _ORDER}
    exempt = Exempt(
        certificate=len(things["have"]), shared=len(things["shared"]), issued=len(things["issued"])
    )
    return exempt, len(things["bring"])


def to_be_brought(served: Iterable[Served]) -> list[str]:
    """Give the kinds of material that nobody else provides."""
    return sorted({one.need.material for one in served if one.result == "bring" and one.need.material})


def with_own(served: Iterable[Served], own: Collection[str]) -> tuple[Served, ...]:
    """Say where the holder keeps a copy: it is to be brought still, since nobody vouches for it."""
    return tuple(
        replace(one, reason="need_own_copy") if one.result == "bring" and one.need.material in own else one
        for one in served
    )


_REASON_BESIDE = {True: "certificate_type_not_granted", False: "need_to_bring"}


def _by_space(use: Use, found: Found, today: date) -> Served:
    state, best = best_of(found.of(use.need), today=today)
    ids = tuple(one.entry_id for one in best)
    source = next((one.authority_name for one in best if one.authority_name), None)
    if state == "valid":
        return _served(use, "have", state=state, source=source, entry_ids=ids)
    reason = _STATES.get(state, "certificate_not_valid") if state else "certificate_missing"
    told = _without(use, reason=reason)
    return replace(told, state=state, source=told.source or source, entry_ids=ids)


def _without(use: Use, *, reason: str) -> Served:
    """Where the space does not serve; `reason`: why it must be brought."""
    if use.need.shared_by:
        return _served(use, "shared", reason="need_shared", source=use.need.shared_by)
    if use.need.issued_by:
        return _served(use, "issued", reason="need_from_issuer", source=use.need.issued_by)
    return _served(use, "bring", reason=reason)


def _served(
    use: Use,
    result: Way,
    *,
    state: str | None = None,
    reason: str | None = None,
    source: str | None = None,
    entry_ids: tuple[str, ...] = (),
) -> Served:
    return Served(
        need=use.need,
        form=use.form,
        fields=use.fields,
        result=result,
        state=state,
        reason=reason,
        source=source,
        entry_ids=entry_ids,
    )


def _spared(served: Sequence[Served]) -> tuple[Served, ...]:
    """Of needs that stand for each other the first of the best counts; what is missing spares none."""
    best: dict[str, Served] = {}
    for one in sorted(served, key=lambda one: _ORDER.index(one.result)):
        if one.need.any_of:
            best.setdefault(one.need.any_of, one)
    return tuple(
        one
        if (first := best.get(one.need.any_of or "", one)) is one or first.result == "bring"
        else replace(one, result="spared", reason="need_served_by_other", source=None)
        for one in served
    )
