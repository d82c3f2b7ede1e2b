"""Renewals and changes (延续, 变更): the next edition takes the place of the one that stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from services.certs.domain.certificate import Certificate
from services.certs.domain.identifier import ROOT, make_identifier, serial_of
from services.certs.domain.identity import number_key
from services.certs.domain.lifecycle import Standing
from services.kernel.errors import Conflict, Invalid

# The identifier has three digits for it.
MOST_EDITIONS = 999
_DAY = timedelta(days=1)
# As decisions are called that go on with a licence; the table (双公示) has no column that says so.
_WORDS = ("延续", "变更", "换发", "换证", "补发", "补证", "补领", "续期", "续展")
# 暂扣 is a decision that only another one lifts. An end that the calendar brought is nobody's: a renewal in
# time may reach us after it, since silence until the last day grants it (行政许可法, 第五十条).
RENEWABLE = frozenset({"valid", "expired"})


class RenewedUnknown(Invalid):
    """What is to be renewed is not there, or is not the sender's: the two look alike."""

    code = "renewed_unknown"


class RenewedAmbiguous(Conflict):
    """Several certificates have the number that is to be renewed."""

    code = "renewed_ambiguous"


class RenewedNotStanding(Conflict):
    """Its state is not one in which it can be renewed."""

    code = "renewed_not_standing"


class RenewalMismatch(Conflict):
    """The approval is about another holder, type or authority than the certificate that it renews."""

    code = "renewal_mismatch"


class RenewalOutdated(Conflict):
    """A later decision stands: what was decided before it must not take its place."""

    code = "renewal_outdated"


class EditionsTooMany(Conflict):
    """No identifier is left for a further edition."""

    code = "editions_too_many"


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """Which certificate an approval goes on with: by `identifier`, or by the keyed hash of its number.

    `implied`: the approval does not say which one, but calls itself a renewal and has a number; where no
    certificate of the holder has that number it makes a new one.
    """

    identifier: str | None = None
    number_key: str | None = None
    implied: bool = False

    @property
    def names(self) -> frozenset[str]:
        """What of it can be compared with what an edition was called."""
        return frozenset(name for name in (self.identifier, self.number_key) if name)


def renewal_of(certificate: Certificate, key: bytes) -> Renewal | None:
    """Tell which certificate its approval goes on with, if with one."""
    approval = certificate.approval
    said = "".join((approval.renews or "").split()).upper()
    if said.startswith(f"{ROOT}."):
        return Renewal(identifier=said)
    if said:
        numbered = number_key(certificate.holder_ids, certificate.type.codes[0], said, key)
        return Renewal(number_key=numbered)
    texts = (approval.document_name, approval.category, approval.content, approval.remark or "")
    if certificate.number_key is None or not any(word in text for text in texts for word in _WORDS):
        return None
    return Renewal(number_key=certificate.number_key, implied=True)


def the_one_renewed(found: Sequence[Standing], renewal: Renewal, *, today: date) -> Standing | None:
    """Of those that have the number the one that can be meant; None: a new certificate is to be made.

    One that stands is meant rather than one that has ended.
    """
    if not found:
        if renewal.implied:
            return None
        raise RenewedUnknown("renews: no certificate of this holder and type, and of yours, is called so")
    standing = [one for one in found if one.state_on(today) in {"valid", "suspended"}] or list(found)
    if len(standing) > 1:
        known = ", ".join(sorted(one.identifier for one in standing))
        raise RenewedAmbiguous(f"renews: {len(standing)} certificates have this number: {known}")
    return standing[0]


def next_edition(certificate: Certificate, over: Standing, renewal: Renewal, *, today: date) -> Certificate:
    """Give the certificate as the edition after the one that stands, or raise why it cannot be that."""
    check_fits(certificate, over)
    if set(over.holder_ids) != set(certificate.holder_ids):
        raise RenewalMismatch("holder: got another; needed that of the certificate")
    if renewal.identifier and renewal.identifier != over.identifier:
        raise RenewedNotStanding(
            f"renews: this identifier is superseded; needed the one that stands, {over.identifier}"
        )
    state = over.state_on(today)
    if state not in RENEWABLE:
        raise RenewedNotStanding(f"renews: it is {state}; needed {' or '.join(sorted(RENEWABLE))}")
    decided, before = certificate.approval.decided_on, over.editions[-1].decided_on
    if decided and before and decided < before:
        raise RenewalOutdated(f"decided_on: got {decided}; the edition that stands was decided on {before}")
    return edition_after(over, certificate, begins=_begin(certificate, over, today))


def edition_after(over: Standing, certificate: Certificate, *, begins: date | None = None) -> Certificate:
    """Make what was decided the edition after the one that stands, of the same certificate."""
    number = over.editions[-1].number + 1
    if number > MOST_EDITIONS:
        raise EditionsTooMany(f"{over.editions[-1].number} editions are on record; {MOST_EDITIONS} may be")
    code, serial = certificate.type.certificate_type, serial_of(over.identifier)
    return replace(
        certificate,
        id=over.certificate_id,
        identifier=make_identifier(code, certificate.authority, serial, number),
        version=number,
        begins=begins,
    )


def check_fits(certificate: Certificate, over: Standing) -> None:
    """Of another type or authority it is another certificate."""
    parts = (
        (
            "certificate_type",
            over.certificate_type in certificate.type.codes,
            certificate.type.certificate_type,
            over.certificate_type,
        ),
        ("authority", over.authority == certificate.authority, certificate.authority, over.authority),
    )
    for name, fits, got, needed in parts:
        if not fits:
            raise RenewalMismatch(f"{name}: got {got}; needed {needed}")


def _begin(certificate: Certificate, over: Standing, today: date) -> date | None:
    """Where it begins only when the one before ends, the certificate is valid all the while, not from then.

    Else its holder had none from the renewal to that day. None: as the approval has it.
    """
    begin, end = certificate.valid_from, over.valid_to
    if begin is None or begin <= today or over.state_on(today) != "valid":
        return None
    return over.valid_from if end is None or begin <= end + _DAY else None
