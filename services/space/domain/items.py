"""Items (事项) and what they may ask for (用证清单)."""

import re
from dataclasses import dataclass

from services.kernel.check_digits import USCC_ALPHABET, mod_31
from services.kernel.errors import Forbidden, Invalid, Unavailable
from services.space.domain.grants import Grant
from services.space.domain.needs import TYPE_CODE, Need, check_together, of_types
from services.space.events import ItemPublished

# Implementing body (18), level (1 national .. 6 village), basic code (12).
_ITEM_CODE = re.compile(f"([{USCC_ALPHABET}]{{17}})([{USCC_ALPHABET}])[1-6][0-9]{{12}}")


class ItemInvalid(Invalid):
    """Its code, or one that it requires, cannot be one."""

    code = "item_invalid"


class ItemAnswersOnly(Forbidden):
    """Showing the code was the yes to a yes or no, and to no look at certificates."""

    code = "item_answers_only"


class ItemNotYetKnown(Unavailable):
    """Whoever gave the grant had heard of it from us: the registry is being filled."""

    code = "item_not_yet_known"
    retry_after = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A kind of thing to apply for. `provisional`: its code is made up until the real one is known.

    `needs` empty: each of `required`, whole. `answers_only`: a concession's; of what it reads nobody is told
    more than one yes or no, so that showing the code is consent enough, and no tap is awaited.
    """

    item: str
    name: str
    name_en: str
    required: tuple[str, ...]
    statutory: bool
    basis: str
    provisional: bool = False
    needs: tuple[Need, ...] = ()
    answers_only: bool = False

    def __post_init__(self) -> None:
        found = _ITEM_CODE.fullmatch(self.item)
        if found is None or mod_31(found[1]) != found[2]:
            raise ItemInvalid(
                f"{self.item}: a credit code that holds, a level (1 to 6) and 12 digits are needed"
            )
        for code in self.required:
            if not TYPE_CODE.fullmatch(code):
                raise ItemInvalid(f"{self.item} requires {code}, which is not the code of a certificate type")
        if self.needs:
            check_together(self.needs, self.required)
        if self.answers_only and (self.statutory or any(one.form != "predicate" for one in self.wanted)):
            raise ItemInvalid(f"{self.item}: what answers only has predicates, and waits for its holder")

    def check_opens(self, grant: Grant) -> None:
        """Refuse a match or a pull where the holder was asked for no more than a yes or no."""
        if self.answers_only or grant.answers_only:
            raise ItemAnswersOnly(f"{self.item} is a concession's: ask POST /v1/concessions/.../checks")

    @property
    def wanted(self) -> tuple[Need, ...]:
        """All that it needs."""
        return self.needs or of_types(self.required)

    def published(self, version: int) -> ItemPublished:
        """Give the fact that so it stands now."""
        return ItemPublished(
            item=self.item,
            version=version,
            name=self.name,
            required=self.required,
            statutory=self.statutory,
            basis=self.basis,
            needs=tuple(one.said() for one in self.wanted),
            answers_only=self.answers_only,
        )
