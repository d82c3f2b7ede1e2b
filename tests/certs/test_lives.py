"""Whatever happens to certificates, in any order and with any trouble, store and space agree with a dict."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from fastapi import APIRouter
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
from services.certs.domain import Approval, Holder, Order
from services.certs.domain.lifecycle import MOVES, MoveIllegal, OrderConflict, State
from services.certs.domain.renewal import RenewedNotStanding
from services.certs.handlers import (
    Accepted,
    Changed,
    Desk,
    accept_approval,
    accept_approvals,
    change_certificate,
    correct_certificate,
    expire_certificates,
)
from services.certs.proof.slots import Shuffles
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
Asked = Callable[[Desk], Coroutine[Any, Any, T]]
PROCESS = st.sampled_from([0, 1])
CASES = st.sampled_from(["1号", "2号", "3号", "4号"])
# Which write to a certificate is kept and not answered; a later edition first claims its approval's place.
LAST_WRITE = 2
LOST = st.sampled_from([0, 0, 1, LAST_WRITE])
LAST_DAYS = st.sampled_from(["2026-03-15", "2026-03-20", "2026-04-10", "2031-03-04", None])
# Few case numbers, so that the same decision comes again, also after others.
ORDERS = st.builds(
    partial(Order, reason="检查", decided_on=DECIDED),
    change=st.sampled_from(["suspend", "resume", "suspend", "resume", "withdraw", "revoke", "cancel"]),
    case_number=CASES,
)


@dataclass(slots=True)
class Modelled:
    """A certificate in the model: `states[n - 1]` is that of version n, and `seats[n - 1]` whose it then is.

    Holders have seats in the order in which they first had it; each has an entry, `heard` how far.
    """

    editions: list[Approval]
    last_day: date | None
    states: list[State] = field(default_factory=lambda: ["valid"])
    seats: list[int] = field(default_factory=lambda: [0])
    acted_on: set[tuple[str, str]] = field(default_factory=set)
    corrections: dict[str, Approval] = field(default_factory=dict)
    heard: dict[int, int] = field(default_factory=dict)
    # What it was when the calendar ended it: a correction of its last day brings that back.
    before_its_end: State = "valid"

    def moves_on(self, state: State, edition: Approval | None = None) -> None:
        """One version further; `edition`: what the change makes of it."""
        self.states.append(state)
        if edition:
            self.editions.append(edition)
            self.last_day = edition.valid_to
        self.seats.append(self.holders.index(self.editions[-1].holder))

    @property
    def holders(self) -> list[Holder]:
        """All that it ever had, by their seats."""
        return list(dict.fromkeys(one.holder for one in self.editions))

    def told(self, seat: int) -> dict[int, str]:
        """What its holder is told at which version: not what it is while it is another's."""
        told: dict[int, str] = {}
        for number, (state, whose) in enumerate(zip(self.states, self.seats, strict=True)):
            if whose == seat:
                told[number + 1] = state
            elif number and self.seats[number - 1] == seat:
                told[number + 1] = "removed"
        return told

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
        self.moves_on(state)
        return True

    def corrected(self, approval: Approval, case_number: str) -> bool | None:
        """Whether the correction changes it; None where its case decided otherwise before."""
        if case_number in self.corrections:
            return False if self.corrections[case_number] == approval else None
        self.corrections[case_number] = approval
        self.moves_on(self.before_its_end if self.states[-1] == "expired" else self.states[-1], approval)
        return True


