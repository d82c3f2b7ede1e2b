"""Emergency codes (应急码): fetched while identity is up, shown at counters that cannot reach it."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from services.identity.domain.codes import CLOCKS_APART, CodeNotYetValid, Shown
from services.identity.domain.numbers import names_person
from services.identity.domain.orders import ItemUnknown, Order
from services.identity.domain.scans import Scan
from services.identity.domain.standings import Standing
from services.identity.events import CodeReused
from services.kernel.errors import Gone, Invalid, TooMany
from services.kernel.holders import HolderId

EMERGENCY_LIFE = timedelta(hours=24)
# How many of one holder may be good at a time.
OUTSTANDING = 5
# And how many may be made within one life: revoked ones stand in everybody's list until then.
A_DAY = 20

EmergencyState = Literal["issued", "used", "expired", "revoked"]
UseOutcome = Literal["recorded", "reused", "refused"]


class EmergencyCodeUnlisted(Gone):
    """Signed by us, and not on the list of those given out: whether it was revoked cannot be told."""

    code = "emergency_code_unlisted"


class EmergencyCodesTooMany(TooMany):
    code = "emergency_codes_too_many"


class CodeNotEmergency(Invalid):
    """A code for one minute, of which nobody can tell offline whether it was used."""

    code = "code_not_emergency"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyCode:
    """One that was given out; its text is on the phone alone. `place`: which of the holder's five it is.

    `key_id`: the key that signed it, and with which it ends.
    """

    code_id: str
    key_id: str
    version: int = 1
    holder_id: HolderId
    place: int
    concessions: tuple[str, ...]
    state: EmergencyState = "issued"
    issued_at: datetime
    expires_at: datetime

    def moved(self, state: EmergencyState) -> "EmergencyCode":
        """Give the next version; none comes back to `issued`."""
        return replace(self, version=self.version + 1, state=state)

    def state_at(
        self, at: datetime, *, standing: Standing, used: bool, dead_keys: Collection[str] = ()
    ) -> EmergencyState:
        """What a freeze, a use and time have made of it: nobody need write that down.

        A code given out before a freeze is dead for good, as a session is that began before it.
        """
        if self.state != "issued":
            return self.state
        if used:
            return "used"
        if at >= self.expires_at:
            return "expired"
        return "revoked" if self.key_id in dead_keys or self.is_cut_off(standing) else "issued"

    def is_cut_off(self, standing: Standing) -> bool:
        """Whether the holder's codes are, or since then were, frozen or ended."""
        return standing.state != "active" or standing.ends_session(begun_at=self.issued_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineUse:
    """What a counter says that it did while identity was away."""

    order: Order
    used_at: datetime

    def check_said(self, *, today: date) -> None:
        """As at every scan; and since no list of items is asked, the item is nobody's number either."""
        self.order.check_said(today=today)
        if names_person(self.order.item, today=today):
            raise ItemUnknown("no item has this code")

    def check(self, shown: Shown, *, at: datetime) -> None:
        """An emergency code, in time when it was used; the use itself lies behind us."""
        if shown.emergency is None or shown.holder_id is None:
            raise CodeNotEmergency("only emergency codes are taken offline")
        if self.used_at > at + CLOCKS_APART:
            raise CodeNotYetValid("the use lies in the future: compare the clocks")
        shown.check_time(at=self.used_at, life=EMERGENCY_LIFE)

    def is_that_of(self, scan: Scan) -> bool:
        """Whether this is the use that was recorded, told once more."""
        said = (self.order.operator, self.order.organisation, self.order.item, self.order.purpose)
        kept = (scan.operator, scan.organisation, scan.item, scan.purpose)
        return scan.mode == "offline" and said == kept and self.used_at == scan.scanned_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One use of a code."""

    operator: str
    organisation: str
    counter: str
    used_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reuse:
    """A second use of one code, found afterwards; `again` is the later one, whichever was told first."""

    reuse_id: str
    code_id: str
    holder_id: HolderId
    again: Use
    first_used_at: datetime

    @classmethod
    def of(cls, scan: Scan, use: OfflineUse) -> "Reuse":
        """The same two uses give the same reuse, however often they are told."""
        order = use.order
        told = Use(
            operator=order.operator,
            organisation=order.organisation,
            counter=order.counter,
            used_at=use.used_at,
        )
        kept = Use(
            operator=scan.operator,
            organisation=scan.organisation,
            counter=scan.counter,
            used_at=scan.scanned_at,
        )
        said = (scan.scan_id, order.operator, order.item, order.purpose, use.used_at.isoformat())
        first, again = sorted((kept, told), key=lambda one: one.used_at)
        return cls(
            reuse_id=hashlib.sha256("\0".join(said).encode()).hexdigest()[:32],
            code_id=scan.scan_id,
            holder_id=scan.holder_id,
            again=again,
            first_used_at=first.used_at,
        )

    def told(self) -> CodeReused:
        """Give the fact."""
        return CodeReused(
            reuse_id=self.reuse_id,
            version=1,
            scan_id=self.code_id,
            holder_id=self.holder_id,
            operator=self.again.operator,
            organisation=self.again.organisation,
            counter=self.again.counter,
            used_at=self.again.used_at,
            first_used_at=self.first_used_at,
        )
