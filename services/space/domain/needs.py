"""What an item needs (用证清单), how much of it, and why nobody has to bring it (三免)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.kernel.errors import Invalid
from services.space.domain.predicates import Predicate
from services.space.events import ItemNeed, ItemPredicate

Form = Literal["whole", "fields", "predicate"]
# What every certificate says; of what only its type has, `fields.` and the name of the field.
COMMON = frozenset(
    {
        "identifier",
        "number",
        "name",
        "authority_name",
        "holder_name",
        "id_type",
        "id_number_masked",
        "joint_holders",
        "valid_from",
        "valid_to",
    }
)
# The authority that defines the type (18) and a number (3).
TYPE_CODE = re.compile(r"[0-9A-Z]{18}[0-9]{3}")
# A need derived from a type has the type's code.
_NEED = re.compile(r"[a-z][a-z0-9_]{0,39}|[0-9A-Z]{18}[0-9]{3}")
_FIELD = re.compile(r"fields\.[a-z][a-z0-9_]{0,63}")


class NeedInvalid(Invalid):
    """It asks for nothing, for two things, or for what no certificate says."""

    code = "item_invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that an item needs: of a certificate type, or a `material` of this kind.

    Whole, unless `fields` or a `predicate` say less. Needs with the same `any_of` stand for each other.
    `shared_by`: the system where it can be looked up, `issued_by`: the authority that has it; neither: where
    the space has none, it must be brought.
    """

    need: str
    name: str = ""
    name_en: str = ""
    certificate_type: str | None = None
    material: str | None = None
    fields: tuple[str, ...] = ()
    predicate: Predicate | None = None
    any_of: str | None = None
    shared_by: str | None = None
    issued_by: str | None = None

    def __post_init__(self) -> None:
        if not _NEED.fullmatch(self.need):
            raise NeedInvalid(f"{self.need}: a-z, 0-9 and _, 40 at most, a letter first")
        if (self.certificate_type is None) == (self.material is None):
            raise NeedInvalid(f"{self.need}: a certificate_type or a material is needed, and not both")
        if self.certificate_type is not None and not TYPE_CODE.fullmatch(self.certificate_type):
            raise NeedInvalid(
                f"{self.need} names {self.certificate_type}, which is not the code of a certificate type"
            )
        if self.material is not None and (self.fields or self.predicate):
            raise NeedInvalid(f"{self.need}: a material is used whole, only a certificate in part")
        if self.fields and self.predicate:
            raise NeedInvalid(f"{self.need}: fields or a predicate, not both")
        named = (*self.fields, *([self.predicate.field] if self.predicate else []))
        if odd := [one for one in named if not is_field(one)]:
            raise NeedInvalid(f"{self.need}: {', '.join(odd)}: no certificate has it (fields.<name>?)")

    @property
    def form(self) -> Form:
        """How much of it is used."""
        if self.predicate:
            return "predicate"
        return "fields" if self.fields else "whole"

    @property
    def thing(self) -> str:
        """What one would have to bring: the same for all needs that one thing serves."""
        return self.any_of or self.certificate_type or self.material or self.need

    def said(self) -> ItemNeed:
        """Give it as it travels."""
        own = {"form", "predicate"}
        same = {name: getattr(self, name) for name in ItemNeed.__slots__ if name not in own}
        asked = self.predicate
        names = ItemPredicate.__slots__
        predicate = ItemPredicate(**{name: getattr(asked, name) for name in names}) if asked else None
        return ItemNeed(**same, form=self.form, predicate=predicate)


def is_field(name: str) -> bool:
    """Whether a certificate may say something under this name."""
    return name in COMMON or _FIELD.fullmatch(name) is not None


def of_types(required: Sequence[str]) -> tuple[Need, ...]:
    """Give what an item needs that lists types alone: each of them, whole."""
    return tuple(Need(need=code, certificate_type=code) for code in required)


def check_together(needs: Sequence[Need], required: Sequence[str]) -> None:
    """Refuse a list that could be read in two ways."""
    names = [one.need for one in needs]
    if twice := {name for name in names if names.count(name) > 1}:
        raise NeedInvalid(f"{', '.join(sorted(twice))} stands twice among the needs")
    types = {one.certificate_type for one in needs if one.certificate_type}
    if types != set(required):
        odd = sorted(types ^ set(required))
        raise NeedInvalid(f"required and needs differ by {', '.join(odd)}")
    shown = [one.certificate_type for one in needs if one.certificate_type and not one.predicate]
    if twice := {code for code in shown if shown.count(code) > 1}:
        raise NeedInvalid(f"{', '.join(sorted(twice))}: how much of it may be shown is said once")
    groups = [one.any_of for one in needs if one.any_of]
    if alone := {name for name in groups if groups.count(name) == 1}:
        raise NeedInvalid(f"any_of {', '.join(sorted(alone))}: one need alone is no choice")
