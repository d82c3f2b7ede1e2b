"""Several documents of one person (design.md, law 5): one is the primary, the others are its aliases.

A linkage is a document of its own, under the derived holder id: by what a link takes and answers nobody
learns whether a number is registered. An alias is linked if the primary lists it and it names the primary.
"""

from dataclasses import dataclass, replace

from services.identity.domain.holders import Holder
from services.identity.events import AliasesChanged
from services.kernel.errors import Conflict, Forbidden, Invalid
from services.kernel.holders import HolderId

MOST_ALIASES = 8
# Of each of these a person has one, and its number for life (GB 11643; 港澳台居民居住证申领发放办法, 7).
_ONE_FOR_LIFE = frozenset({"111", "551", "552", "553"})


class AliasInvalid(Invalid):
    """The two are one document, or one of them is not a person's, or no person has both."""

    code = "alias_invalid"


class AliasElsewhere(Conflict):
    """The document is linked with others already: that link is undone first."""

    code = "alias_elsewhere"


class AliasesTooMany(Conflict):
    code = "aliases_too_many"


class AliasTokenRejected(Forbidden):
    """Not a token of the other document's own sign-in with the same client."""

    code = "alias_token_rejected"


class AliasNameDiffers(Forbidden):
    """Two sign-ins do not tell one person's two spellings from two persons: a registrar does."""

    code = "alias_name_differs"


def check_types(id_type: str, *others: str) -> None:
    """Whether a document of this type can be that of whoever has the others."""
    if id_type in _ONE_FOR_LIFE and id_type in others:
        raise AliasInvalid(f"a person has one document of type {id_type}, and its number for life")


def check_names(first: Holder, second: Holder) -> None:
    """Whether both signed in under one name, however its dots and blanks are written."""
    if not first.is_called(second.name):
        raise AliasNameDiffers("the two documents bear two names")


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkage:
    """What one document knows of its links; version 0: it never had any."""

    holder_id: HolderId
    version: int = 0
    aliases: tuple[HolderId, ...] = ()
    alias_of: HolderId | None = None

    def joining(self, primary: "Linkage") -> "Linkage":
        """Give this one as an alias of that; before the primary lists it this has no effect."""
        if self.holder_id == primary.holder_id:
            raise AliasInvalid("a document is not its own alias")
        if self.aliases:
            raise AliasElsewhere("the other document has documents linked to it")
        if self.holder_id not in primary.aliases and len(primary.aliases) >= MOST_ALIASES:
            raise AliasesTooMany(f"{MOST_ALIASES} documents are linked already")
        return replace(self, version=self.version + 1, alias_of=primary.holder_id)

    def listing(self, *aliases: HolderId) -> tuple["Linkage", AliasesChanged]:
        """Give this one with exactly these aliases, and the fact."""
        after = replace(self, version=self.version + 1, aliases=aliases, alias_of=None)
        return after, AliasesChanged(holder_id=self.holder_id, version=after.version, aliases=aliases)

    def left(self) -> "Linkage":
        """Give this one as nobody's alias."""
        return replace(self, version=self.version + 1, alias_of=None)
