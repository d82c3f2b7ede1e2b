"""Kafka in: which handler hears what."""

from functools import partial

from services.identity import handlers
from services.identity.events import ItemPublished
from services.identity.ports import World
from services.kernel.stream.hearing import Listener


def listeners(world: World) -> tuple[Listener, ...]:
    """One topic: space's items."""
    return (
        Listener(topic=ItemPublished.topic(), hears={ItemPublished: partial(handlers.mirror_items, world)}),
    )
