"""Kafka in: who may send what, approvals that a case system decided, and for the log what certs said."""

from collections.abc import Sequence
from itertools import groupby

import msgspec

from services.certs.domain import Approval
from services.certs.events import CaseApproved, CertificateIssued, OrganisationRegistered, StatusChanged
from services.certs.handlers import Desk, accept_from_case, log_facts, mirror_organisations
from services.certs.ports import CertificateLog
from services.kernel.errors import Refusal
from services.kernel.event import EventMalformed, Heard
from services.kernel.keys.sealing import Opener
from services.kernel.stream.hearing import Listener


def listeners(desk: Desk, opener: Opener, log: CertificateLog) -> list[Listener]:
    """One for each topic that certs hears."""

    async def hear_organisations(batch: Sequence[Heard[OrganisationRegistered]]) -> None:
        await mirror_organisations(desk.organisations, [heard.event for heard in batch])

    async def hear_approvals(batch: Sequence[Heard[CaseApproved]]) -> None:
        """A refusal ends the batch: taken apart, it costs only the approval that it is about."""
        for organisation, group in groupby(batch, key=lambda heard: heard.event.organisation):
            cases = list(group)
            approvals = [_approval(opener, heard.event) for heard in cases]
            said_at = min(heard.time for heard in cases)
            for outcome in await accept_from_case(desk, approvals, sender=organisation, said_at=said_at):
                if isinstance(outcome, Refusal):
                    raise outcome

    async def hear_own(batch: Sequence[Heard[CertificateIssued | StatusChanged]]) -> None:
        await log_facts(log, [(heard.id, heard.event) for heard in batch])

    return [
        Listener(topic=OrganisationRegistered.topic(), hears={OrganisationRegistered: hear_organisations}),
        Listener(topic=CaseApproved.topic(), hears={CaseApproved: hear_approvals}),
        Listener(topic=CertificateIssued.topic(), hears={CertificateIssued: hear_own}),
        Listener(topic=StatusChanged.topic(), hears={StatusChanged: hear_own}),
    ]


def _approval(opener: Opener, event: CaseApproved) -> Approval:
    """A case has no holder id: the seal is bound to the case's id in its place."""
    content = opener.open(event.sealed, event_type=event.type, holder_id=event.case_id, version=event.version)
    try:
        return msgspec.json.decode(content, type=Approval)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        # The error names the field and the expected type, never the value.
        raise EventMalformed(f"the sealed approval cannot be read: {error}") from error
