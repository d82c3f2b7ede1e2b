"""From an approval to a certificate: every rule between the two."""

import hmac
from collections.abc import Collection, Sequence
from datetime import date, datetime

from services.certs.domain.approval import Approval, check_dates, check_shape, plain_end
from services.certs.domain.catalogue import Catalogue
from services.certs.domain.certificate import Certificate
from services.certs.domain.certificate_type import CertificateType
from services.certs.domain.contents import check_content, last_day
from services.certs.domain.entitlement import IssuerNotEntitled, Organisation
from services.certs.domain.gathering import Gathering
from services.certs.domain.identifier import make_identifier, make_serial
from services.certs.domain.identity import ApprovalKeys, details_of, identity_of, number_key
from services.certs.domain.joint import Held, held_by
from services.certs.domain.representation import representations
from services.kernel.errors import Invalid, Refusal
from services.kernel.holders import (
    GROWN_UP,
    NumberInvalid,
    PlaceholderCode,
    birthday,
    check_number,
)


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
    approval, kind, authority, holders = _checked(approval, sender, types, keys, today)
    holder, *others = holders
    certificate_id = identity_of(approval, holders, keys.identity)
    serial = make_serial(hmac.digest(keys.serial, certificate_id.encode(), "sha256"))
    ids = [one.holder_id for one in holders]
    end = last_day(kind, approval, holder.number)
    claims = kind.one_per_holder and (end is None or end >= today)
    return Certificate(
        id=certificate_id,
        approval_id=certificate_id,
        holder_id=holder.holder_id,
        type=kind,
        authority=authority,
        identifier=make_identifier(kind.certificate_type, authority, serial, 1),
        # By its oldest code: an approval that comes again after a swap of codes is still the same.
        digest=details_of(approval, kind.codes[0], authority, keys.details),
        issued_at=at,
        number=holder.number,
        joint=tuple(others),
        approval=approval,
        number_key=number_key(ids, kind.codes[0], approval.certificate_number, keys.number),
        only_one=tuple(f"{kind.codes[0]}:{one}" for one in ids) if claims else (),
        represents=representations(
            approval.representatives,
            role=kind.represents,
            of=holder.holder_id,
            of_age=birthday(approval.holder.id_type, holder.number, GROWN_UP),
            key=keys.holder,
            today=today,
        ),
    )


def _checked(
    approval: Approval, sender: Organisation, types: Catalogue, keys: ApprovalKeys, today: date
) -> tuple[Approval, CertificateType, str, Sequence[Held]]:
    """Give the approval in its one form, its type, the authority's code and the holders.

    Who is not entitled learns nothing more; the type's own rules need the type and the number.
    """
    found = Gathering()
    whole, kind, authority, holders = _look(found, plain_end(approval), sender, types, keys, today)
    found.end()
    if whole and kind and authority and holders:
        return whole, kind, authority, holders
    raise AssertionError("what is missing was refused")


def rules_beside(
    approval: Approval,
    unread: Collection[str],
    *,
    sender: Organisation,
    types: Catalogue,
    keys: ApprovalKeys,
    today: date,
) -> list[Refusal]:
    """Of an approval that could be read in part: the rules that it breaks in what could be.

    `unread`: the paths of what stands empty in it because it could not be read.
    """
    found = Gathering()
    try:
        _look(found, plain_end(approval), sender, types, keys, today)
    except IssuerNotEntitled as refusal:
        return [refusal]
    return found.but_for(unread)


def _look(
    found: Gathering, said: Approval, sender: Organisation, types: Catalogue, keys: ApprovalKeys, today: date
) -> tuple[Approval | None, CertificateType | None, str | None, Sequence[Held] | None]:
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
    holders = found.run(
        "holder",
        "a number that can be right",
        lambda: held_by(said, kind, key=keys.holder, today=today),
    )
    if not kind:
        return None, kind, authority, holders
    # Only an end that hangs on the holder's age needs the number: without it that is not judged.
    number = holders[0].number if holders else ""
    whole = found.run(
        "approval", "what the type says", lambda: check_content(kind, said, number, today=today)
    )
    return whole, kind, authority, holders


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
