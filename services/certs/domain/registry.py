"""Types as they are published, version by version (版本): what may follow what."""

from collections.abc import Iterator
from dataclasses import replace

from services.certs.domain.catalogue import Catalogue
from services.certs.domain.certificate_type import CertificateType
from services.certs.domain.definitions import TypeUnusable
from services.kernel.errors import Conflict, Fault, NotFound


class VersionDiffers(Conflict):
    """Somebody else changed it since it was read: their change would be undone unseen."""

    code = "version_differs"


class TypeSwapped(Conflict):
    """The code was swapped for another, under which the type goes on."""

    code = "certificate_type_swapped"


class TypeNotThere(NotFound):
    """No type has or had this code, or it has no such version."""

    code = "certificate_type_not_there"


def next_version(
    found: CertificateType | None, wanted: CertificateType, *, types: Catalogue, read: int | None
) -> CertificateType | None:
    """Give what is to be published, or None where nothing changes.

    `read`: the version that the caller had before its eyes (0: nothing), where it says so.
    """
    standing = types.of(wanted.certificate_type)
    if standing and standing.certificate_type != wanted.certificate_type:
        raise TypeSwapped(f"{wanted.certificate_type} is {standing.certificate_type} now")
    version = found.version if found else 0
    wanted = replace(wanted, version=version)
    if found == wanted:
        return None
    if read is not None and read != version:
        raise VersionDiffers(f"it stands at version {version}; version {read} was read")
    faults = [*types.clashes(wanted), *_lost_codes(wanted, found, types)]
    if faults:
        raise TypeUnusable(faults)
    return replace(wanted, version=version + 1)


def _lost_codes(wanted: CertificateType, found: CertificateType | None, types: Catalogue) -> Iterator[Fault]:
    """Certificates and entitlements go on naming the codes that a type, or one that it takes over, had."""
    before = [found, *(types.types.get(code) for code in wanted.formerly)]
    codes = {code for one in before if one for code in one.formerly}
    for code in sorted(codes - {*wanted.formerly}):
        yield Fault("formerly", f"no {code}", "every code that the type had before")
