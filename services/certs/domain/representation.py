"""Who acts for the holder of a certificate: 法定代表人 of an enterprise, 监护人 of a child."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.kernel.errors import Invalid
from services.kernel.holders import HolderId, check_number, holder_id, kind_of

MOST_REPRESENTATIVES = 10
Role = Literal["legal_representative", "guardian"]


class RepresentativeNotAPerson(Invalid):
    """Only a person can act for somebody."""

    code = "representative_not_a_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Representative:
    """As an approval names one; without a number nobody can be told to be the one."""

    name: str | None = None
    id_type: str = "111"
    id_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """As the certificate says it; `until`: the first day on which they act no more."""

    holder_id: HolderId
    role: Role
    until: date | None = None


def numbers_of(said: Iterable[Representative]) -> str | None:
    """Give the numbers whatever their order; a representative without one says no more than the name does."""
    return ",".join(sorted(f"{one.id_type}:{one.id_number}" for one in said if one.id_number)) or None


def representations(
    said: Iterable[Representative],
    *,
    role: Role | None,
    of: HolderId,
    of_age: date | None,
    key: bytes,
    today: date,
) -> tuple[Representation, ...]:
    """Those whose number is given, where the type says that they act: each once, never the holder.

    `of_age`: when a child is, if its number tells; identity does not know the age of who never registered.
    """
    if role is None:
        return ()
    until = of_age if role == "guardian" else None
    found = {_holder_of(one, one.id_number, key, today) for one in said if one.id_number}
    return tuple(Representation(holder_id=one, role=role, until=until) for one in sorted(found - {of}))


def _holder_of(one: Representative, number: str, key: bytes, today: date) -> HolderId:
    if kind_of(one.id_type) != "person":
        raise RepresentativeNotAPerson("representatives: got an organisation's number; needed a person's")
    return holder_id(key, one.id_type, check_number(one.id_type, number, today=today))
