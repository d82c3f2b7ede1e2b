"""Kafka in: which handler hears what."""

from services.kernel.stream.hearing import Listener
from services.space.events import (
    CertificateIssued,
    GrantWithdrawn,
    HolderErased,
    HolderRegistered,
    HolderRenamed,
    MandateChanged,
    NameConfirmed,
    StatusChanged,
    TypePublished,
)
from services.space.handlers import Space


def listeners(space: Space) -> list[Listener]:
    """What the space hears."""
    doubts = space.doubts
    names = dict.fromkeys((HolderRegistered, HolderRenamed), doubts.hear_holders)
    return [
        Listener(topic=HolderRegistered.topic(), hears={**names, HolderErased: space.keeping.hear_erased}),
        Listener(topic=NameConfirmed.topic(), hears={NameConfirmed: doubts.hear_confirmed}),
        Listener(topic=CertificateIssued.topic(), hears={CertificateIssued: space.arrivals.add_entries}),
        Listener(topic=StatusChanged.topic(), hears={StatusChanged: space.arrivals.add_entries}),
        Listener(topic=TypePublished.topic(), hears={TypePublished: space.registry.mirror_types}),
        Listener(topic=GrantWithdrawn.topic(), hears={GrantWithdrawn: space.rights.withdraw_grants}),
        Listener(topic=MandateChanged.topic(), hears={MandateChanged: space.rights.mirror_mandates}),
    ]
