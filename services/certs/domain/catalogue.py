"""All certificate types together: how one is found, and what two of them may not share."""

from collections.abc import Iterable, Iterator, Mapping

from services.certs.domain.certificate_type import CODE, CertificateType, normal, shown
from services.kernel.errors import Fault, Invalid

# Two types that took each other's code over, at the same moment, are not followed round and round.
_MOST_SWAPS = 20


class CertificateTypeUnknown(Invalid):
    """No type has this code."""

    code = "certificate_type_unknown"


class CertificateNameUnknown(Invalid):
    """No type is called this, by its name or an alias."""

    code = "certificate_name_unknown"


class TypesDefective(Exception):
    """For the operator, at the start: the type files contradict themselves."""


class Catalogue:
    """Every type, found by its code, by a code that it had before or by any of its names.

    A type whose code was swapped for another's is none of its own any more. Where two types nevertheless
    share a name (two administrators at the same moment), it is the one's with the lower code.
    """

    def __init__(self, types: Iterable[CertificateType]) -> None:
        found = sorted(types, key=lambda one: one.certificate_type)
        self._swapped = {code: one for one in found for code in one.formerly}
        standing = [one for one in found if one.certificate_type not in self._swapped]
        self._by_code = {one.certificate_type: one for one in standing}
        self._by_name: dict[str, CertificateType] = {}
        for one in standing:
            for name in one.names:
                self._by_name.setdefault(normal(name), one)

    @property
    def types(self) -> Mapping[str, CertificateType]:
        """By the code that each has now."""
        return self._by_code

    def of(self, code: str) -> CertificateType | None:
        """By a code that it has or had."""
        for _ in range(_MOST_SWAPS):
            if code not in self._swapped:
                break
            code = self._swapped[code].certificate_type
        return self._by_code.get(code)

    def find(self, code: str | None, name: str | None) -> CertificateType:
        """The code decides where both are given."""
        if code:
            found = self.of(normal(code).upper())
            if found is None:
                got = code if CODE.fullmatch(code) else shown(code)
                raise CertificateTypeUnknown(f"{got} is not a code of the list of certificate types")
            return found
        found = self._by_name.get(normal(name or ""))
        if found is None:
            got = shown(name) if name else "neither certificate_type nor certificate_name"
            raise CertificateNameUnknown(f"got {got}; needed a name of the list of certificate types")
        return found

    def clashes(self, one: CertificateType) -> Iterator[Fault]:
        """Yield what `one` shares with other types; those whose codes it takes over are not others."""
        for place, name in enumerate(one.names):
            found = self._by_name.get(normal(name))
            if found and found.certificate_type not in one.codes:
                path = f"aliases.{place - 1}" if place else "name"
                yield Fault(path, name, f"a name that no other type has; {found.certificate_type} has it")
        for place, code in enumerate(one.formerly):
            swapped_in = self._swapped.get(code)
            if swapped_in and swapped_in.certificate_type not in one.codes:
                needed = f"a code that no other type took over; {swapped_in.certificate_type} did"
                yield Fault(f"formerly.{place}", code, needed)


def catalogue_of(types: Iterable[CertificateType]) -> Catalogue:
    """Of types that must not contradict each other: the first that does ends the start."""
    taken: list[CertificateType] = []
    for one in types:
        if any(one.certificate_type == other.certificate_type for other in taken):
            raise TypesDefective(f"{one.certificate_type} stands twice")
        for fault in Catalogue(taken).clashes(one):
            raise TypesDefective(
                f"{one.certificate_type}: {fault.path}: got {fault.got}, needed {fault.needed}"
            )
        taken.append(one)
    return Catalogue(taken)
