"""Cards (卡组): what lies in a space, in groups that a person understands."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from services.kernel.errors import Invalid, NotFound
from services.space.domain.needs import TYPE_CODE
from services.space.domain.types import Families

HolderKind = Literal["person", "organisation"]
# Whatever no file names.
OTHER = "other"
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_KINDS = frozenset({"person", "organisation"})


class CardInvalid(Invalid):
    """A file of a card group that could be read in two ways, or not at all."""

    code = "card_invalid"


class CardUnknown(NotFound):
    """No card group of this name."""

    code = "card_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A kind of thing that holders keep themselves; `material` is what a need of an item names."""

    material: str
    name: str
    name_en: str

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.material):
            raise CardInvalid(f"{self.material}: a-z, 0-9 and _, 40 at most, a letter first")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card group. `holders`: who sees it while it is empty; what is in it is shown to whoever has it."""

    card: str
    name: str
    name_en: str
    order: int
    holders: tuple[str, ...]
    certificate_types: tuple[str, ...] = ()
    materials: tuple[Material, ...] = ()

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.card):
            raise CardInvalid(f"{self.card}: a-z, 0-9 and _, 40 at most, a letter first")
        if not self.holders or not _KINDS.issuperset(self.holders):
            raise CardInvalid(f"{self.card}: holders are person, organisation or both")
        if odd := [one for one in self.certificate_types if not TYPE_CODE.fullmatch(one)]:
            raise CardInvalid(f"{self.card} names {', '.join(odd)}, no code of a certificate type")


_REST = Card(card=OTHER, name="其他", name_en="Other", order=1_000_000, holders=("person", "organisation"))


@dataclass(frozen=True, slots=True)
class Cards:
    """All card groups, the last of them for whatever is in no other."""

    groups: tuple[Card, ...]

    @classmethod
    def of(cls, declared: Iterable[Card]) -> "Cards":
        """Put them in their order; a thing that lies in two cards is found in neither: CardInvalid."""
        groups = sorted(declared, key=lambda one: (one.order, one.card))
        names = [one.card for one in groups]
        things = [thing for one in groups for thing in _things(one)]
        twice = {one for one in (*names, *things) if names.count(one) + things.count(one) > 1}
        if twice:
            raise CardInvalid(f"{', '.join(sorted(twice))} stands in two places")
        # An own 其他 with names and kinds of its own is welcome; where there is none it is made.
        return cls(tuple(groups if OTHER in names else [*groups, _REST]))

    @property
    def materials(self) -> Mapping[str, Material]:
        """Each kind that a holder may keep."""
        return {kind.material: kind for one in self.groups for kind in one.materials}

    def places(self, families: Families) -> "Places":
        """Tell where things lie as long as types have these codes."""
        lies = {
            code: one.card for one in self.groups for thing in _things(one) for code in families.of(thing)
        }
        return Places(lies)

    def find(self, card: str) -> Card:
        """By its name, or CardUnknown."""
        for one in self.groups:
            if one.card == card:
                return one
        raise CardUnknown(f"no card is called {card}")

    def codes_of(self, card: str, families: Families) -> Sequence[str] | None:
        """Everything that lies in it, by all its codes; None: whatever lies in no other."""
        found = self.find(card)
        if card == OTHER:
            return None
        return sorted({code for thing in _things(found) for code in families.of(thing)})


@dataclass(frozen=True, slots=True)
class Places:
    """In which card a certificate type or kind of material lies."""

    lies: Mapping[str, str]

    def of(self, code: str) -> str:
        """The card's name."""
        return self.lies.get(code, OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A card and how many entries of a holder lie in it."""

    card: Card
    count: int


def count_cards(
    cards: Cards, codes: Iterable[str], *, families: Families, kinds: Iterable[str | None]
) -> list[Counted]:
    """Lay out a holder's cards: those with something in them, and the empty ones of these kinds of holder.

    Of a holder whose kind was not told (None) the empty ones of all kinds.
    """
    places, found = cards.places(families), dict[str, int]()
    for code in codes:
        card = places.of(code)
        found[card] = found.get(card, 0) + 1
    theirs = set(kinds)
    return [
        Counted(card=one, count=found.get(one.card, 0))
        for one in cards.groups
        if one.card in found or (one.card != OTHER and (None in theirs or not theirs.isdisjoint(one.holders)))
    ]


def _things(card: Card) -> list[str]:
    return [*card.certificate_types, *(one.material for one in card.materials)]
