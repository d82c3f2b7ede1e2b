"""Copies of certificates: for the holder as they stand, for a counter that pulled one with a note on it."""

from dataclasses import dataclass
from datetime import date, timedelta

from services.certs.domain import CertificateUnknown
from services.certs.domain.copy import Copy, CopyErased, Form
from services.certs.domain.face import Marking
from services.certs.domain.register import Record
from services.certs.domain.ticket import Ticket, TicketMissing
from services.certs.handlers.desk import Desk
from services.certs.handlers.doubts import doubts_name
from services.certs.ports import Copies, Mandates, Records, Tickets
from services.kernel.clock import civil_date
from services.kernel.errors import Gone
from services.kernel.keys.tokens import Caller

_NOT_YOURS = "no certificate of yours has this id"


class ActingEnded(Gone):
    """Who acts for another does so no longer, whatever the token says."""

    code = "mandate_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyRoom:
    """What copies are made with. `lasts`: how long an annotated copy is of use."""

    desk: Desk
    records: Records
    mandates: Mandates
    tickets: Tickets
    copies: Copies
    lasts: timedelta


async def copy_for_holder(room: CopyRoom, certificate_id: str, form: Form, *, caller: Caller) -> bytes:
    """The certificate as it stands, with all that it says; another's is as one that is not there."""
    record, credential = await own_record(room, certificate_id, caller=caller)
    return await _drawn(room, record, credential, form)


async def own_record(room: CopyRoom, certificate_id: str, *, caller: Caller) -> tuple[Record, str]:
    """A holder's own certificate and its credential, where the holder, or who acts for them, may see it.

    Raises as for one that is not there where it is another's, or where its name is in doubt.
    """
    if caller.mandate_id and await room.mandates.is_over(caller.mandate_id, at=room.desk.clock.now()):
        raise ActingEnded("the mandate is not open any more")
    record = await room.records.find(certificate_id)
    if record is None or not set(record.holder_ids) & set(caller.holder_ids):
        raise CertificateUnknown(_NOT_YOURS)
    credential = await _credential(room, record)
    names = dict(zip(record.holder_ids, room.copies.holders(credential), strict=True))
    for one in set(caller.holder_ids) & set(record.holder_ids):
        # A wrong number must not put a stranger's licence into somebody's hand.
        if await doubts_name(room.desk, one, record.authority, names[one]):
            raise CertificateUnknown(_NOT_YOURS)
    return record, credential


async def copy_for_counter(
    room: CopyRoom, certificate_id: str, form: Form, *, ticket: str | None, caller: Caller
) -> bytes:
    """What was pulled, with a note of the pull all over it: user, purpose, day and end."""
    if not ticket:
        raise TicketMissing("the header Pull-Ticket is needed: the answer to a pull carries it")
    read = await room.tickets.read(ticket)
    read.check_brought_by(caller.subject, caller.organisation, certificate_id=certificate_id)
    record = await room.records.find(certificate_id)
    if record is None:
        raise CertificateUnknown("no certificate has this id")
    read.check_current(record)
    credential = await _credential(room, record)
    if read.disclosed is not None:
        credential = room.copies.part(credential, read.disclosed)
    return await _drawn(room, record, credential, form, ticket=read)


async def _credential(room: CopyRoom, record: Record) -> str:
    credential = await room.records.open(record)
    if credential is None:
        raise CopyErased("what this certificate said was erased")
    return credential


async def _drawn(
    room: CopyRoom, record: Record, credential: str, form: Form, *, ticket: Ticket | None = None
) -> bytes:
    await room.records.print(record)
    today = civil_date(room.desk.clock.now())
    copy = Copy(
        record=record,
        credential=credential,
        kind=await room.desk.types.find(record.certificate_type, version=record.last.type_version),
        state=record.state_on(today),
        form=form,
        marking=await _marking(room, ticket, today) if ticket else None,
        authority_name=await _called(room, record.authority) if form == "pdf" else "",
    )
    return await room.copies.draw(copy)


async def _marking(room: CopyRoom, ticket: Ticket, today: date) -> Marking:
    name = await _called(room, ticket.organisation)
    return ticket.marking(organisation_name=name, today=today, lasts=room.lasts)


async def _called(room: CopyRoom, organisation: str) -> str:
    """As it is registered today."""
    found = await room.desk.organisations.find(organisation)
    return found.name if found else ""
