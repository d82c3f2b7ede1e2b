"""A certificate, edition by edition, and what is told of one that stands."""

from dataclasses import dataclass
from datetime import date, datetime

from services.certs.domain.approval import Approval
from services.certs.domain.certificate_type import CertificateType
from services.certs.domain.contents import last_day, shown_fields
from services.certs.domain.joint import Held, joint_holders_of
from services.certs.domain.representation import Representation
from services.kernel.holders import HolderId, mask_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate in one of its editions, with the approval that this one comes from.

    `id` is the same in all editions; in the first it is the approval's own, `approval_id`. `version`: the
    edition, as the identifier has it. `number` is the canonical number of the holder. `begins`: from when it
    is valid, where that is not as its approval has it. `only_one`: what no second certificate may be as long
    as this one stands, of a type of which a holder has one at most. `joint`: its other holders.
    """

    id: str
    approval_id: str
    holder_id: HolderId
    type: CertificateType
    authority: str
    identifier: str
    digest: str
    issued_at: datetime
    number: str
    approval: Approval
    represents: tuple[Representation, ...] = ()
    state: str = "valid"
    version: int = 1
    number_key: str | None = None
    begins: date | None = None
    only_one: tuple[str, ...] = ()
    joint: tuple[Held, ...] = ()

    @property
    def holder_ids(self) -> tuple[HolderId, ...]:
        """All whose certificate it is, the first one first."""
        return (self.holder_id, *(one.holder_id for one in self.joint))

    @property
    def valid_from(self) -> date | None:
        """The day of the decision where no begin is stated, unless it comes after the end."""
        if self.begins:
            return self.begins
        begin, end = self.approval.valid_from or self.approval.decided_on, self.approval.valid_to
        return None if begin and end and end < begin else begin

    @property
    def valid_to(self) -> date | None:
        """The last day, stated or filled in by the type's rule, or None for 长期."""
        return last_day(self.type, self.approval, self.number)

    def shown(self) -> dict[str, object]:
        """What a reader of the certificate sees; the number of the holder is masked."""
        approval = self.approval
        return {
            "identifier": self.identifier,
            "number": approval.certificate_number,
            "name": self.type.name,
            "authority_name": approval.authority_name,
            "holder_name": approval.holder.name,
            "id_type": approval.holder.id_type,
            "id_number_masked": mask_number(self.number),
            "joint_holders": joint_holders_of(self.joint),
            "valid_from": self.valid_from,
            "valid_to": self.valid_to,
            "fields": shown_fields(self.type, approval),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is told of the certificate that stands for an approval.

    `digests`: of the details with which the approval was acted on; `renewed`: by what the certificate was
    called that it renewed, if it did.
    """

    certificate_id: str
    holder_id: str
    identifier: str
    state: str
    digests: frozenset[str]
    renewed: frozenset[str] = frozenset()


def kept_of(certificate: Certificate) -> Kept:
    """Give what is told of one that has just been kept."""
    return Kept(
        certificate_id=certificate.id,
        holder_id=certificate.holder_id,
        identifier=certificate.identifier,
        state=certificate.state,
        digests=frozenset({certificate.digest}),
    )
