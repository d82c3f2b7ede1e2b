"""Certificate types (证照类型): what may be issued, to whom, with what on it and for how long."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from services.certs.domain.numbering import NumberRule
from services.certs.domain.representation import Role
from services.certs.domain.validity import AS_STATED, Validity
from services.kernel.holders import HolderKind, canonical_name, mask_number

# Credit code of the defining authority and three digits (GB/T 36904).
CODE = re.compile(r"[0-9A-Z]{18}[0-9]{3}")
# A date has eight characters; a number may be written in groups.
_LONG_NUMBER = re.compile(r"[0-9A-Za-z０-９]{9,}|[0-9０-９](?:[ 　-]?[0-9０-９Xx]){10,}")

FieldKind = Literal["text", "date", "number", "money", "id_number"]
# What an approval says in columns of its own; any other field of a type comes in the approval's `fields`.
COLUMNS = frozenset(
    {"document_name", "document_number", "category", "content", "decided_on", "legal_representative"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One line of the certificate's face: its name in data, its term (Chinese) on paper.

    `choices`: the values that it may have; none: any of its kind.
    """

    name: str
    term: str
    kind: FieldKind = "text"
    required: bool = False
    sensitive: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateType:
    """`holder_kinds`: the usual one first; `provisional`: the code is a stand-in for an unknown one.

    `formerly`: the codes that this one was swapped in for, oldest first: they find the type, and an
    entitlement to one of them holds. `public`: everybody may know that an organisation holds one.
    `represents`: as what the approval's representatives act for the holder for as long as the certificate is
    valid; None: as nothing. `joint`: one certificate may be several holders'. `one_per_holder`: a holder has
    one valid one at most. `retention_years`: how long a certificate is kept after it ended; None: for ever.
    `version`: 0 where it was not published.
    """

    certificate_type: str
    version: int = 0
    name: str
    name_en: str
    aliases: tuple[str, ...]
    formerly: tuple[str, ...] = ()
    holder_kinds: tuple[HolderKind, ...]
    defining_authority: str
    provisional: bool
    face: str = "certificate"
    validity: Validity = AS_STATED
    number_rule: NumberRule | None = None
    one_per_holder: bool = False
    retention_years: int | None = None
    fields: tuple[Field, ...]
    public: bool = False
    represents: Role | None = None
    joint: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code of the type, the oldest first: certificates of all of them stand in the world."""
        return (*self.formerly, self.certificate_type)

    @property
    def names(self) -> tuple[str, ...]:
        """All that files may call it."""
        return (self.name, *self.aliases)

    @property
    def own_fields(self) -> tuple[Field, ...]:
        """Those that come in an approval's `fields`."""
        return tuple(field for field in self.fields if field.name not in COLUMNS)


def normal(text: str) -> str:
    """Give the form for comparing texts of files: NFKC, one middle dot, no blanks; never for showing."""
    return canonical_name(text if text.isascii() else unicodedata.normalize("NFKC", text))


def shown(text: str) -> str:
    """Give the beginning of a text for a report, with whatever could be somebody's number masked."""
    return repr(_LONG_NUMBER.sub(lambda match: mask_number(match[0]), text[:80])[:40])
