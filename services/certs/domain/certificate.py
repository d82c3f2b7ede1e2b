"""From an approval to a certificate: every rule between the two."""

import hmac
from dataclasses import dataclass
from datetime import date, datetime

from services.certs.domain.approval import Approval, check_dates, check_shape, plain_end
from services.certs.domain.catalogue import Catalogue
from services.certs.domain.certificate_type import CertificateType
from services.certs.domain.contents import check_content, last_day, shown_fields
from services.certs.domain.entitlement import Organisation
from services.certs.domain.identifier import make_identifier, make_serial
from services.certs.domain.identity import ApprovalKeys, details_of, identity_of, number_key
from services.certs.domain.representation import Representation, representations
from services.kernel.errors import Invalid, with_article
from services.kernel.holders import (
    GROWN_UP,
    HolderId,
    NumberInvalid,
    PlaceholderCode,
    birthday,
    check_number,
    holder_id,
    kind_of,
    mask_number,
)


class HolderKindWrong(Invalid):
    """A person's certificate for an organisation, or the other way round."""

    code = "holder_kind_wrong"


class AuthorityCodeMissing(Invalid):
    """Without the authority's credit code nobody has issued it."""

    code = "authority_code_missing"


class AuthorityCodeInvalid(Invalid):
    """Nobody has this credit code."""

    code = "authority_code_invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate in one of its editions, with the approval that this one comes from.

    `id` is the same in all editions; in the first it is the approval's own, `approval_id`. `version`: the
    edition, as the identifier has it. `number` is the canonical number of the holder. `begins`: from when it
    is valid, where that is not as its approval has it.
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


def issue(
    approval: Approval,
    *,
    sender: Organisation,
    types: Catalogue,
    keys: ApprovalKeys,
    at: datetime,
    today: date,
) -> Certificate:
    """Give the certificate that the approval gives rise to, or raise the first rule that it breaks."""
    check_shape(approval)
    approval = plain_end(approval)
    kind = types.find(approval.certificate_type, approval.certificate_name)
    check_dates(approval)
    authority = _authority(approval.authority_code, today=today)
    sender.check_entitled(authority=authority, certificate_types=kind.codes)
    number = _holder_number(approval, kind, today=today)
    approval = check_content(kind, approval, number, today=today)
    certificate_id = identity_of(approval, f"{approval.holder.id_type}:{number}", keys.identity)
    holder = holder_id(keys.holder, approval.holder.id_type, number)
    serial = make_serial(hmac.digest(keys.serial, certificate_id.encode(), "sha256"))
    return Certificate(
        id=certificate_id,
        approval_id=certificate_id,
        holder_id=holder,
        type=kind,
        authority=authority,
        identifier=make_identifier(kind.certificate_type, authority, serial, 1),
        # By its oldest code: an approval that comes again after a swap of codes is still the same.
        digest=details_of(approval, kind.codes[0], authority, keys.details),
        issued_at=at,
        number=number,
        approval=approval,
        number_key=number_key(holder, kind.codes[0], approval.certificate_number, keys.number),
        represents=representations(
            approval.representatives,
            role=kind.represents,
            of=holder,
            of_age=birthday(approval.holder.id_type, number, GROWN_UP),
            key=keys.holder,
            today=today,
        ),
    )


def _authority(code: str, *, today: date) -> str:
    """An authority is known by its credit code alone: its name is written in many ways."""
    if not code.strip():
        raise AuthorityCodeMissing("authority_code: needed, and empty")
    try:
        return check_number("001", code, today=today)
    except PlaceholderCode as error:
        raise AuthorityCodeMissing("authority_code: got the filler for a missing code") from error
    except NumberInvalid as error:
        raise AuthorityCodeInvalid(f"authority_code: {error.detail}") from error


def _holder_number(approval: Approval, kind: CertificateType, *, today: date) -> str:
    holder = approval.holder
    number = check_number(holder.id_type, holder.id_number, today=today)
    if kind_of(holder.id_type) not in kind.holder_kinds:
        allowed, found = " or ".join(kind.holder_kinds), with_article(kind_of(holder.id_type))
        raise HolderKindWrong(f"{kind.name} is for {allowed}; the holder is {found}")
    return number
