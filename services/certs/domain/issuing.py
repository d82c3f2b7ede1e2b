"""From an approval to a certificate: every rule between the two."""

import hmac
from datetime import date, datetime

from services.certs.domain.approval import Approval, check_dates, check_shape, plain_end
from services.certs.domain.catalogue import Catalogue
from services.certs.domain.certificate import Certificate
from services.certs.domain.certificate_type import CertificateType
from services.certs.domain.contents import check_content, last_day
from services.certs.domain.entitlement import Organisation
from services.certs.domain.gathering import Gathering
from services.certs.domain.identifier import make_identifier, make_serial
from services.certs.domain.identity import ApprovalKeys, details_of, identity_of, number_key
from services.certs.domain.representation import representations
from services.kernel.errors import Invalid, with_article
from services.kernel.holders import (
    GROWN_UP,
    NumberInvalid,
    PlaceholderCode,
    birthday,
    check_number,
    holder_id,
    kind_of,
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


def issue(
    approval: Approval,
    *,
    sender: Organisation,
    types: Catalogue,
    keys: ApprovalKeys,
    at: datetime,
    today: date,
) -> Certificate:
    """Give the certificate that the approval gives rise to, or raise every rule that it breaks."""
    approval, kind, authority, number = _checked(approval, sender, types, today)
    certificate_id = identity_of(approval, f"{approval.holder.id_type}:{number}", keys.identity)
    holder = holder_id(keys.holder, approval.holder.id_type, number)
    serial = make_serial(hmac.digest(keys.serial, certificate_id.encode(), "sha256"))
    end = last_day(kind, approval, number)
    claims = kind.one_per_holder and (end is None or end >= today)
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
        only_one=(f"{kind.codes[0]}:{holder}",) if claims else (),
        represents=representations(
            approval.representatives,
            role=kind.represents,
            of=holder,
            of_age=birthday(approval.holder.id_type, number, GROWN_UP),
            key=keys.holder,
            today=today,
        ),
    )


def _checked(
    approval: Approval, sender: Organisation, types: Catalogue, today: date
) -> tuple[Approval, CertificateType, str, str]:
    """Give the approval in its one form, its type, the authority's code and the holder's number.

    Who is not entitled learns nothing more; the type's own rules need the type and the number.
    """
    said, found = plain_end(approval), Gathering()
    found.run("approval", "all that is needed, and no more than is carried", lambda: check_shape(said))
    kind = found.run(
        "certificate_name",
        "a name or code of the list of types",
        lambda: types.find(said.certificate_type, said.certificate_name),
    )
    authority = found.run(
        "authority_code", "a credit code", lambda: _authority(said.authority_code, today=today)
    )
    if kind and authority:
        sender.check_entitled(authority=authority, certificate_types=kind.codes)
    found.run("valid_to", "one end, not before the begin", lambda: check_dates(said))
    number = found.run(
        "holder", "a number that can be right", lambda: _holder_number(said, kind, today=today)
    )
    if kind and number:
        whole = found.run(
            "approval", "what the type says", lambda: check_content(kind, said, number, today=today)
        )
        found.end()
        if whole and authority:
            return whole, kind, authority, number
    found.end()
    raise AssertionError("what is missing was refused")


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


def _holder_number(approval: Approval, kind: CertificateType | None, *, today: date) -> str:
    holder = approval.holder
    number = check_number(holder.id_type, holder.id_number, today=today)
    if kind and kind_of(holder.id_type) not in kind.holder_kinds:
        allowed, found = " or ".join(kind.holder_kinds), with_article(kind_of(holder.id_type))
        raise HolderKindWrong(f"{kind.name} is for {allowed}; the holder is {found}")
    return number
