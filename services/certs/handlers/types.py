"""Certificate types, as an administrator publishes them."""

from contextlib import suppress

from services.certs.domain import CertificateType, TypeNotThere, next_version, read_definition
from services.certs.ports import Types
from services.kernel.errors import Stale

# Of those who race for one document one wins each round.
_ROUNDS = 8


async def find_type(types: Types, code: str, *, version: int | None) -> CertificateType:
    """As it stands, by a code that it has or had; or as exactly this code was at a version."""
    found = await types.find(code, version=version) if version else (await types.catalogue()).of(code)
    if found is None:
        raise TypeNotThere("no certificate type has or had this code, or not this version")
    return found


async def put_type(
    types: Types, code: str, said: object, *, by: str, read: int | None = None
) -> CertificateType:
    """Publish the definition under this code; the same again changes and says nothing."""
    wanted = read_definition(said, code=code)
    for _ in range(_ROUNDS):
        found = await types.find(code)
        following = next_version(found, wanted, types=await types.catalogue(at_once=True), read=read)
        if found and following is None:
            return found
        with suppress(Stale):
            kept = following or wanted
            await types.keep(kept, by=by)
            return kept
    raise Stale(f"{code} is being changed by others all the time")
