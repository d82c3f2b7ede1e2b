"""What a token proves of a page, in the page's own names."""

from dataclasses import dataclass

from services.certs.domain.agreement import Proved
from services.certs.domain.certificate_type import CertificateType
from services.certs.domain.face import Face
from services.certs.domain.facing import JOINT_TERM, Said, code_address, lines_of
from services.certs.domain.printed_code import grouped
from services.certs.proof import Verified
from services.kernel.clock import civil_date

_AUTHORITIES = "/authorities/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of a type's fields. `exact`: at the version of the certificate, not as they are at hand."""

    kind: CertificateType
    exact: bool


def proved_by(shown: Verified, face: Face, terms: Terms | None) -> Proved:
    """Where the terms are not known for sure, a line is unproved and not wrong."""
    said = said_by(shown)
    claims = {**shown.claims, "code": code_address(said), "issued_on": said.issued_on}
    if printed := shown.claims.get("printed_code"):
        claims["code_shown"] = grouped(str(printed))
    else:
        del claims["code"]
    if terms is None or not (terms.exact or _fits(face, terms.kind)):
        return Proved(claims=claims, fields={}, whole=False)
    return Proved(claims=claims, fields=dict(lines_of(said, terms.kind)), whole=shown.kept_back == 0)


def said_by(shown: Verified) -> Said:
    """Of a token whose signature holds."""
    return Said(
        claims=shown.claims,
        fields=shown.fields,
        base=shown.issuer.partition(_AUTHORITIES)[0],
        issued_on=civil_date(shown.issued_at),
    )


def _fits(face: Face, kind: CertificateType) -> bool:
    known = {JOINT_TERM, *(field.term for field in kind.fields)}
    return all(term in known for term, _ in face.fields)
