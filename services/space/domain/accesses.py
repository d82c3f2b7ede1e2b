"""The access record: who asked for which of a holder's certificates, why, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.kernel.errors import Invalid
from services.space.domain.entries import Entry
from services.space.domain.grants import Grant, Operator
from services.space.events import AccessRecorded, PulledEntry

Outcome = Literal["pulled", "refused"]


class KeyOfAnotherGrant(Invalid):
    """Keys are remembered for two days and records for years: with this one a pull would be on no record."""

    code = "idempotency_key_reused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Never holds a value of a certificate. `operator` is who asked, also when the grant was another's.

    `arrival` is unique and sorts by time, as an entry's. `entry_versions`: of the entries, in their order.
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

    def stands_for(self, attempt: "Access") -> "Access":
        """Give ourselves, on record under the attempt's id, unless it was an older visit that had the id."""
        if self.grant_id != attempt.grant_id:
            raise KeyOfAnotherGrant("this Idempotency-Key stands for a request with another grant")
        return self

    def recorded(self) -> AccessRecorded:
        """Give the fact that it is on record."""
        own = {"version", "entries"}
        said = {name: getattr(self, name) for name in AccessRecorded.__slots__ if name not in own}
        pairs = zip(self.entry_ids, self.entry_versions, strict=True)
        entries = tuple(PulledEntry(entry_id=one, version=version) for one, version in pairs)
        return AccessRecorded(version=1, **said, entries=entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One use of a grant, under the id that its repeats share."""

    access_id: str
    grant: Grant
    by: Operator
    at: datetime
    arrival: str

    def pulled(self, entries: Sequence[Entry]) -> Access:
        """Give the record of these handed over."""
        types = tuple(dict.fromkeys(entry.certificate_type for entry in entries))
        return self._access("pulled", None, types, entries)

    def refused(self, reason: str, certificate_types: Sequence[str] | None) -> Access:
        """Give the record of a refusal; who names no types asks for all that the grant allows."""
        return self._access("refused", reason, tuple(certificate_types or self.grant.certificate_types), ())

    def _access(
        self, outcome: Outcome, reason: str | None, types: tuple[str, ...], entries: Sequence[Entry]
    ) -> Access:
        return Access(
            access_id=self.access_id,
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
            entry_ids=tuple(entry.entry_id for entry in entries),
            entry_versions=tuple(entry.version for entry in entries),
            recorded_at=self.at,
            arrival=self.arrival,
        )
