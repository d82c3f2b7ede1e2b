"""The checker of histories must find what is wrong, or its silence says nothing."""

import itertools
from collections.abc import Iterator, Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.certs.domain.lifecycle import State
from tests.world.histories import Call, Certificate, Got, What, check, is_explained, step, unseen

ISSUED = Got(how="done", state="valid", version=1)
REVOKED = Got(how="done", state="revoked", version=2)
SUSPENDED = Got(how="done", state="suspended", version=2)


def call(what: What, called: float, returned: float, got: Got | None, *, case: str = "") -> Call:
    return Call(client=0, about="c", what=what, called=called, returned=returned, got=got, case=case)


def seen(called: float, state: str, version: int | None = None) -> Call:
    return call("read", called, called + 1, Got(how="seen", state=state, version=version))  # type: ignore[arg-type]


def unanswered(what: What, called: float, *, case: str = "") -> Call:
    return Call(client=1, about="c", what=what, called=called, case=case)


BORN = call("issue", 0, 1, ISSUED)
LEGAL = {
    "a read while it is revoked sees the one or the other": [
        BORN,
        call("revoke", 2, 9, REVOKED),
        seen(3, "revoked"),
        seen(10, "revoked"),
    ],
    "a read that began before the acknowledgement sees what was before": [
        BORN,
        call("revoke", 2, 4, REVOKED),
        call("read", 3, 9, Got(how="seen", state="valid", version=1)),
    ],
    "of two that change it at once one is first": [
        BORN,
        call("suspend", 2, 9, Got(how="refused"), case="1"),
        call("revoke", 2, 9, REVOKED),
    ],
    "a repeat is told how it stands": [
        BORN,
        call("suspend", 2, 3, SUSPENDED, case="1"),
        call("resume", 4, 5, Got(how="done", state="valid", version=3), case="2"),
        call("suspend", 6, 7, Got(how="repeated", state="valid", version=3), case="1"),
    ],
    "an unanswered revocation happened": [
        BORN,
        unanswered("revoke", 2),
        seen(3, "valid"),
        seen(5, "revoked"),
    ],
    "an unanswered revocation did not happen": [BORN, unanswered("revoke", 2), seen(3, "valid")],
    "an unanswered issue is seen by its repeat": [
        unanswered("issue", 0),
        call("issue", 1, 2, Got(how="repeated", state="valid")),
    ],
}
ILLEGAL = {
    "a stale read after the acknowledgement": [BORN, call("revoke", 2, 3, REVOKED), seen(4, "valid")],
    "a state without its version": [BORN, call("suspend", 2, 3, SUSPENDED), seen(4, "suspended", 1)],
    "a lost update": [
        BORN,
        call("suspend", 2, 3, SUSPENDED, case="1"),
        call("revoke", 4, 5, REVOKED, case="2"),
    ],
    "a resurrection": [
        BORN,
        call("revoke", 2, 3, REVOKED),
        call("resume", 4, 5, Got(how="done", state="valid", version=3)),
    ],
    "a change of mind between two reads": [
        BORN,
        call("revoke", 2, 20, REVOKED),
        seen(3, "revoked"),
        seen(5, "valid"),
    ],
    "an unanswered revocation that was seen and is gone": [
        BORN,
        unanswered("revoke", 2),
        seen(3, "revoked"),
        seen(5, "valid"),
    ],
    "an unanswered call seen before it was made": [BORN, seen(2, "revoked"), unanswered("revoke", 5)],
    "two certificates of one approval": [BORN, call("issue", 2, 3, ISSUED)],
    "one that was acknowledged and is not there": [
        BORN,
        call("revoke", 2, 3, Got(how="refused")),
        seen(4, "valid"),
    ],
    "a decision acted on twice": [
        BORN,
        call("suspend", 2, 3, SUSPENDED, case="1"),
        call("resume", 4, 5, Got(how="done", state="valid", version=3), case="2"),
        call("suspend", 6, 7, Got(how="done", state="suspended", version=4), case="1"),
    ],
}


