"""The life of a certificate after its issue by its rules: any order of decisions, repeats and days."""

from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.certs.domain import MOVES, Change, MoveIllegal, Order, Standing, State
from services.certs.domain.lifecycle import MOST_MOVES, MovesTooMany, OrderConflict, OrderIncomplete
from services.kernel.holders import HolderId

TODAY = date(2026, 5, 6)
NOON = datetime(2026, 5, 6, 4, tzinfo=UTC)
CHANGES: tuple[Change, ...] = get_args(Change)
DECIDED: tuple[Change, ...] = tuple(one for one in CHANGES if one != "expire")
STATES: tuple[State, ...] = get_args(State)
FINAL = ("withdrawn", "revoked", "cancelled")


def a_standing(state: State = "valid", *, valid_to: date | None = None) -> Standing:
    return Standing(
        certificate_id="c" * 32,
        version=1,
        holder_id=HolderId("H" * 26),
        certificate_type="11100000MB9999900G901",
        authority="11420322YM0000002G",
        identifier="1.2.156.3005.2.x",
        state=state,
        issued_at=NOON,
        valid_from=None,
        valid_to=valid_to,
    )


def an_order(change: Change, case: str = "西市监〔2026〕1号", decided_on: date = TODAY) -> Order:
    return Order(change=change, reason="检查发现", case_number=case, decided_on=decided_on)


def moved(standing: Standing, order: Order, today: date = TODAY) -> Standing:
    """The next version, or the same where the decision was acted on before."""
    return standing.changed(order, by="11420322YM0000002G", at=NOON, today=today) or standing


class TestMoves:
    @pytest.mark.parametrize("state", STATES)
    @pytest.mark.parametrize("change", DECIDED)
    def test_lead_only_from_where_they_may(self, state: State, change: Change) -> None:
        """And a refusal says what was found and what is needed."""
        standing = a_standing(state)
        needed, after = MOVES[change]
        if state in needed:
            assert moved(standing, an_order(change)).state == after
            return
        with pytest.raises(MoveIllegal) as refusal:
            moved(standing, an_order(change))
        assert state in refusal.value.detail
        assert all(one in refusal.value.detail for one in needed)

    @pytest.mark.parametrize("state", FINAL)
    @pytest.mark.parametrize("change", DECIDED)
    def test_lead_nowhere_from_an_end(self, state: State, change: Change) -> None:
        with pytest.raises(MoveIllegal):
            moved(a_standing(state), an_order(change))

    def test_that_come_again_late_change_nothing(self) -> None:
        """Else a repeat of the suspension would suspend what was resumed since."""
        suspension, resumption = an_order("suspend", "1号"), an_order("resume", "2号")
        standing = moved(moved(a_standing(), suspension), resumption)
        for again in (suspension, resumption, suspension):
            assert moved(standing, again) is standing

    def test_may_be_made_again_by_another_decision(self) -> None:
        standing = moved(moved(a_standing(), an_order("suspend", "1号")), an_order("resume", "2号"))
        assert moved(standing, an_order("suspend", "3号")).state == "suspended"

    def test_of_one_decision_have_one_day(self) -> None:
        standing = moved(a_standing(), an_order("suspend"))
        with pytest.raises(OrderConflict):
            moved(standing, an_order("suspend", decided_on=TODAY - timedelta(1)))

    @pytest.mark.parametrize(
        "order",
        [
            Order(change="revoke", reason=" ", case_number="1号", decided_on=TODAY),
            Order(change="revoke", reason="处罚", case_number="　", decided_on=TODAY),
            Order(change="revoke", reason="处罚", case_number="1号", decided_on=TODAY + timedelta(1)),
        ],
        ids=["no reason", "no number", "a day to come"],
    )
    def test_say_why_by_which_decision_and_when(self, order: Order) -> None:
        with pytest.raises(OrderIncomplete):
            moved(a_standing(), order)

    def test_are_not_without_number(self) -> None:
        standing = a_standing()
        for number in range(MOST_MOVES):
            standing = moved(standing, an_order(("suspend", "resume")[number % 2], f"{number}号"))
        with pytest.raises(MovesTooMany):
            moved(standing, an_order("suspend", "one more"))
        assert moved(standing, an_order("revoke", "the end")).state == "revoked"


class TestTheEnd:
    def test_comes_after_the_last_day(self) -> None:
        standing = a_standing(valid_to=TODAY)
        assert standing.ended(at=NOON, today=TODAY) is None
        ended = standing.ended(at=NOON, today=TODAY + timedelta(1))
        assert ended is not None
        assert (ended.state, ended.version, ended.moves[-1].by) == ("expired", 2, "platform")

    def test_never_comes_for_a_long_term(self) -> None:
        assert a_standing().ended(at=NOON, today=date(2999, 1, 1)) is None

    @pytest.mark.parametrize("state", FINAL)
    def test_changes_nothing_that_has_ended_otherwise(self, state: State) -> None:
        standing = a_standing(state, valid_to=TODAY)
        assert standing.ended(at=NOON, today=TODAY + timedelta(1)) is None
        assert standing.state_on(TODAY + timedelta(1)) == state

    def test_counts_before_it_is_written_down(self) -> None:
        """Nobody suspends what ran out yesterday, though the clock work has not come round yet."""
        with pytest.raises(MoveIllegal, match="expired"):
            moved(a_standing(valid_to=TODAY), an_order("suspend"), TODAY + timedelta(1))

    def test_does_not_save_what_was_granted_wrongly(self) -> None:
        standing = a_standing("expired", valid_to=TODAY - timedelta(1))
        assert moved(standing, an_order("withdraw")).state == "withdrawn"


@given(
    decisions=st.lists(
        st.tuples(st.sampled_from(DECIDED), st.integers(0, 3), st.integers(-2, 2)), max_size=25
    )
)
def test_no_order_of_decisions_repeats_and_days_brings_back_what_has_ended(
    decisions: list[tuple[Change, int, int]],
) -> None:
    """Against a dictionary: what was acted on, and the state that it gave."""
    standing, day, acted = a_standing(valid_to=TODAY + timedelta(3)), TODAY, set[tuple[Change, int]]()
    for change, case, days in decisions:
        day = max(day, day + timedelta(days))
        before = standing
        try:
            standing = moved(standing, an_order(change, f"{case}号"), day)
        except MoveIllegal:
            assert before.state_on(day) not in MOVES[change][0]
            assert (change, case) not in acted
        else:
            assert (standing is before) == ((change, case) in acted)
            acted.add((change, case))
        ended = standing.ended(at=NOON, today=day)
        standing = ended or standing
        assert before.state not in FINAL or standing.state == before.state
        assert standing.state_on(day) == standing.state
        assert standing.version == 1 + len(standing.moves)
