"""The static code of an enterprise: its address, its poster, and what it shows to anybody."""

import asyncio
from collections.abc import Mapping, Sequence

from services.identity.domain.certificates import Certificate, CertificateType
from services.identity.domain.faces import FACE_PATH, Face, FaceNotOfEnterprise, FaceUnknown, Licence
from services.identity.domain.holders import Holder, HolderUnknown
from services.identity.ports import World
from services.kernel.clock import civil_date
from services.kernel.holders import HolderId
from services.kernel.keys.tokens import Caller

# Replaced by the certificate that supersedes it, which is on the face itself.
_REPLACED = "superseded"


async def enterprise_code(world: World, caller: Caller) -> str:
    """Give the address that is printed: one for life, for the enterprise or who acts in its whole matter."""
    return await _address(world, await _enterprise(world, caller))


async def enterprise_poster(world: World, caller: Caller, form: str) -> bytes:
    """The same, drawn for the wall."""
    holder = await _enterprise(world, caller)
    return await asyncio.to_thread(
        world.drawing.poster, await _address(world, holder), name=holder.name, form=form
    )


async def show_face(world: World, face_id: str) -> Face:
    """For anybody: what the register of enterprises publishes, and nothing else."""
    holder_id = await world.faces.holder_of(face_id)
    holder = await world.holders.find(holder_id) if holder_id else None
    if holder is None or holder.kind != "organisation":
        raise FaceUnknown("no enterprise has this code")
    standing, certificates = await asyncio.gather(
        world.standings.find(holder.holder_id), world.certificates.of(holder.holder_id)
    )
    return Face(
        name=holder.name,
        code=holder.number,
        status="dissolved" if standing.state == "dissolved" else "active",
        licences=await _licences(world, certificates),
    )


async def _enterprise(world: World, caller: Caller) -> Holder:
    holder = await world.holders.find(HolderId(caller.subject))
    if holder is None:
        raise HolderUnknown("the holder of the token is not registered")
    if holder.kind != "organisation":
        raise FaceNotOfEnterprise("only an organisation has a printed code")
    return holder


async def _address(world: World, holder: Holder) -> str:
    face_id = world.name_holder("face", holder.holder_id)
    await world.faces.keep(face_id, holder.holder_id)
    return f"{world.public_url}{FACE_PATH}{face_id}"


async def _licences(world: World, certificates: Sequence[Certificate]) -> tuple[Licence, ...]:
    types = await world.types.find_many(sorted({one.certificate_type for one in certificates}))
    shown = [
        one
        for one in certificates
        if one.certificate_type in types and types[one.certificate_type].public and one.state != _REPLACED
    ]
    names = await _authorities(world, {one.authority for one in shown})
    licences = (_licence(world, one, types[one.certificate_type], names) for one in shown)
    return tuple(sorted(licences, key=lambda one: (one.name, str(one.valid_to), one.authority)))


def _licence(
    world: World, one: Certificate, certificate_type: CertificateType, names: Mapping[str, str]
) -> Licence:
    return Licence(
        name=certificate_type.name,
        authority=names[one.authority],
        valid_to=one.valid_to,
        state=one.state_on(civil_date(world.clock.now())),
    )


async def _authorities(world: World, codes: set[str]) -> Mapping[str, str]:
    """By name where the authority is on the platform, else by its credit code, which is public too."""
    ordered = sorted(codes)
    found = await asyncio.gather(*(world.organisations.find(code) for code in ordered))
    return {code: one.name if one else code for code, one in zip(ordered, found, strict=True)}
