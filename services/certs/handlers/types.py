"""Certificate types, as an administrator publishes them."""

from services.certs.domain import CertificateType, TypeNotThere, next_version, read_definition
from services.certs.ports import Types
from services.kernel.again import decide_again


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

    async def put() -> CertificateType:
        found = await types.find(code)
        following = next_version(found, wanted, types=await types.catalogue(at_once=True), read=read)
        if found and following is None:
            return found
        kept = following or wanted
        await types.keep(kept, by=by)
        return kept

    return await decide_again(put)
