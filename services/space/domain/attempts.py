"""One use of a grant, and the record that comes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.space.domain.accesses import Access, AccessUse, Action, Outcome
from services.space.domain.concessions import ENTITLED, Concession, Ruling
from services.space.domain.grants import Asked, Grant, Operator
from services.space.domain.handing import Given, Handed


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
