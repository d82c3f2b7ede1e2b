"""Organisations and what each is entitled to."""

import unicodedata
from dataclasses import dataclass, fields, replace
from datetime import date, datetime

from services.identity.domain.registry import Registered, next_version
from services.identity.events import OrganisationRegistered, SourceFor
from services.kernel.errors import Forbidden, Invalid, NotFound
from services.kernel.holders import check_number

# Control and format. Not private use (Co): there stand the rare characters of names that have no code yet.
_UNSEEN = frozenset({"Cc", "Cf"})
_NOT_IN_A_LINE = _UNSEEN | {"Zl", "Zp", "Cs"}


class NameMissing(Invalid):
    code = "name_missing"


class OrganisationUnknown(NotFound):
    code = "organisation_unknown"


class OrganisationRemoved(Forbidden):
    """Not, or no longer, on the list: its staff and its systems may do nothing any more."""

    code = "organisation_removed"


def is_one_line(text: str) -> bool:
    """Whether it is text of one line: no control or format character, no break, no half of a pair.

    Not `str.isprintable`, which refuses private use and what is newer than this Python's tables.
    """
    return not any(unicodedata.category(one) in _NOT_IN_A_LINE for one in text)


def is_blank(text: str) -> bool:
    """Whether it shows nothing: blanks, control characters and marks without width, or no character."""
    return all(one.isspace() or unicodedata.category(one) in _UNSEEN for one in text)


def clean_name(name: str) -> str:
    """Every character is kept (rare ones, the middle dot of minority names); NFC, no blanks around it."""
    clean = unicodedata.normalize("NFC", name).strip()
    if is_blank(clean):
        raise NameMissing("a name is needed")
    return clean


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation(Registered):
    """What it is entitled to. The lists are sets: their order says nothing.

    `may_ask_for`: the certificate types that its counters may be given at a scan, whatever the item lists.
    """

    organisation: str
    name: str
    certificate_types: tuple[str, ...]
    source_for: tuple[SourceFor, ...]
    items: tuple[str, ...]
    may_ask_for: tuple[str, ...] = ()

    def check_active(self) -> None:
        """Asked before anybody acts for it."""
        if self.removed:
            raise OrganisationRemoved(f"{self.organisation} was taken off the list of organisations")

    def checked(self, *, today: date) -> "Organisation":
        """In canonical form, every credit code checked."""
        types_of: dict[str, set[str]] = {}
        for source in self.source_for:
            authority = check_number("001", source.authority, today=today)
            types_of.setdefault(authority, set()).update(source.certificate_types)
        return replace(
            self,
            organisation=check_number("001", self.organisation, today=today),
            name=clean_name(self.name),
            certificate_types=tuple(sorted(set(self.certificate_types))),
            source_for=tuple(
                SourceFor(authority=authority, certificate_types=tuple(sorted(types)))
                for authority, types in sorted(types_of.items())
            ),
            items=tuple(sorted(set(self.items))),
            may_ask_for=tuple(sorted(set(self.may_ask_for))),
        )

    def without_rights(self) -> "Organisation":
        """As it stands once removed: who hears of it and does not know of removal must let it do nothing."""
        return replace(self, removed=True, certificate_types=(), source_for=(), items=(), may_ask_for=())


def register_organisation(
    found: Organisation | None, wanted: Organisation, *, by: str, at: datetime, read: int | None = None
) -> tuple[Organisation, OrganisationRegistered | None]:
    """Give the organisation as it then stands; no fact where nothing changed."""
    kept = next_version(found, wanted, at=at, read=read)
    if kept is None:
        return found or wanted, None
    state = {one.name: getattr(kept, one.name) for one in fields(kept) if one.name != "sessions_end_at"}
    return kept, OrganisationRegistered(**state, changed_by=by)
