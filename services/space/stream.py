"""Kafka in: which handler hears what."""

from services.kernel.stream.hearing import Listener
from services.space.events import CertificateIssued, GrantWithdrawn, MandateChanged, StatusChanged
from services.space.handlers import Space


def listeners(space: Space) -> list[Listener]:
    """What the space hears."""
    return [
        Listener(topic=CertificateIssued.topic(), hears={CertificateIssued: space.add_entries}),
        Listener(topic=StatusChanged.topic(), hears={StatusChanged: space.add_entries}),
        Listener(topic=GrantWithdrawn.topic(), hears={GrantWithdrawn: space.withdraw_grants}),
        Listener(topic=MandateChanged.topic(), hears={MandateChanged: space.mirror_mandates}),
    ]
