"""The right to an annotated copy (加注件): what was pulled, by whom and for what, as it is on record."""

from dataclasses import dataclass
from datetime import date, timedelta

from services.certs.domain.face import Marking
from services.certs.domain.register import Record
from services.kernel.errors import Conflict, Forbidden, Gone, Malformed


class TicketMissing(Malformed):
    """Counter staff get a copy of what they pulled, and of nothing else."""

    code = "ticket_missing"


class TicketRejected(Forbidden):
    """Signature, issuer, audience or type does not hold: nothing that it says is believed."""

    code = "ticket_rejected"


class TicketExpired(Gone):
    """It was space's, and its minute is over."""

    code = "ticket_expired"


class TicketOther(Forbidden):
    """It was given to somebody else, or for another certificate."""

    code = "ticket_other"


class TicketOutdated(Conflict):
    """The certificate was changed since it was pulled: what stands now was not handed over."""

    code = "ticket_outdated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """`version`: of the certificate as pulled. `disclosed`: names as `disclose` has them; None: all."""

    certificate_id: str
    version: int
    operator: str
    organisation: str
    purpose: str
    access_id: str
    made_by: str
    disclosed: frozenset[str] | None = None

    def check_brought_by(self, operator: str, organisation: str | None, *, certificate_id: str) -> None:
        """It counts only beside an access token of the operator who pulled, and for what was pulled."""
        if (operator, organisation) != (self.operator, self.organisation):
            raise TicketOther("the ticket was given to another operator or organisation")
        if certificate_id != self.certificate_id:
            raise TicketOther("the ticket is for another certificate")

    def check_current(self, record: Record) -> None:
        """A later edition may say more, or be another holder's."""
        if record.version != self.version:
            raise TicketOutdated(f"pulled at version {self.version}; it is at {record.version} now")

    def marking(self, *, organisation_name: str, today: date, lasts: timedelta) -> Marking:
        """The note on the copy; it never says more than the pull's own record."""
        return Marking(
            organisation=organisation_name or self.organisation,
            purpose=self.purpose,
            made_by=self.made_by,
            made_on=today,
            expires_on=today + lasts,
        )
