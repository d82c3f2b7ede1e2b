"""Kafka in: which handler hears what."""

from services.kernel.stream.hearing import Listener
from services.space.events import (
    AccessNoted,
    AccessRecorded,
    CertificateIssued,
    GrantWithdrawn,
    HolderErased,
    HolderRegistered,
    HolderRenamed,
    MandateChanged,
    NameConfirmed,
    OrganisationRegistered,
    StandingChanged,
    StatusChanged,
    TypePublished,
)
from services.space.handlers import Space


def urgent(space: Space) -> list[Listener]:
    """What takes a right away: every process hears it, whatever becomes of the other."""
    return [
        Listener(topic=StatusChanged.topic(), hears={StatusChanged: space.arrivals.add_entries}),
        Listener(topic=StandingChanged.topic(), hears={StandingChanged: space.rights.mirror_standings}),
        Listener(topic=GrantWithdrawn.topic(), hears={GrantWithdrawn: space.rights.withdraw_grants}),
        Listener(topic=MandateChanged.topic(), hears={MandateChanged: space.rights.mirror_mandates}),
    ]


def listeners(space: Space) -> list[Listener]:
    """What the space hears."""
    doubts = space.doubts
    names = dict.fromkeys((HolderRegistered, HolderRenamed, HolderErased), doubts.hear_holders)
    own = dict.fromkeys((AccessRecorded, AccessNoted), space.trail.log_accesses)
    holders = Listener(
        topic=HolderRegistered.topic(), hears={**names, StandingChanged: space.rights.mirror_standings}
    )
    return [
        Listener(topic=AccessRecorded.topic(), hears=own),
        holders,
        Listener(topic=NameConfirmed.topic(), hears={NameConfirmed: doubts.hear_confirmed}),
        Listener(topic=CertificateIssued.topic(), hears={CertificateIssued: space.arrivals.add_entries}),
        Listener(topic=TypePublished.topic(), hears={TypePublished: space.registry.mirror_types}),
        *(one for one in urgent(space) if one.topic != holders.topic),
        Listener(
            topic=OrganisationRegistered.topic(),
            hears={OrganisationRegistered: space.callings.mirror_organisations},
        ),
    ]
