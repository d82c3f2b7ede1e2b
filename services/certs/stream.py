"""Kafka in: who may send what, approvals that a case system decided, and for the log what certs said."""

from collections.abc import Sequence
from itertools import groupby

import msgspec

from services.certs.domain import Approval, check_plain
from services.certs.events import (
    CaseApproved,
    CertificateIssued,
    EntryDisputed,
    HolderErased,
    HolderRegistered,
    HolderRenamed,
    MandateChanged,
    OrganisationRegistered,
    StatusChanged,
)
from services.certs.handlers import (
    Desk,
    accept_from_case,
    hear_disputes,
    hear_names,
    log_facts,
    mirror_organisations,
)
from services.certs.ports import CertificateLog, Mandates
from services.kernel.errors import Refusal
from services.kernel.event import EventMalformed, Heard
from services.kernel.keys.sealing import Opener
from services.kernel.stream.hearing import Listener


def listeners(desk: Desk, opener: Opener, log: CertificateLog, mandates: Mandates) -> list[Listener]:
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

    async def hear_own(batch: Sequence[Heard[CertificateIssued | StatusChanged]]) -> None:
        await log_facts(log, [(heard.id, heard.event) for heard in batch])

    async def hear_mandates(batch: Sequence[Heard[MandateChanged]]) -> None:
        await mandates.advance([heard.event for heard in batch])

    return [
        *_of_names(desk),
        Listener(topic=OrganisationRegistered.topic(), hears={OrganisationRegistered: hear_organisations}),
        Listener(topic=MandateChanged.topic(), hears={MandateChanged: hear_mandates}),
        Listener(topic=CaseApproved.topic(), hears={CaseApproved: hear_approvals}),
        Listener(topic=CertificateIssued.topic(), hears={CertificateIssued: hear_own}),
        Listener(topic=StatusChanged.topic(), hears={StatusChanged: hear_own}),
    ]


def _of_names(desk: Desk) -> list[Listener]:
    """What is told of holders' names, by identity and by space."""

    async def hear_holders(
        batch: Sequence[Heard[HolderRegistered] | Heard[HolderRenamed] | Heard[HolderErased]],
    ) -> None:
        await hear_names(desk, [heard.event for heard in batch])

    async def hear_entries(batch: Sequence[Heard[EntryDisputed]]) -> None:
        await hear_disputes(desk, [heard.event for heard in batch])

    holders = (HolderRegistered, HolderRenamed, HolderErased)
    return [
        Listener(topic=HolderRegistered.topic(), hears=dict.fromkeys(holders, hear_holders)),
        Listener(topic=EntryDisputed.topic(), hears={EntryDisputed: hear_entries}),
    ]


def _approval(opener: Opener, event: CaseApproved) -> Approval:
    """A case has no holder id: the seal is bound to the case's id in its place."""
    content = opener.open(event.sealed, event_type=event.type, holder_id=event.case_id, version=event.version)
    try:
        check_plain(content)
        return msgspec.json.decode(content, type=Approval)
    except (ValueError, RecursionError) as error:  # reason: msgspec's and UTF-8's errors are ValueErrors
        # The error names the field and the expected type, or the place, never the value.
        raise EventMalformed(f"the sealed approval cannot be read: {error}") from error
