"""The access record: who asked for which of a holder's certificates, why, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from services.kernel.errors import Invalid, NotFound
from services.space.domain.entries import Entry
from services.space.domain.grants import Ask, Operator
from services.space.domain.handing import Handed
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
