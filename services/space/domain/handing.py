"""What is handed over at a pull: certificates whole or in part, and answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.kernel.errors import Conflict
from services.space.domain.entries import Certificate, Entry
from services.space.domain.matching import Found, usable
from services.space.domain.needs import Need
from services.space.domain.predicates import Answer, best
from services.space.domain.uses import Use

# In the credential of a certificate of several holders these are the first one's.
_OF_THE_FIRST = frozenset({"holder_name", "id_type", "id_number_masked"})


class CredentialUnreadable(Conflict):
    """What is kept of a certificate is not in a form that can be shown in part."""

    code = "credential_unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One certificate, whole or the fields of its use; `credential` shows exactly that."""

    use: Use
    certificate: Certificate
    credential: str

    @property
    def entry(self) -> Entry:
        """What it is the certificate of."""
        return self.certificate.entry

    @property
    def values(self) -> Mapping[str, object]:
        """What the fields of the use say; what the certificate does not have is left out."""
        said = {name: value_of(self.certificate, name) for name in self.use.fields}
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A predicate and what came of it; of the certificates behind it nothing."""

    use: Use
    certificate_type: str
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """All that one pull gives."""

    given: Sequence[Given]
    answers: Sequence[Answered]

    @property
    def uses(self) -> list[Use]:
        """How the needs are met by it."""
        return [*(one.use for one in self.given), *(one.use for one in self.answers)]

    def __bool__(self) -> bool:
        return bool(self.given or self.answers)


def value_of(certificate: Certificate, name: str) -> object:
    """What it says under a name as needs have them; None where it says nothing."""
    if name.startswith("fields."):
        return certificate.content.fields.get(name.removeprefix("fields."))
    if name in {"valid_from", "valid_to"}:
        day: date | None = getattr(certificate.entry, name)
        return day and day.isoformat()
    return getattr(certificate.content, name, None)


def disclosed(use: Use, entry: Entry) -> tuple[str, ...] | None:
    """Which names of the credential the use shows; None: all.

    Of one of several holders who is not the first: his own name stands among `joint_holders`.
    """
    if use.form == "whole":
        return None
    if not entry.of_another:
        return use.fields
    turned = ["joint_holders" if one in _OF_THE_FIRST else one for one in use.fields]
    return tuple(dict.fromkeys(turned))


def chosen(found: Found, *, today: date) -> list[tuple[Use, list[Entry]]]:
    """What is valid for each use; of needs that stand for each other the first that has any, and no other."""
    pairs = [(use, usable(found.of(use.need), today=today)) for use in found.uses]
    first: dict[str, Need] = {}
    for use, valid in pairs:
        if valid and use.need.any_of:
            first.setdefault(use.need.any_of, use.need)
    return [
        (use, valid)
        for use, valid in pairs
        if valid and (not use.need.any_of or first[use.need.any_of] is use.need)
    ]


def answered(use: Use, certificates: Sequence[Certificate], *, today: date) -> Answered:
    """Ask the predicate of each."""
    asked = use.need.predicate
    said = [asked.answer(value_of(one, asked.field), today=today) for one in certificates] if asked else []
    return Answered(use=use, certificate_type=certificates[0].entry.certificate_type, answer=best(said))
