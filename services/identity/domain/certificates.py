"""Certificate types and certificates, as certs tells of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from services.identity.domain.guardianship import day_begins
from services.identity.domain.mandates import Mandate, MandateRole
from services.kernel.holders import HolderId

_DAY = timedelta(days=1)
Speakers = Mapping[tuple[HolderId, MandateRole], date | None]
# What a certificate can say of somebody; the other roles are given, or checked at a counter.
_ROLES: Mapping[str, MandateRole] = {"guardian": "guardian", "legal_representative": "legal_representative"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One line of a certificate's face: its name in data, its term (Chinese) on paper."""

    name: str
    term: str
    sensitive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateType:
    """`fields` None: certs did not say, so it is taken for sensitive.

    `public`: anybody may know that one is held.
    """

    certificate_type: str
    version: int
    name: str
    fields: tuple[Field, ...] | None
    public: bool = False

    @property
    def is_sensitive(self) -> bool:
        """Whether showing the code alone is not consent enough."""
        return self.fields is None or any(field.sensitive for field in self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Who acts for a certificate's holder, and the first day on which that is over, if one is known."""

    holder_id: HolderId
    role: str
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What identity keeps of one: no content, only who represents whom and what a public face shows."""

    certificate_id: str
    version: int
    holder_id: HolderId
    certificate_type: str
    state: str
    authority: str
    valid_from: date | None
    valid_to: date | None
    represents: tuple[Speaker, ...] = ()

    def state_on(self, day: date) -> str:
        """Expired is derived from the date; the last day counts."""
        over = self.valid_to is not None and day > self.valid_to
        return "expired" if over and self.state == "valid" else self.state

    def speakers(self) -> Speakers:
        """Who acts for the holder, and until when, by this version; nobody by one that is not valid."""
        if self.state != "valid":
            return {}
        return {
            (one.holder_id, _ROLES[one.role]): one.until
            for one in self.represents
            if one.role in _ROLES and one.holder_id != self.holder_id
        }

    def mandates(self, found: Sequence[Mandate], *, ids: "MandateIds", at: datetime) -> Iterator[Mandate]:
        """Give those that this version opens, changes or ends; none where a later version has spoken."""
        known = {(one.agent, one.role): one for one in found}
        listed = self.speakers()
        for agent, role in sorted(listed.keys() | known.keys()):
            before = known.get((agent, role)) or self._unsaid(agent, role, ids, at)
            after = self._speak(before, listed=listed, at=at)
            if before.certificate_version < self.version and _differ(before, after):
                yield after

    def _unsaid(self, agent: HolderId, role: MandateRole, ids: "MandateIds", at: datetime) -> Mandate:
        return Mandate(
            mandate_id=ids(f"{self.certificate_id}:{agent}:{role}"),
            version=0,
            principal=self.holder_id,
            agent=agent,
            role=role,
            certificate_id=self.certificate_id,
            changed_at=at,
        )

    def _speak(self, before: Mandate, *, listed: Speakers, at: datetime) -> Mandate:
        after = replace(before, version=before.version + 1, certificate_version=self.version, changed_at=at)
        if (before.agent, before.role) not in listed:
            return replace(after, state="ended")
        opened = before.opened_at if before.state == "open" else at
        since = day_begins(self.valid_from) if self.valid_from else None
        until = self._until(listed[before.agent, before.role])
        return replace(after, state="open", since=since, until=until, opened_at=opened)

    def _until(self, day: date | None) -> datetime | None:
        """The first moment after the last valid day, or of the day on which the role itself is over."""
        ends = [day, self.valid_to + _DAY if self.valid_to else None]
        return min((day_begins(one) for one in ends if one), default=None)


class MandateIds(Protocol):
    """Names a mandate by what it rests on."""

    def __call__(self, rests_on: str, /) -> str:
        """26 characters of Base32, at each call the same."""
        ...


def _differ(before: Mandate, after: Mandate) -> bool:
    return (before.state, before.since, before.until) != (after.state, after.since, after.until)
