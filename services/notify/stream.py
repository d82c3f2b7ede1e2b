"""Kafka in: which events notify hears, and who deals with them."""

from collections.abc import Sequence

from services.kernel.event import Heard
from services.kernel.stream.hearing import Listener
from services.notify.domain import Told
from services.notify.events import (
    AccessRecorded,
    CodeReused,
    EntryAdded,
    EntryChanged,
    HolderErased,
    MandateChanged,
    ScanDisputed,
    ScanRecorded,
    StandingChanged,
)
from services.notify.handlers import Inbox, Partners


def listeners(inbox: Inbox, partners: Partners) -> tuple[Listener, ...]:
    """Each event of space becomes a message and deliveries, acknowledged after the last of them.

    What identity says is the holder's alone.
    """

    async def tell(batch: Sequence[Heard[Told]]) -> None:
        await inbox.tell_holders(batch)
        await partners.tell_partners(batch)

    return (
        Listener(topic=EntryAdded.topic(), hears={EntryAdded: tell, EntryChanged: tell}),
        Listener(topic=AccessRecorded.topic(), hears={AccessRecorded: tell}),
        Listener(
            topic=ScanRecorded.topic(),
            hears=dict.fromkeys((ScanRecorded, ScanDisputed, CodeReused), inbox.tell_holders),
        ),
        Listener(
            topic=StandingChanged.topic(),
            hears={StandingChanged: inbox.tell_holders, HolderErased: inbox.forget_holders},
        ),
        Listener(topic=MandateChanged.topic(), hears={MandateChanged: inbox.tell_holders}),
    )
