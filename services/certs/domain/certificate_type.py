"""Certificate types (证照类型): what may be issued, to whom, and by which names files call it."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.certs.domain.representation import Role
from services.kernel.errors import Invalid
from services.kernel.holders import HolderKind, canonical_name, mask_number

# Credit code of the defining authority and three digits (GB/T 36904).
_CODE = re.compile(r"[0-9A-Z]{18}[0-9]{3}")
# A date has eight characters; a number may be written in groups.
_LONG_NUMBER = re.compile(r"[0-9A-Za-z０-９]{9,}|[0-9０-９](?:[ 　-]?[0-9０-９Xx]){10,}")


class CertificateTypeUnknown(Invalid):
    """No type has this code."""

    code = "certificate_type_unknown"


class CertificateNameUnknown(Invalid):
    """No type is called this, by its name or an alias."""

    code = "certificate_name_unknown"


class TypesDefective(Exception):
    """For the operator, at the start: the type files contradict themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One line of the certificate's face: its name in data, its term (Chinese) on paper."""

    name: str
    term: str
    kind: str = "text"
    required: bool = False
    sensitive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateType:
    """`holder_kinds`: the usual one first; `provisional`: the code is a stand-in for an unknown one.

    `public`: everybody may know that an organisation holds one. `represents`: as what the approval's
    representatives act for the holder for as long as the certificate is valid; None: as nothing.
    """

    certificate_type: str
    name: str
    name_en: str
    aliases: tuple[str, ...]
    holder_kinds: tuple[HolderKind, ...]
    defining_authority: str
    provisional: bool
    fields: tuple[Field, ...]
    public: bool = False
    represents: Role | None = None


def normal(text: str) -> str:
    """Give the form for comparing texts of files: NFKC, one middle dot, no blanks; never for showing."""
    return canonical_name(unicodedata.normalize("NFKC", text))


def shown(text: str) -> str:
    """Give the beginning of a text for a report, with whatever could be somebody's number masked."""
    return repr(_LONG_NUMBER.sub(lambda match: mask_number(match[0]), text[:80])[:40])


class Catalogue:
    """Every type, found by its code or by any of its names."""

    def __init__(self, types: Iterable[CertificateType]) -> None:
        self._by_code: dict[str, CertificateType] = {}
        self._by_name: dict[str, CertificateType] = {}
        for each in types:
            self._add(each)

    @property
    def types(self) -> Mapping[str, CertificateType]:
        """By code."""
        return self._by_code

    def find(self, code: str | None, name: str | None) -> CertificateType:
        """The code decides where both are given."""
        if code:
            found = self._by_code.get(normal(code).upper())
            if found is None:
                got = code if _CODE.fullmatch(code) else shown(code)
                raise CertificateTypeUnknown(f"{got} is not a code of the list of certificate types")
            return found
        found = self._by_name.get(normal(name or ""))
        if found is None:
            got = shown(name) if name else "neither certificate_type nor certificate_name"
            raise CertificateNameUnknown(f"got {got}; needed a name of the list of certificate types")
        return found

    def _add(self, one: CertificateType) -> None:
        code = one.certificate_type
        if not _CODE.fullmatch(code) or code[:18] != one.defining_authority or not one.holder_kinds:
            raise TypesDefective(f"{code}: 21 characters beginning with its authority's, and a holder kind")
        if code in self._by_code:
            raise TypesDefective(f"{code} stands twice")
        self._by_code[code] = one
        for name in (one.name, *one.aliases):
            if self._by_name.setdefault(normal(name), one) is not one:
                raise TypesDefective(f"{name} names two types")
