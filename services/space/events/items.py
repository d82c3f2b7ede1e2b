"""What is said of items."""

from dataclasses import dataclass
from typing import ClassVar

from services.kernel.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPredicate:
    """A question about one field, answered yes, no or unknown."""

    field: str
    test: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemNeed:
    """One thing that an item needs, and how much of it; see `domain.needs.Need`."""

    need: str
    name: str
    certificate_type: str | None = None
    material: str | None = None
    form: str
    fields: tuple[str, ...] = ()
    predicate: ItemPredicate | None = None
    any_of: str | None = None
    shared_by: str | None = None
    issued_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPublished(Event):
    """Said: an item and the certificates it may ask for, as they stand at this version."""

    type: ClassVar[str] = "space.item.published.v1"
    subject_field: ClassVar[str] = "item"
    key_field: ClassVar[str] = "item"
    item: str
    version: int
    name: str
    required: tuple[str, ...]
    statutory: bool
    basis: str
    needs: tuple[ItemNeed, ...] = ()
    answers_only: bool = False
