"""Items (事项) and what they may ask for (用证清单)."""

import re
from dataclasses import dataclass

from services.kernel.check_digits import USCC_ALPHABET, mod_31
from services.kernel.errors import Invalid, Unavailable
from services.space.domain.needs import TYPE_CODE, Need, check_together, of_types
from services.space.events import ItemPublished

# Implementing body (18), level (1 national .. 6 village), basic code (12).
_ITEM_CODE = re.compile(f"([{USCC_ALPHABET}]{{17}})([{USCC_ALPHABET}])[1-6][0-9]{{12}}")


class ItemInvalid(Invalid):
    """Its code, or one that it requires, cannot be one."""

    code = "item_invalid"


class ItemNotYetKnown(Unavailable):
    """Whoever gave the grant had heard of it from us: the registry is being filled."""

    code = "item_not_yet_known"
    retry_after = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A kind of thing to apply for. `provisional`: its code is made up until the real one is known.

    `needs` empty: each of `required`, whole.
    """

    item: str
    name: str
    name_en: str
    required: tuple[str, ...]
    statutory: bool
    basis: str
    provisional: bool = False
    needs: tuple[Need, ...] = ()

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
        )
