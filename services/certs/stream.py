"""Kafka in: who may send what, and approvals that a case system decided."""

from collections.abc import Sequence
from itertools import groupby

import msgspec

from services.certs.domain import Approval
from services.certs.events import (
    CaseApproved,
    EntryDisputed,
    HolderErased,
    HolderRegistered,
    HolderRenamed,
    OrganisationRegistered,
)
from services.certs.handlers import (
    Desk,
    accept_from_case,
    hear_disputes,
    hear_names,
    mirror_organisations,
)
from services.kernel.errors import Refusal
from services.kernel.event import EventMalformed, Heard
from services.kernel.keys.sealing import Opener
from services.kernel.stream.hearing import Listener


def listeners(desk: Desk, opener: Opener) -> list[Listener]:
    """One for each topic that certs hears."""

    async def hear_organisations(batch: Sequence[Heard[OrganisationRegistered]]) -> None:
        await mirror_organisations(desk.organisations, [heard.event for heard in batch])

    async def hear_approvals(batch: Sequence[Heard[CaseApproved]]) -> None:
        """A refusal ends the batch: taken apart, it costs only the approval that it is about.

        What waits because of its name is dealt with: it is on the list, and would be no better off here.
        """
        for organisation, group in groupby(batch, key=lambda heard: heard.event.organisation):
            cases = list(group)
            approvals = [_approval(opener, heard.event) for heard in cases]
            said_at = min(heard.time for heard in cases)
            for outcome in await accept_from_case(desk, approvals, sender=organisation, said_at=said_at):
                if isinstance(outcome, Refusal):
                    raise outcome

    async def hear_holders(batch: Sequence[Heard[HolderRegistered]]) -> None:
        await hear_names(desk, [heard.event for heard in batch])

    async def hear_renamed(batch: Sequence[Heard[HolderRenamed]]) -> None:
        await hear_names(desk, [heard.event for heard in batch])

    async def hear_erased(batch: Sequence[Heard[HolderErased]]) -> None:
        await hear_names(desk, [heard.event for heard in batch])

    async def hear_entries(batch: Sequence[Heard[EntryDisputed]]) -> None:
        await hear_disputes(desk, [heard.event for heard in batch])

    return [
        Listener(
            topic=HolderRegistered.topic(),
            hears={HolderRegistered: hear_holders, HolderRenamed: hear_renamed, HolderErased: hear_erased},
        ),
        Listener(topic=EntryDisputed.topic(), hears={EntryDisputed: hear_entries}),
        Listener(topic=OrganisationRegistered.topic(), hears={OrganisationRegistered: hear_organisations}),
        Listener(topic=CaseApproved.topic(), hears={CaseApproved: hear_approvals}),
    ]


def _approval(opener: Opener, event: CaseApproved) -> Approval:
    """A case has no holder id: the seal is bound to the case's id in its place."""
    content = opener.open(event.sealed, event_type=event.type, holder_id=event.case_id, version=event.version)
    try:
        return msgspec.json.decode(content, type=Approval)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        # The error names the field and the expected type, never the value.
        raise EventMalformed(f"the sealed approval cannot be read: {error}") from error
