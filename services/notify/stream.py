"""Kafka in: which events notify hears, and who deals with them."""

from collections.abc import Sequence

from services.kernel.event import Heard
from services.kernel.stream.hearing import Listener
from services.notify.domain import ToldPartner
from services.notify.events import (
    AccessRecorded,
    CaseChanged,
    CodeReused,
    EntryAdded,
    EntryChanged,
    HolderErased,
    MandateChanged,
    OrganisationRegistered,
    ScanDisputed,
    ScanRecorded,
    StandingChanged,
)
from services.notify.handlers import Inbox, Partners, Recipients


def listeners(inbox: Inbox, partners: Partners, recipients: Recipients) -> tuple[Listener, ...]:
    """Each event of space becomes a message and deliveries, acknowledged after the last of them.

    Who pulled what, and what became of it, makes deliveries of their own.

    What identity says is the holder's alone.
    """

    async def tell(batch: Sequence[Heard[ToldPartner]]) -> None:
        await inbox.tell_holders(batch)
        await partners.tell_partners(batch)

    async def hear_changes(batch: Sequence[Heard[EntryChanged]]) -> None:
        await tell(batch)
        await recipients.follow(batch)

    async def hear_accesses(batch: Sequence[Heard[AccessRecorded]]) -> None:
        await tell(batch)
        await recipients.remember(batch)

    return (
        Listener(topic=EntryAdded.topic(), hears={EntryAdded: tell, EntryChanged: hear_changes}),
        Listener(topic=AccessRecorded.topic(), hears={AccessRecorded: hear_accesses}),
        Listener(
            topic=ScanRecorded.topic(),
            hears=dict.fromkeys((ScanRecorded, ScanDisputed, CodeReused), inbox.tell_holders),
        ),
        Listener(
            topic=StandingChanged.topic(),
            hears={StandingChanged: inbox.tell_holders, HolderErased: inbox.forget_holders},
        ),
        Listener(topic=CaseChanged.topic(), hears={CaseChanged: inbox.tell_holders}),
        Listener(topic=MandateChanged.topic(), hears={MandateChanged: inbox.tell_holders}),
        Listener(
            topic=OrganisationRegistered.topic(), hears={OrganisationRegistered: inbox.learn_organisations}
        ),
    )