class Lives(RuleBasedStateMachine):
    """Two processes of certs over one store, one space that hears them, and time."""

    certificates: Bundle[str] = Bundle("certificates")

    def __init__(self, secrets: Path, kept: Forgetful) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._registry = Registry(secrets, kept)
        self._model: dict[str, Modelled] = {}
        self._asked = 0

    # --- what authorities do

    @precondition(lambda self: len(self._model) < FEW)
    @rule(target=certificates, process=PROCESS, last_day=LAST_DAYS, lost=st.booleans())
    def issue(self, process: int, last_day: str | None, *, lost: bool) -> str:
        approval = self._approval(last_day)
        accepted, unheard = self._ask(process, accepting(approval), lost=int(lost))
        assert (accepted.new, unheard) == (not lost, lost)
        self._model[accepted.certificate_id] = Modelled([approval], _day(last_day))
        return accepted.certificate_id

    @precondition(lambda self: not self._model)
    @rule(target=certificates, process=PROCESS, last_day=LAST_DAYS)
    def issue_a_file(self, process: int, last_day: str | None) -> Any:  # noqa: ANN401 - Hypothesis's own
        """In bulk, one of them twice; their events have a road of their own."""
        approvals = [self._approval(last_day) for _ in range(3)]
        outcomes = self._accept(process, *approvals, approvals[0])
        assert [one.new for one in outcomes] == [True, True, True, False]
        for approval, one in zip(approvals, outcomes, strict=False):
            self._model[one.certificate_id] = Modelled([approval], _day(last_day))
        return multiple(*(one.certificate_id for one in outcomes[:3]))

    @rule(certificate_id=certificates, process=PROCESS, last_day=LAST_DAYS, number=st.booleans(), lost=LOST)
    def renew(
        self, certificate_id: str, process: int, last_day: str | None, *, number: bool, lost: int
    ) -> None:
        """By its number or its identifier; a suspension and an end that was decided stay as they are."""
        modelled = self._model[certificate_id]
        stands, identifier = (
            modelled.editions[-1],
            self._registry.certificates()[certificate_id]["identifier"],
        )
        said = an_approval(msgspec.to_builtins(stands.holder), valid_to=last_day)
        said["certificate_number"] = stands.certificate_number
        said["renews"] = stands.certificate_number if number else identifier
        approval = msgspec.convert(said, Approval)
        if not modelled.is_over(self._today) and modelled.states[-1] not in {"valid", "expired"}:
            desk = self._registry.processes[process].desk
            (outcome,) = self._do(accept_approvals(desk, [approval], sender=MARKET))
            assert isinstance(outcome, RenewedNotStanding)
            return
        accepted, unheard = self._ask(process, accepting(approval), lost=lost)
        assert (accepted.certificate_id, unheard) == (certificate_id, bool(lost))
        assert accepted.new is (lost != LAST_WRITE)
        modelled.moves_on("valid", approval)

    @rule(
        certificate_id=certificates,
        process=PROCESS,
        case_number=CASES,
        last_day=LAST_DAYS,
        whose=st.sampled_from(["theirs", "anothers", "the_firsts"]),
        lost=LOST,
    )
    def correct(
        self, certificate_id: str, process: int, case_number: str, last_day: str | None, whose: str, lost: int
    ) -> None:
        """Its last day, and for whom it is; whatever state it is in."""
        modelled = self._model[certificate_id]
        if case_number in modelled.corrections:
            return
        holders = {"theirs": modelled.editions[-1].holder, "the_firsts": modelled.holders[0]}
        holder = holders.get(whose) or msgspec.convert(a_shop(), Holder)
        approval = replace(modelled.editions[-1], holder=holder, valid_to=_day(last_day))
        claims = approval.holder not in modelled.holders
        changed, unheard = self._ask(
            process, self._correcting(certificate_id, approval, case_number), lost=lost
        )
        # Of an approval that is known no place is claimed, so that the one write is the first.
        assert unheard is (lost == 1 or (lost == LAST_WRITE and claims))
        assert changed.new is not (unheard and lost == (LAST_WRITE if claims else 1))
        assert modelled.corrected(approval, case_number)

    @rule(certificate_id=certificates, process=PROCESS, data=st.data(), otherwise=st.booleans())
    def send_a_correction_again(
        self, certificate_id: str, process: int, data: st.DataObject, *, otherwise: bool
    ) -> None:
        """However late, and whoever has it since; `otherwise`: of one case with other content."""
        modelled = self._model[certificate_id]
        if not modelled.corrections:
            return
        case_number = data.draw(st.sampled_from(sorted(modelled.corrections)))
        approval = modelled.corrections[case_number]
        if otherwise:
            approval = replace(approval, content="另一内容")
        correcting = self._correcting(certificate_id, approval, case_number)
        if modelled.corrected(approval, case_number) is None:
            with pytest.raises(OrderConflict):
                self._ask(process, correcting)
        else:
            assert not self._ask(process, correcting)[0].new

    @rule(certificate_id=certificates, process=PROCESS, data=st.data())
    def send_an_approval_again(self, certificate_id: str, process: int, data: st.DataObject) -> None:
        """The first one too, however often it was renewed or corrected since: no edition comes back."""
        modelled = self._model[certificate_id]
        (accepted,) = self._accept(process, data.draw(st.sampled_from(modelled.editions)))
        assert (accepted.certificate_id, accepted.new) == (certificate_id, False)
        assert accepted.state == modelled.states[-1]

    @rule(certificate_id=certificates, process=PROCESS, order=ORDERS, lost=st.booleans())
    def order(self, certificate_id: str, process: int, order: Order, *, lost: bool) -> None:
        """Also one that was acted on before. `lost`: the change is kept, and its answer is not heard."""
        expected = self._model[certificate_id].ordered(order, self._today)
        ordering = partial(change_certificate, certificate_id=certificate_id, order=order, sender=MARKET)
        if expected is None:
            with pytest.raises(MoveIllegal):
                self._ask(process, ordering)
        else:
            changed, unheard = self._ask(process, ordering, lost=int(lost and expected))
            assert unheard is (lost and expected)
            assert changed.new is (expected and not lost)

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
            one.before_its_end = one.states[-1]
            one.moves_on("expired")

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
            changes = len(document.get("moves", ())) + len(modelled.editions) - len(modelled.corrections)
            assert changes == len(modelled.states)
            assert len(document["versions"]) == len(modelled.editions)
            assert document["versions"][-1]["holders"] == [modelled.seats[-1]]
            ended = [one for one in modelled.states if one in FINAL]
            # Corrected it is the same again, and nothing else.
            assert modelled.states[len(modelled.states) - len(ended) :] == ended
            assert len(set(ended)) <= 1
        assert len({one["identifier"] for one in kept.values()}) == len(kept)

    @invariant()
    def the_space_only_moves_on(self) -> None:
        """What is heard late resurrects nothing: a version was what it was, and no older one comes back."""
        for entry_id, entry in self._registry.space.entries().items():
            certificate_id, _, seat = entry_id.partition("-")
            modelled, version = self._model[certificate_id], entry["heard_version"]
            assert entry["state"] == modelled.told(int(seat or 0))[version]
            assert version >= modelled.heard.get(int(seat or 0), 0)
            modelled.heard[int(seat or 0)] = version

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
        said: dict[tuple[str, int, int], set[str]] = {}
        for topic in HEARD:
            for one in self._registry.bus.topics[topic]:
                event = msgspec.json.decode(one.value)
                version, seat = event["version"], event.get("place") or 0
                said.setdefault((one.header("ce_subject"), version, seat), set()).add(one.header("ce_id"))
                if event["state"] == "removed":
                    self._says_nothing(event)
        happened = {
            (name, version, seat)
            for name, one in self._model.items()
            for seat in range(len(one.holders))
            for version in one.told(seat)
        }
        assert said.keys() == happened
        assert all(len(ids) == 1 for ids in said.values())
        assert all(not one["outbox"] for one in self._registry.certificates().values())
        assert {name: one.heard for name, one in self._model.items()} == {
            name: {seat: max(one.told(seat)) for seat in range(len(one.holders))}
            for name, one in self._model.items()
        }

    def _says_nothing(self, event: dict[str, Any]) -> None:
        """Who had it wrongly learns of the removal, and neither whose it is nor what it said."""
        told = json.dumps(self._registry.opened(event), ensure_ascii=False) + repr(event)
        for one in self._model[event["certificate_id"]].editions:
            for secret in (one.holder.name, one.holder.id_number, one.document_number, one.content):
                assert secret not in told

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

    def _correcting(self, certificate_id: str, approval: Approval, case_number: str) -> Asked[Changed]:
        order = Order(change="correct", reason="更正", case_number=case_number, decided_on=DECIDED)
        return partial(
            correct_certificate, certificate_id=certificate_id, approval=approval, order=order, sender=MARKET
        )

    def _ask(self, process: int, work: Asked[T], *, lost: int = 0) -> tuple[T, bool]:
        """As a careful caller: asks the other process with the same Idempotency-Key when no answer is heard.

        `lost`: after which write to a certificate there is none. Gives the answer heard, and if one was not.
        """
        self._asked += 1
        self._registry.documents.loses = lost
        made: list[str] = []
        for place in (process, 1 - process):
            made.append(self._do(self._registry.claim(f"key-{self._asked:08}")))
            with suppress(DatabaseUnavailable):
                answer = self._do(work(self._registry.processes[place].desk))
                break
        self._registry.documents.loses = 0
        assert len(set(made)) == 1
        return answer, len(made) > 1

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)


