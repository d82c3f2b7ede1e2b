"""What clients did to certificates at the same time, and whether one order explains what each of them saw.

Wing and Gong's search ("Testing and verifying concurrent objects", 1993) with Lowe's memory of places already
visited, a certificate at a time: each is an object of its own.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from services.certs.domain.lifecycle import MOVES, Change, State

What = Literal[Change, "issue", "read"]
# done: by this call. repeated: done before. refused: not from this state. seen: nothing was to be done.
How = Literal["done", "repeated", "refused", "seen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """An answer; `version` is None where the answer does not say it."""

    how: How
    state: State | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of one client. Without an answer (`got` is None) it may happen at any later time, or never."""

    client: int
    about: str
    what: What
    called: float
    returned: float = math.inf
    got: Got | None = None
    case: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """As the model has it; `state` is None before the issue."""

    state: State | None = None
    version: int = 0
    acted_on: frozenset[tuple[str, str]] = frozenset()


class NoOrderExplains(AssertionError):
    """No order of the calls that keeps to their times gives these answers."""


def step(found: Certificate, call: Call) -> Certificate | None:
    """Give the certificate after the call, or None where the call cannot have been answered so."""
    after, how = _done(found, call)
    got = call.got
    if got is None:
        return after
    says_state = got.state in {None, after.state}
    says_version = got.version in {None, after.version}
    return after if got.how == how and says_state and says_version else None


def check(history: Iterable[Call]) -> None:
    """Raise `NoOrderExplains` for the first certificate whose calls no order explains."""
    calls = list(history)
    for about in dict.fromkeys(one.about for one in calls):
        _check([one for one in calls if one.about == about])


def is_explained(history: Iterable[Call]) -> bool:
    """Whether an order of the calls explains them."""
    try:
        check(history)
    except NoOrderExplains:
        return False
    return True


def unseen(history: Sequence[Call]) -> list[tuple[Call, Call]]:
    """Each final change that was acknowledged, with each later read that says otherwise: the bare promise.

    It takes readers of any kind, also one that answers by rule from something a moment old.
    """
    finals = [
        one for one in history if one.what in _FINAL and one.got and one.got.how in {"done", "repeated"}
    ]
    reads = [one for one in history if one.what == "read" and one.got]
    return [
        (final, read)
        for final in finals
        for read in reads
        if read.about == final.about and read.called > final.returned and _says_other(read, final)
    ]


_FINAL: dict[str, State] = {"revoke": "revoked", "withdraw": "withdrawn", "cancel": "cancelled"}


def _says_other(read: Call, final: Call) -> bool:
    return read.got is not None and read.got.state != _FINAL[final.what]


def _done(found: Certificate, call: Call) -> tuple[Certificate, How]:
    """What the call does to the certificate, and what it is then answered."""
    if call.what == "issue":
        fresh = found.state is None
        return (Certificate(state="valid", version=1), "done") if fresh else (found, "repeated")
    if call.what == "read":
        return found, "seen"
    decision = (call.what, call.case)
    if decision in found.acted_on:
        return found, "repeated"
    needed, state = MOVES[call.what]
    if found.state not in needed:
        return found, "refused"
    acted_on = found.acted_on | {decision}
    return Certificate(state=state, version=found.version + 1, acted_on=acted_on), "done"


def _check(calls: Sequence[Call]) -> None:
    """Look for a way from no call to all that were answered; a place: the calls made, what they led to."""
    answered = sum(1 << place for place, one in enumerate(calls) if one.got)
    start = (0, Certificate())
    waiting, visited, furthest = [start], {start}, 0
    while waiting:
        made, found = waiting.pop()
        if made & answered == answered:
            return
        furthest = max(furthest, made, key=int.bit_count)
        for place in _next(calls, made):
            after = step(found, calls[place])
            if after is None or (after == found and calls[place].got is None):
                continue  # what was not answered and does nothing need not have happened
            following = (made | 1 << place, after)
            if following not in visited:
                visited.add(following)
                waiting.append(following)
    raise NoOrderExplains(_told(calls, furthest))


def _next(calls: Sequence[Call], made: int) -> Iterator[int]:
    """Those that may be the next: called before any that is left had returned. The last is looked at first.

    Of equal ones without an answer the first called stands for all: it may happen whenever another may.
    """
    left = [place for place in range(len(calls)) if not made >> place & 1]
    first_end = min(calls[place].returned for place in left)
    may = [place for place in left if calls[place].called <= first_end]
    lost = sorted((place for place in may if not calls[place].got), key=lambda place: -calls[place].called)
    yield from {(calls[place].what, calls[place].case): place for place in lost}.values()
    yield from (place for place in may if calls[place].got)


def _told(calls: Sequence[Call], made: int) -> str:
    left = [one for place, one in enumerate(calls) if not made >> place & 1]
    lines = [str(one) for one in sorted(calls, key=lambda one: one.called)]
    return "\n".join(
        [f"no order explains these {len(calls)} calls:", *lines, "stuck before:", *map(str, left)]
    )
