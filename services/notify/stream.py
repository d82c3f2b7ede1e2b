"""Kafka in: which events notify hears, and who deals with them."""

from collections.abc import Sequence

from services.kernel.event import Heard
from services.kernel.stream.hearing import Listener
from services.notify.domain import Told
from services.notify.events import AccessRecorded, EntryAdded
from services.notify.handlers import Inbox, Partners


def listeners(inbox: Inbox, partners: Partners) -> tuple[Listener, ...]:
    """Two topics; each event becomes a message and deliveries, acknowledged after the last of them."""

    async def tell(batch: Sequence[Heard[Told]]) -> None:
        await inbox.tell_holders(batch)
        await partners.tell_partners(batch)

    return (
        Listener(topic=EntryAdded.topic(), hears={EntryAdded: tell}),
        Listener(topic=AccessRecorded.topic(), hears={AccessRecorded: tell}),
    )
