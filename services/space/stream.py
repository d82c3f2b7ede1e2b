"""Kafka in: which handler hears what."""

from services.kernel.stream.hearing import Listener
from services.space.events import CertificateIssued
from services.space.handlers import Space


def listeners(space: Space) -> list[Listener]:
    """What the space hears."""
    return [Listener(topic=CertificateIssued.topic(), hears={CertificateIssued: space.add_entries})]