def accepting(approval: Approval) -> Asked[Accepted]:
    return partial(accept_approval, approval=approval, sender=MARKET)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def live(secrets: Path, patch: pytest.MonkeyPatch, *, examples: int, steps: int, shrink: bool = True) -> None:
    """So many lives of so many steps; the same at every run."""
    make_secrets(secrets)
    # Made once: a crash starts a process in no time, and nobody asks these over HTTP.
    files, shuffled = read_types(), cache(partial(Shuffles._made, Shuffles(bytes(32))))  # noqa: SLF001 - as above
    patch.setattr("services.certs.app.read_types", lambda: files)
    patch.setattr(Shuffles, "_made", lambda _, which: shuffled(which))
    patch.setattr(APIRouter, "add_api_route", lambda *_, **__: None)
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
            # A correction lifts what was decided; who had it wrongly hears nothing of it.
            ("services.certs.domain.correction._but_for_its_end", lambda _: "valid"),
            ("services.certs.store.editions.seats_of", lambda _: []),
        ],
        ids=["acted_on_again", "renewed_from_anywhere", "corrected_to_valid", "removal_unsaid"],
    )
    def test_that_differ_from_the_model_are_found(
        self, rule_of: str, planted: object, secrets_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rule_of, planted)
        with pytest.raises((AssertionError, MoveIllegal)):
            live(secrets_dir, monkeypatch, examples=4 * EXAMPLES, steps=4 * STEPS, shrink=False)


async def _expired(desk: Desk) -> int:
    return sum([ended async for ended in expire_certificates(desk)])
