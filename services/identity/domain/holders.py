"""Persons and organisations that have a code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.identity.events import HolderErased, HolderRegistered, HolderRenamed
from services.kernel.errors import Forbidden, NotFound
from services.kernel.holders import GROWN_UP, HolderId, HolderKind, birthday, canonical_name

CodeKind = Literal["person", "enterprise"]
# A keyed hash of a holder's name: the same words for two holders give two hashes.
HashName = Callable[[HolderId, str], str]

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
    """A name that a holder had until then, and why that ended; `vouched` as in `Holder`."""

    name: str
    until: datetime
    reason: str
    vouched: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One person or organisation; the id is derived from id type and number.

    `life` counts registrations: one after an erasure is a new life, under a new key.
    `vouched`: the log-in or an authority said the name. What a machine registered counts until one of them
    says another, and then no more: it may have come with the wrong number.
    """

    holder_id: HolderId
    version: int = 1
    life: int = 1
    kind: HolderKind
    id_type: str
    number: str
    name: str
    vouched: bool = False
    former_names: tuple[FormerName, ...] = ()
    registered_at: datetime | None = None

    def is_called(self, name: str) -> bool:
        """Whether this is the name, however its dots and blanks are written."""
        return canonical_name(self.name) == canonical_name(name)

    def renamed(self, name: str, *, reason: str, at: datetime) -> "Holder":
        """Give the next version under the new name; the last few former ones are kept."""
        former = FormerName(name=self.name, until=at, reason=reason, vouched=self.vouched)
        kept = (*self.former_names, former)[-_FORMER_NAMES:]
        return replace(self, version=self.version + 1, name=name, vouched=True, former_names=kept)

    def vouched_for(self) -> "Holder":
        """Give the next version, whose name the log-in has said too."""
        return replace(self, version=self.version + 1, vouched=True)

    def registered(self, hash_name: HashName) -> HolderRegistered:
        """Give the fact of the registration."""
        hashed = hash_name(self.holder_id, self.name)
        return HolderRegistered(
            holder_id=self.holder_id, version=self.version, kind=self.kind, name_hash=hashed
        )

    def named(self, hash_name: HashName) -> HolderRenamed:
        """Give the fact of the name: certificates under a former one (曾用名) stay its holder's."""
        former = (hash_name(self.holder_id, one.name) for one in self.former_names if one.vouched)
        return HolderRenamed(
            holder_id=self.holder_id,
            version=self.version,
            name_hash=hash_name(self.holder_id, self.name),
            former_name_hashes=tuple(former),
        )


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
