"""Persons and organisations that have a code."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.identity.events import HolderErased, HolderRegistered
from services.kernel.errors import Forbidden, NotFound
from services.kernel.holders import GROWN_UP, HolderId, HolderKind, birthday, canonical_name

CodeKind = Literal["person", "enterprise"]

# 一人一码, 一企一码
CODE_KINDS: Mapping[HolderKind, CodeKind] = {"person": "person", "organisation": "enterprise"}
# Below it a guardian consents (个人信息保护法, 31).
OF_AGE = 14
_FORMER_NAMES = 10


class HolderUnknown(NotFound):
    code = "holder_unknown"


class ActingNotAllowed(Forbidden):
    """What a holder does in person alone, whatever the mandate says."""

    code = "acting_not_allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerName:
    """A name that a holder had until then, and why that ended."""

    name: str
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One person or organisation; the id is derived from id type and number.

    `life` counts registrations: one after an erasure is a new life, under a new key.
    """

    holder_id: HolderId
    version: int = 1
    life: int = 1
    kind: HolderKind
    id_type: str
    number: str
    name: str
    former_names: tuple[FormerName, ...] = ()
    registered_at: datetime | None = None

    def is_called(self, name: str) -> bool:
        """Whether this is the name, however its dots and blanks are written."""
        return canonical_name(self.name) == canonical_name(name)

    def renamed(self, name: str, *, reason: str, at: datetime) -> "Holder":
        """Give the next version under the new name; the last few former ones are kept."""
        former = FormerName(name=self.name, until=at, reason=reason)
        kept = (*self.former_names, former)[-_FORMER_NAMES:]
        return replace(self, version=self.version + 1, name=name, former_names=kept)

    def registered(self) -> HolderRegistered:
        """Give the fact of the registration."""
        return HolderRegistered(holder_id=self.holder_id, version=self.version, kind=self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What is known of a holder without opening the profile. `erased_at`: nobody is registered any more."""

    holder_id: HolderId
    version: int
    life: int
    kind: HolderKind
    registered_at: datetime
    erased_at: datetime | None = None

    def erased(self, *, at: datetime) -> tuple["Enrolment", HolderErased]:
        """Give the next version and its fact."""
        after = replace(self, version=self.version + 1, erased_at=at)
        return after, HolderErased(holder_id=self.holder_id, version=after.version, erased_at=at)


def is_under_14(holder: Holder, *, today: date) -> bool:
    """Whether the number says that a guardian acts; one without a birth date never does."""
    reached = birthday(holder.id_type, holder.number, OF_AGE)
    return reached is not None and today < reached


def grown_up_on(holder: Holder) -> date | None:
    """The 18th birthday, if the number tells it."""
    return birthday(holder.id_type, holder.number, GROWN_UP)


def is_of_age(holder: Holder, *, today: date) -> bool:
    """Whether the number says that guardianship by birth is over; one without a birth date never does."""
    reached = grown_up_on(holder)
    return reached is not None and today >= reached
