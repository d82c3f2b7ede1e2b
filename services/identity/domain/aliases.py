"""Several documents of one person (design.md, law 5): one is the primary, the others are its aliases.

A linkage is a document of its own, under the derived holder id: by what a link takes and answers nobody
learns whether a number is registered. An alias is linked if the primary lists it and it names the primary.
"""

from dataclasses import dataclass, replace

from services.identity.events import AliasesChanged
from services.kernel.errors import Conflict, Forbidden, Invalid
from services.kernel.holders import HolderId

MOST_ALIASES = 8


class AliasInvalid(Invalid):
    """The two are one document, or one of them is not a person's."""

    code = "alias_invalid"


class AliasElsewhere(Conflict):
    """The document is linked with others already: that link is undone first."""

    code = "alias_elsewhere"


class AliasesTooMany(Conflict):
    code = "aliases_too_many"


class AliasTokenRejected(Forbidden):
    """Not a token of the other document's own sign-in."""

    code = "alias_token_rejected"


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
