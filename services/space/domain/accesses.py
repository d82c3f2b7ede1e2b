"""The access record: who asked for which of a holder's certificates, why, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from services.kernel.errors import Invalid, NotFound
from services.space.domain.concessions import ENTITLED, Concession, Ruling
from services.space.domain.entries import Entry
from services.space.domain.grants import Ask, Asked, Grant, Operator
from services.space.domain.handing import Given, Handed
from services.space.domain.uses import Use
from services.space.events import AccessNoted, AccessRecorded, PulledEntry

Action = Literal["match", "pull", "concession", "export", "look_up"]
# answered: a concession was asked about, used: it was made use of; shown: to who looks it up by office.
Outcome = Literal["matched", "pulled", "answered", "used", "refused", "exported", "shown"]
# Said aloud; the rest is there to be looked up, and disturbs nobody.
_ALOUD: Mapping[str, Literal["pulled", "used", "refused"]] = {
    "pulled": "pulled",
    "used": "used",
    "refused": "refused",
}


class AccessUnknown(NotFound):
    """Not there, or on another holder's record: the caller cannot tell which."""

    code = "access_unknown"


class KeyOfAnotherGrant(Invalid):
    """Keys are remembered for two days and records for years: with this one a pull would be on no record."""

    code = "idempotency_key_reused"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessUse:
    """How much of one need was used, or asked for where it was refused: names of fields, never a value."""

    need: str
    form: str
    fields: tuple[str, ...] = ()

    @classmethod
    def of(cls, use: Use) -> "AccessUse":
        """As it was met."""
        return cls(need=use.need.need, form=use.form, fields=use.fields)

    @classmethod
    def as_asked(cls, ask: Ask) -> "AccessUse":
        """As it was asked for; no form: as the item has it."""
        return cls(need=ask.need, form=ask.form or ("fields" if ask.fields else ""), fields=ask.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Never holds a value of a certificate. `operator` is who asked, also when the grant was another's.

    `arrival` is unique and sorts by time, as an entry's. `entry_versions`: of the entries, in their order.
    `entry_ids`: what was handed over; an answer hands over none. `uses` empty: from before they were kept.
    `reason`: why it was refused, or what a concession's answer was; `rule`: by which rule, in which version.
    """

    access_id: str
    holder_id: str
    operator: str
    organisation: str
    counter: str
    item: str
    purpose: str
    case_number: str | None
    basis: str
    scan_id: str
    grant_id: str
    outcome: Outcome
    reason: str | None
    certificate_types: tuple[str, ...]
    entry_ids: tuple[str, ...]
    recorded_at: datetime
    arrival: str
    entry_versions: tuple[int, ...] = ()
    action: Action = "pull"
    uses: tuple[AccessUse, ...] = ()
    rule: str | None = None

    def stands_for(self, attempt: "Access") -> "Access":
        """Give ourselves, on record under the attempt's id, unless it was an older visit that had the id."""
        self.check_same(attempt.grant_id)
        return self

    def check_same(self, grant_id: str) -> None:
        """Refuse the key of another visit."""
        if self.grant_id != grant_id:
            raise KeyOfAnotherGrant("this Idempotency-Key stands for a request with another grant")

    def of(self, handed: Handed) -> Handed:
        """Give what of it is on record here, in the same form and version: a repeat gets no more.

        Of a refusal that is nothing, whatever was asked for.
        """
        if self.outcome != "pulled":
            return Handed(given=(), answers=())
        return Handed(
            given=[one for one in handed.given if self._has_entry(one.entry) and self._has(one.use)],
            answers=[one for one in handed.answers if self._has(one.use)],
        )

    def _has_entry(self, entry: Entry) -> bool:
        # Not strict: a record from before versions were kept has none, and its repeat gets nothing.
        return (entry.entry_id, entry.version) in zip(self.entry_ids, self.entry_versions, strict=False)

    def _has(self, use: Use) -> bool:
        return not self.uses or AccessUse.of(use) in self.uses

    @classmethod
    def without_grant(
        cls, access_id: str, action: Action, outcome: Outcome, *, holder_id: str, by: Operator, **told: Any
    ) -> "Access":
        """What rests on no grant; `told`: `purpose`, `basis`, `recorded_at`, `arrival`, and more."""
        nothing = {"item": "", "case_number": None, "reason": None, "certificate_types": (), "entry_ids": ()}
        grant = {"scan_id": "", "grant_id": ""}
        where = {name: getattr(by, name) for name in by.__slots__}
        said = {"access_id": access_id, "action": action, "outcome": outcome, "holder_id": holder_id}
        return cls(**said | where | nothing | grant | told)

    def recorded(self) -> AccessRecorded | AccessNoted:
        """Give the fact that it is on record: aloud, or for the log alone."""
        outcome = _ALOUD.get(self.outcome)
        if outcome is None:
            noted = ("access_id", "holder_id", "action", "recorded_at")
            return AccessNoted(version=1, **{name: getattr(self, name) for name in noted})
        own = {"version", "entries", "outcome", "reason"}
        said = {name: getattr(self, name) for name in AccessRecorded.__slots__ if name not in own}
        pairs = zip(self.entry_ids, self.entry_versions, strict=True)
        entries = tuple(PulledEntry(entry_id=one, version=version) for one, version in pairs)
        reason = self.reason if self.outcome == "refused" else None
        return AccessRecorded(version=1, **said, outcome=outcome, reason=reason, entries=entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One use of a grant, under the id that its repeats share."""

    access_id: str
    action: Action
    grant: Grant
    by: Operator
    at: datetime
    arrival: str

    def matched(self, certificate_types: Sequence[str]) -> Access:
        """Give the record of a look at these."""
        return self._access("matched", None, tuple(certificate_types), (), ())

    def pulled(self, handed: Handed) -> Access:
        """Give the record of what is handed over."""
        types = [one.entry.certificate_type for one in handed.given]
        types += [one.certificate_type for one in handed.answers]
        uses = dict.fromkeys(AccessUse.of(use) for use in handed.uses)
        return self._access("pulled", None, tuple(dict.fromkeys(types)), tuple(uses), handed.given)

    def judged(self, concession: Concession, ruling: Ruling, *, used: bool) -> Access:
        """Give the record of a concession's answer; of the grounds it names all that the rule has."""
        uses = tuple(AccessUse(need=one.ground, form="predicate") for one in concession.rule.grounds)
        outcome: Outcome = "used" if used and ruling == ENTITLED else "answered"
        access = self._access(outcome, ruling.reason, concession.types, uses, ())
        return replace(access, rule=concession.named)

    def refused(self, reason: str, asked: Asked) -> Access:
        """Give the record of a refusal; who names no types asks for all that the grant allows."""
        types = tuple(asked.certificate_types or self.grant.certificate_types)
        uses = tuple(AccessUse.as_asked(one) for one in asked.needs or ())
        return self._access("refused", reason, types, uses, ())

    def _access(
        self,
        outcome: Outcome,
        reason: str | None,
        types: tuple[str, ...],
        uses: tuple[AccessUse, ...],
        given: Sequence[Given],
    ) -> Access:
        entries = {one.entry.entry_id: one.entry.version for one in given}
        return Access(
            access_id=self.access_id,
            action=self.action,
            holder_id=self.grant.holder_id,
            operator=self.by.operator,
            organisation=self.by.organisation,
            counter=self.by.counter,
            item=self.grant.item,
            purpose=self.grant.purpose,
            case_number=self.grant.case_number,
            basis=self.grant.basis,
            scan_id=self.grant.scan_id,
            grant_id=self.grant.grant_id,
            outcome=outcome,
            reason=reason,
            certificate_types=types,
            entry_ids=tuple(entries),
            entry_versions=tuple(entries.values()),
            recorded_at=self.at,
            arrival=self.arrival,
            uses=uses,
        )
