"""What follows from certificates: mandates of those who represent, licences on public faces."""

from collections.abc import Sequence
from functools import partial

from services.identity.domain.certificates import Certificate, CertificateType, Field, Speaker
from services.identity.domain.mandates import Mandate
from services.identity.events import CertificateIssued, StatusChanged, TypePublished
from services.identity.ports import World
from services.kernel.again import decide_again
from services.kernel.errors import Stale
from services.kernel.event import Heard
from services.kernel.holders import HolderId


async def mirror_types(world: World, batch: Sequence[Heard[TypePublished]]) -> None:
    """Of several versions in one batch the newest counts."""
    newest: dict[str, CertificateType] = {}
    for heard in batch:
        one = _type(heard.event)
        if one.certificate_type not in newest or one.version > newest[one.certificate_type].version:
            newest[one.certificate_type] = one
    await world.types.advance(list(newest.values()))


async def mirror_certificates(
    world: World, batch: Sequence[Heard[CertificateIssued] | Heard[StatusChanged]]
) -> None:
    """Keep what is newer, then bring the mandates of all to what is kept, also after a crash between."""
    newest: dict[str, Certificate] = {}
    for heard in batch:
        one = _certificate(heard.event)
        if one.certificate_id not in newest or one.version > newest[one.certificate_id].version:
            newest[one.certificate_id] = one
    await world.certificates.advance(list(newest.values()))
    kept = await world.certificates.find_many(list(newest))
    spoken = {one.certificate_id for one in await world.mandates.of_certificates(list(newest))}
    for certificate_id, one in kept.items():
        if one.represents or certificate_id in spoken:
            await decide_again(partial(_follow, world, certificate_id))


async def _follow(world: World, certificate_id: str) -> None:
    """Until no newer version was heard meanwhile, by this process or another."""
    certificate = await _kept(world, certificate_id)
    found = await world.mandates.of_certificates([certificate_id])
    for mandate in certificate.mandates(found, ids=partial(mandate_id, world), at=world.clock.now()):
        await _keep(world, mandate)
    if (await _kept(world, certificate_id)).version != certificate.version:
        raise Stale("a newer version of the certificate was heard meanwhile")


async def _kept(world: World, certificate_id: str) -> Certificate:
    return (await world.certificates.find_many([certificate_id]))[certificate_id]


async def _keep(world: World, mandate: Mandate) -> None:
    if mandate.version > 1:
        await world.mandates.change(mandate)
    elif not await world.mandates.add(mandate):
        raise Stale("the mandate was opened a moment ago")


def mandate_id(world: World, rests_on: str) -> str:
    """Shaped as a holder's id, which it can never be: no document type is called so."""
    return world.name_holder("mandate", rests_on)


def _type(said: TypePublished) -> CertificateType:
    fields = tuple(Field(name=one.name, term=one.term, sensitive=one.sensitive) for one in said.fields)
    return CertificateType(
        certificate_type=said.certificate_type,
        version=said.version,
        name=said.name,
        fields=fields or None,
        public=said.public,
    )


def _certificate(said: CertificateIssued | StatusChanged) -> Certificate:
    return Certificate(
        # Of several holders each has one of its own here, as in the spaces.
        certificate_id=f"{said.certificate_id}-{said.place}" if said.place else said.certificate_id,
        version=said.version,
        holder_id=HolderId(said.holder_id),
        certificate_type=said.certificate_type,
        state=said.state,
        authority=said.authority,
        valid_from=said.valid_from,
        valid_to=said.valid_to,
        represents=tuple(
            Speaker(holder_id=HolderId(one.holder_id), role=one.role, until=one.until)
            for one in said.represents
        ),
    )
