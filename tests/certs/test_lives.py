"""Whatever happens to certificates, in any order and with any trouble, store and space agree with a dict."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from deploy.secrets import make_secrets
from services.certs.domain import Approval, Order
from services.certs.domain.lifecycle import MOVES, MoveIllegal, State
from services.certs.domain.renewal import RenewedNotStanding
from services.certs.handlers import Accepted, Desk, accept_approvals, change_certificate, expire_certificates
from services.certs.store import read_types
from services.kernel.clock import civil_date
from services.kernel.store.documents import DatabaseUnavailable
from tests.certs.office import MARKET
from tests.certs.registry import HEARD, Forgetful, Registry
from tests.world.people import a_shop, an_approval

EXAMPLES, STEPS = 25, 40
# So that much happens to each.
FEW = 4
DECIDED = date(2026, 3, 8)
FINAL = frozenset({"withdrawn", "revoked", "cancelled"})
STANDING = frozenset({"valid", "suspended"})
T = TypeVar("T")
PROCESS = st.sampled_from([0, 1])
LAST_DAYS = st.sampled_from(["2026-03-15", "2026-03-20", "2026-04-10", "2031-03-04", None])
# Few case numbers, so that the same decision comes again, also after others.
ORDERS = st.builds(
    partial(Order, reason="检查", decided_on=DECIDED),
    change=st.sampled_from(["suspend", "resume", "suspend", "resume", "withdraw", "revoke", "cancel"]),
    case_number=st.sampled_from(["1号", "2号", "3号", "4号"]),
)


@dataclass(slots=True)
class Modelled:
    """A certificate in the model: `states[n - 1]` is that of version n."""

    approval: Approval
    last_day: date | None
    states: list[State] = field(default_factory=lambda: ["valid"])
    acted_on: set[tuple[str, str]] = field(default_factory=set)
    heard: int = 0
    renewals: list[Approval] = field(default_factory=list)

    def is_over(self, today: date) -> bool:
        return self.last_day is not None and self.last_day < today and self.states[-1] in STANDING

    def ordered(self, order: Order, today: date) -> bool | None:
        """Whether the order changes it; None where it must be refused."""
        decision = (order.change, order.case_number)
        if decision in self.acted_on:
            return False
        needed, state = MOVES[order.change]
        if ("expired" if self.is_over(today) else self.states[-1]) not in needed:
            return None
        self.acted_on.add(decision)
        self.states.append(state)
        return True


class Lives(RuleBasedStateMachine):
    """Two processes of certs over one store, one space that hears them, and time."""

    certificates: Bundle[str] = Bundle("certificates")

    def __init__(self, secrets: Path, kept: Forgetful) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._registry = Registry(secrets, kept)
        self._model: dict[str, Modelled] = {}

    # --- what authorities do

    @precondition(lambda self: len(self._model) < FEW)
    @rule(target=certificates, process=PROCESS, last_day=LAST_DAYS, lost=st.booleans())
    def issue(self, process: int, last_day: str | None, *, lost: bool) -> str:
        approval = self._approval(last_day)
        self._registry.documents.loses = lost
        if not lost:
            (accepted,) = self._accept(process, approval)
            assert accepted.new
        else:
            with pytest.raises(DatabaseUnavailable):
                self._accept(process, approval)
        (certificate_id,) = self._registry.certificates().keys() - self._model.keys()
        self._model[certificate_id] = Modelled(approval, _day(last_day))
        return certificate_id

    @precondition(lambda self: not self._model)
    @rule(target=certificates, process=PROCESS, last_day=LAST_DAYS)
    def issue_a_file(self, process: int, last_day: str | None) -> Any:  # noqa: ANN401 - Hypothesis's own
        """In bulk, one of them twice; their events have a road of their own."""
        approvals = [self._approval(last_day) for _ in range(3)]
        outcomes = self._accept(process, *approvals, approvals[0])
        assert [one.new for one in outcomes] == [True, True, True, False]
        for approval, one in zip(approvals, outcomes, strict=False):
            self._model[one.certificate_id] = Modelled(approval, _day(last_day))
        return multiple(*(one.certificate_id for one in outcomes[:3]))

    @rule(certificate_id=certificates, process=PROCESS, last_day=LAST_DAYS, number=st.booleans())
    def renew(self, certificate_id: str, process: int, last_day: str | None, *, number: bool) -> None:
        """By its number or its identifier; a suspension and an end that was decided stay as they are."""
        modelled = self._model[certificate_id]
        first, identifier = modelled.approval, self._registry.certificates()[certificate_id]["identifier"]
        said = an_approval(msgspec.to_builtins(first.holder), valid_to=last_day)
        said["certificate_number"] = first.certificate_number
        said["renews"] = first.certificate_number if number else identifier
        approval = msgspec.convert(said, Approval)
        if not modelled.is_over(self._today) and modelled.states[-1] not in {"valid", "expired"}:
            desk = self._registry.processes[process].desk
            (outcome,) = self._do(accept_approvals(desk, [approval], sender=MARKET))
            assert isinstance(outcome, RenewedNotStanding)
            return
        (accepted,) = self._accept(process, approval)
        assert (accepted.certificate_id, accepted.new) == (certificate_id, True)
        modelled.renewals.append(approval)
        modelled.states.append("valid")
        modelled.last_day = _day(last_day)

    @rule(certificate_id=certificates, process=PROCESS, data=st.data())
    def send_an_approval_again(self, certificate_id: str, process: int, data: st.DataObject) -> None:
        """The first one too, however often it was renewed since: no edition comes back."""
        modelled = self._model[certificate_id]
        (accepted,) = self._accept(
            process, data.draw(st.sampled_from([modelled.approval, *modelled.renewals]))
        )
        assert (accepted.certificate_id, accepted.new) == (certificate_id, False)
        assert accepted.state == modelled.states[-1]

    @rule(certificate_id=certificates, process=PROCESS, order=ORDERS, lost=st.booleans())
    def order(self, certificate_id: str, process: int, order: Order, *, lost: bool) -> None:
        """Also one that was acted on before. `lost`: the change is kept, and its answer is not heard."""
        expected = self._model[certificate_id].ordered(order, self._today)
        desk = self._registry.processes[process].desk
        changing = change_certificate(desk, certificate_id, order, sender=MARKET)
        self._registry.documents.loses = lost and bool(expected)
        if expected is None:
            with pytest.raises(MoveIllegal):
                self._do(changing)
        elif lost and expected:
            with pytest.raises(DatabaseUnavailable):
                self._do(changing)
        else:
            assert self._do(changing).new is expected

    @rule(certificate_id=certificates, process=PROCESS, data=st.data())
    def send_an_order_again(self, certificate_id: str, process: int, data: st.DataObject) -> None:
        """However late: what was resumed meanwhile is not suspended by it."""
        acted_on = self._model[certificate_id].acted_on
        if not acted_on:
            return
        change, case_number = data.draw(st.sampled_from(sorted(acted_on)))
        order = Order(change=change, reason="检查", case_number=case_number, decided_on=DECIDED)  # type: ignore[arg-type]
        desk = self._registry.processes[process].desk
        assert not self._do(change_certificate(desk, certificate_id, order, sender=MARKET)).new

    # --- what the calendar does

    @rule(days=st.integers(1, 3))
    def days_pass(self, days: int) -> None:
        self._registry.clock.at += timedelta(days=days)

    @rule(process=PROCESS, days=st.integers(0, 12))
    def expire(self, process: int, days: int) -> None:
        self._registry.clock.at += timedelta(days=days)
        over = [one for one in self._model.values() if one.is_over(self._today)]
        assert self._do(_expired(self._registry.processes[process].desk)) == len(over)
        for one in over:
            one.states.append("expired")

    # --- what happens to processes and to events on their way

    @rule(process=PROCESS)
    def publish(self, process: int) -> None:
        self._do(self._registry.publish(process))

    @rule(process=PROCESS)
    def crash(self, process: int) -> None:
        self._registry.crash(process)

    @rule(process=PROCESS)
    def sweep(self, process: int) -> None:
        self._do(self._registry.sweep(process))

    @rule(place=st.integers(0, 50), most=st.integers(1, 4), buried=st.booleans())
    def hear(self, place: int, most: int, *, buried: bool) -> None:
        """Some of one partition, whatever others have been heard of."""
        places = self._registry.space.places()
        if not places:
            return  # an assumption would give up the whole life
        self._do(self._registry.space.hear(places[place % len(places)], most=most, buried=buried))

    @rule(place=st.integers(0, 50), most=st.integers(1, 4))
    def hear_again(self, place: int, most: int) -> None:
        """As after a crash of space: from the last place that was acknowledged."""
        places = self._registry.space.places()
        if not places:
            return  # an assumption would give up the whole life
        again = places[place % len(places)]
        again.done = max(again.done - most, 0)

    @rule(most=st.integers(1, 3))
    def redrive(self, most: int) -> None:
        self._do(self._registry.space.redrive(most=most))

    # --- what holds at every moment

    @invariant()
    def the_store_is_the_model(self) -> None:
        """So there is exactly one certificate, or one edition of one, for each approval."""
        kept = self._registry.certificates()
        assert kept.keys() == self._model.keys()
        for certificate_id, modelled in self._model.items():
            document = kept[certificate_id]
            assert (document["state"], document["version"]) == (modelled.states[-1], len(modelled.states))
            assert len(document.get("moves", ())) + len(modelled.renewals) == len(modelled.states) - 1
            assert len(document["versions"]) == 1 + len(modelled.renewals)
            assert FINAL.isdisjoint(modelled.states[:-1])
        assert len({one["identifier"] for one in kept.values()}) == len(kept)

    @invariant()
    def the_space_only_moves_on(self) -> None:
        """What is heard late resurrects nothing: a version was what it was, and no older one comes back."""
        for certificate_id, entry in self._registry.space.entries().items():
            modelled, version = self._model[certificate_id], entry["heard_version"]
            assert entry["state"] == modelled.states[version - 1]
            assert version >= modelled.heard
            modelled.heard = version

    def teardown(self) -> None:
        """Once trouble and every last day are over, all that happened was said and has arrived."""
        try:
            self.expire(process=0, days=6 * 366)
            self._do(self._settle())
            self.the_store_is_the_model()
            self.the_space_only_moves_on()
            self._all_was_said_and_heard()
        finally:
            self._runner.close()

    async def _settle(self) -> None:
        registry = self._registry
        registry.crash(0)
        registry.crash(1)
        await registry.sweep(0)
        for place in registry.space.places():
            await registry.space.hear(place, most=len(place.records))
        await registry.space.redrive()

    def _all_was_said_and_heard(self) -> None:
        said: dict[tuple[str, int], set[str]] = {}
        for topic in HEARD:
            for one in self._registry.bus.topics[topic]:
                version = msgspec.json.decode(one.value)["version"]
                said.setdefault((one.header("ce_subject"), version), set()).add(one.header("ce_id"))
        happened = {
            (name, place + 1) for name, one in self._model.items() for place in range(len(one.states))
        }
        assert said.keys() == happened
        assert all(len(ids) == 1 for ids in said.values())
        assert all(not one["outbox"] for one in self._registry.certificates().values())
        assert {name: one.heard for name, one in self._model.items()} == {
            name: len(one.states) for name, one in self._model.items()
        }

    @property
    def _today(self) -> date:
        return civil_date(self._registry.clock.now())

    def _approval(self, last_day: str | None) -> Approval:
        return msgspec.convert(an_approval(a_shop(), valid_to=last_day), Approval)

    def _accept(self, process: int, *approvals: Approval) -> list[Accepted]:
        desk = self._registry.processes[process].desk
        outcomes = self._do(accept_approvals(desk, approvals, sender=MARKET))
        accepted = [one for one in outcomes if isinstance(one, Accepted)]
        assert len(accepted) == len(outcomes), outcomes
        return accepted

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def live(secrets: Path, patch: pytest.MonkeyPatch, *, examples: int, steps: int, shrink: bool = True) -> None:
    """So many lives of so many steps; the same at every run."""
    make_secrets(secrets)
    # Read once: a crash starts a process in no time, and YAML takes half a second.
    files = read_types()
    patch.setattr("services.certs.app.read_types", lambda: files)
    kept = asyncio.run(Registry.settled(secrets))

    class Here(Lives):
        def __init__(self) -> None:
            super().__init__(secrets, kept)

    how = settings(
        max_examples=examples,
        stateful_step_count=steps,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
    )
    run_state_machine_as_test(Here, settings=how)


class TestLives:
    def test_go_as_the_model_says(self, secrets_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        live(secrets_dir, monkeypatch, examples=EXAMPLES, steps=STEPS)

    @pytest.mark.parametrize(
        ("rule_of", "planted"),
        [
            # A decision that comes again is acted on again; a renewal lifts a suspension, or undoes an end.
            ("services.certs.domain.lifecycle._is_same", lambda *_: False),
            ("services.certs.domain.renewal.RENEWABLE", {"valid", "expired", "suspended", *FINAL}),
        ],
        ids=["acted_on_again", "renewed_from_anywhere"],
    )
    def test_that_differ_from_the_model_are_found(
        self, rule_of: str, planted: object, secrets_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rule_of, planted)
        with pytest.raises((AssertionError, MoveIllegal)):
            live(secrets_dir, monkeypatch, examples=4 * EXAMPLES, steps=4 * STEPS, shrink=False)


async def _expired(desk: Desk) -> int:
    return sum([ended async for ended in expire_certificates(desk)])
