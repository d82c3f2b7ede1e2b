"""Persons and organisations that have a code."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from services.identity.events import HolderRegistered
from services.kernel.errors import Conflict, NotFound
from services.kernel.holders import HolderId, HolderKind, canonical_name

CodeKind = Literal["person", "enterprise"]

# 一人一码, 一企一码
CODE_KINDS: Mapping[HolderKind, CodeKind] = {"person": "person", "organisation": "enterprise"}


class HolderUnknown(NotFound):
    code = "holder_unknown"


class HolderNameDiffers(Conflict):
    code = "holder_name_differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One person or organisation; the id is derived from id type and number."""

    holder_id: HolderId
    kind: HolderKind
    id_type: str
    number: str
    name: str

    def check_name(self, name: str) -> None:
        """The name must be the one that was registered, however its dots and blanks are written."""
        if canonical_name(self.name) != canonical_name(name):
            raise HolderNameDiffers("the number is registered under another name")

    def registered(self) -> HolderRegistered:
        """Give the fact of the first registration."""
        return HolderRegistered(holder_id=self.holder_id, version=1, kind=self.kind)
