"""How records reach the broker."""

from collections.abc import Sequence
from typing import Protocol

from services.kernel.errors import Unavailable
from services.kernel.event import Record


class BrokerUnavailable(Unavailable):
    """The broker did not acknowledge; records may have been published, or some of them."""

    code = "broker_unavailable"


class Bus(Protocol):
    """Publishes in order, each record acknowledged by all replicas."""

    async def publish(self, records: Sequence[Record]) -> None:
        """Return when every record is acknowledged, or raise `BrokerUnavailable`."""
        ...