class TestTheChecker:
    @pytest.mark.parametrize("history", LEGAL.values(), ids=LEGAL)
    def test_takes(self, history: list[Call]) -> None:
        check(history)

    @pytest.mark.parametrize("history", ILLEGAL.values(), ids=ILLEGAL)
    def test_finds(self, history: list[Call]) -> None:
        assert not is_explained(history)

    def test_looks_at_each_certificate_by_itself(self) -> None:
        other = Call(client=1, about="d", what="issue", called=2, returned=3, got=ISSUED)
        check([BORN, other])

    @settings(max_examples=300, deadline=None)
    @given(st.integers(0, 2**32))
    def test_takes_whatever_an_order_gave_rise_to(self, seed: int) -> None:
        check(a_legal_history(Random(seed), 12))

    @settings(max_examples=300, deadline=None)
    @given(st.integers(0, 2**32))
    def test_agrees_with_trying_every_order(self, seed: int) -> None:
        chance = Random(seed)
        history = twisted(a_legal_history(chance, 5), chance)
        assert is_explained(history) == by_every_order(history)

    def test_meets_both_answers_there(self) -> None:
        """Or the agreement would say little."""
        chances = [Random(seed) for seed in range(300)]
        answers = [by_every_order(twisted(a_legal_history(one, 5), one)) for one in chances]
        assert 60 < sum(answers) < 240

    def test_gets_through_a_long_history(self) -> None:
        check(a_legal_history(Random(1), 2_000))

    def test_gets_through_many_calls_that_were_never_answered(self) -> None:
        lost = [
            unanswered("suspend" if number % 2 else "resume", 2, case=str(number)) for number in range(12)
        ]
        check([BORN, *lost, *lost, seen(5, "suspended"), seen(7, "valid"), seen(9, "suspended")])


class TestThePromise:
    def test_is_broken_by_a_read_that_began_after_the_acknowledgement(self) -> None:
        stale = seen(4, "valid")
        revocation = call("revoke", 2, 3, REVOKED)
        assert unseen([BORN, revocation, stale]) == [(revocation, stale)]

    def test_is_kept_by_one_that_began_before(self) -> None:
        assert unseen([BORN, call("revoke", 2, 5, REVOKED), seen(4, "valid"), seen(6, "revoked")]) == []


def a_legal_history(chance: Random, length: int) -> list[Call]:
    """Calls made one after the other, each with a span of time around the moment at which it took place."""
    found, history = Certificate(), []
    for moment in range(length):
        what: What = "issue" if moment == 0 else chance.choice(["read", "read", *_WHATS])
        case = chance.choice("12") if what not in {"issue", "read"} else ""
        planned = call(what, moment - 2 * chance.random(), moment + 2 * chance.random(), None, case=case)
        after = step(found, planned)
        assert after is not None
        answer = _answer(found, planned, after)
        found = after
        lost = what != "read" and chance.random() < 0.2
        ended = planned.returned
        history.append(
            unanswered(what, planned.called, case=case)
            if lost
            else call(what, planned.called, ended, answer, case=case)
        )
    return history


_STATES: Sequence[State] = ("valid", "suspended", "revoked")
_WHATS: Sequence[What] = ("issue", "suspend", "resume", "revoke", "cancel")


def _answer(found: Certificate, planned: Call, after: Certificate) -> Got:
    """The one that the model takes for this call."""
    for how in ("done", "repeated", "refused", "seen"):
        got = Got(how=how, state=after.state, version=after.version)
        if step(found, call(planned.what, 0, 1, got, case=planned.case)):
            return got
    raise AssertionError(planned)


def twisted(history: list[Call], chance: Random) -> list[Call]:
    """Some with one answer or one time changed."""
    place = chance.randrange(len(history))
    one = history[place]
    if chance.random() < 0.3 or one.got is None:
        return history
    state = chance.choice(_STATES)
    got = Got(how=one.got.how, state=state, version=chance.choice([None, one.got.version]))
    earlier = chance.choice([0.0, 1.5])
    changed = call(one.what, one.called - earlier, one.returned - earlier, got, case=one.case)
    return [*history[:place], changed, *history[place + 1 :]]


def by_every_order(history: Sequence[Call]) -> bool:
    return any(_plays(order) for order in _orders(history))


def _orders(history: Sequence[Call]) -> Iterator[tuple[Call, ...]]:
    """Every order of all that were answered and of any of the others."""
    lost = [one for one in history if one.got is None]
    sure = [one for one in history if one.got]
    for number in range(len(lost) + 1):
        for some in itertools.combinations(lost, number):
            yield from itertools.permutations([*sure, *some])


def _plays(order: Sequence[Call]) -> bool:
    if any(later.returned < one.called for one, later in itertools.combinations(order, 2)):
        return False
    found: Certificate | None = Certificate()
    for one in order:
        found = step(found, one) if found else None
    return found is not None
