"""Three answers about what was shown: each file with the token in it, and each token with its status."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from services.certs.domain.ofd import OfdCheck
from services.certs.domain.seal import PdfCheck
from services.certs.domain.verification import Answer, Presented, Verification
from services.certs.proof import Statuses, Trust, Verdict, Verified, claim_in, verify
from services.certs.verify.facing import Terms, proved_by
from services.kernel.clock import civil_date

_WITHOUT_TOKEN = Answer(state="unknown", code="file_without_token")


def judge(
    presented: Presented,
    *,
    trust: Trust,
    statuses: Statuses,
    at: datetime,
    most_age: timedelta,
    terms: Terms | None = None,
    seal_dead: Callable[[str, str], bool] = lambda _authority, _key_id: False,
) -> Verification:
    """Judge a token, a PDF or an OFD. `terms`: of the fields of the certificate's type, where it is known.

    `seal_dead`: whether an authority has declared the key of its seal dead, by credit code and key id.
    """
    verdict = None
    if presented.text is not None:
        verdict = verify(presented.text, keys=trust, status=statuses, at=at, most_age=most_age)
    if presented.pdf:
        found = _of_pdf(_unless_dead(presented.pdf, seal_dead), verdict)
        return _marked(found, presented.expires_on, at)
    if presented.ofd:
        return _marked(_of_ofd(presented.ofd, verdict, terms), presented.expires_on, at)
    if verdict is None:
        raise ValueError("neither a token nor a file")
    return _of(verdict, presented)


def _marked(found: Verification, expires_on: date | None, at: datetime) -> Verification:
    """Of use to the end of the last day that the copy says; what was changed since says nothing.

    A day that is over is taken at its word. One to come could have been written there by anybody, unless the
    authority answers for every byte: an OFD's never is proved, and a PDF's by a seal that is known.
    """
    if expires_on is None or found.integrity.state == "invalid":
        return found
    answer = Answer(state="valid", code="copy_in_time", detail=expires_on.isoformat())
    doubt = next((one for one in (found.integrity, found.issuer) if one.state != "valid"), None)
    if expires_on < civil_date(at):
        answer = replace(answer, state="invalid", code="copy_expired")
    elif doubt:
        answer = replace(answer, state="unknown", code=doubt.code)
    return replace(found, marking=answer)


def type_named_in(token: str) -> str:
    """The code of the type as a token says it, of which nothing is believed yet; empty if it says none."""
    vct = claim_in(token, "vct")
    return vct.rpartition("/")[2] if vct else ""


def _of(verdict: Verdict, presented: Presented) -> Verification:
    return Verification(
        kind=presented.kind,
        integrity=verdict.integrity,
        status=verdict.status,
        issuer=verdict.issuer,
        status_age=verdict.status_age,
        shown=_shown(verdict.shown) if verdict.shown else {},
    )


def _of_pdf(pdf: PdfCheck, verdict: Verdict | None) -> Verification:
    """Every byte is the sealing authority's: it has to be the one that signed the token inside, too."""
    integrity, issuer = _sealed(pdf)
    if verdict is None:
        status = Verdict.NOT_ASKED if integrity.state == "invalid" else _WITHOUT_TOKEN
        return Verification(kind="pdf", integrity=integrity, status=status, issuer=issuer)
    whole = _worse(integrity, verdict.integrity)
    if whole.state == "invalid":
        return Verification(kind="pdf", integrity=whole, status=Verdict.NOT_ASKED, issuer=issuer)
    found = _of(verdict, Presented(kind="pdf"))
    if issuer.state == "valid" and verdict.issuer.state == "valid" and not _same(pdf, verdict.shown):
        other = Answer(state="invalid", code="proof_issuer_other", detail="the seal is of another authority")
        return replace(found, integrity=whole, issuer=other)
    return replace(found, integrity=whole, issuer=_worse(issuer, verdict.issuer))


def _unless_dead(pdf: PdfCheck, seal_dead: Callable[[str, str], bool]) -> PdfCheck:
    if pdf.integrity == "valid" and pdf.authority and pdf.key_id and seal_dead(pdf.authority, pdf.key_id):
        reason = "proof_key_dead"
        return replace(
            pdf, integrity="unknown", integrity_reason=reason, issuer="invalid", issuer_reason=reason
        )
    return pdf


def _sealed(pdf: PdfCheck) -> tuple[Answer, Answer]:
    """The file's own two answers."""
    integrity, issuer = Verdict.INTACT, Verdict.BY_AUTHORITY
    if pdf.integrity_reason:
        integrity = Answer(state=pdf.integrity, code=pdf.integrity_reason)
    if pdf.issuer_reason:
        issuer = Answer(state=pdf.issuer, code=pdf.issuer_reason)
    return integrity, issuer


def _same(pdf: PdfCheck, shown: Verified | None) -> bool:
    return shown is not None and shown.issuer.rpartition("/")[2] == pdf.authority


def _of_ofd(ofd: OfdCheck, verdict: Verdict | None, terms: Terms | None) -> Verification:
    """Its token is the proof: the page is held against what that says, once it holds itself."""
    if verdict and verdict.shown and ofd.face:
        ofd = ofd.against(proved_by(verdict.shown, ofd.face, terms))
    page = Verdict.INTACT
    if ofd.integrity_reason:
        page = Answer(state=ofd.integrity, code=ofd.integrity_reason)
    if verdict is None:
        return Verification(kind="ofd", integrity=page, status=_WITHOUT_TOKEN, issuer=Verdict.NOT_ASKED)
    whole = _worse(verdict.integrity, page)
    found = replace(_of(verdict, Presented(kind="ofd")), integrity=whole)
    if whole.state == "invalid":
        found = replace(found, status=Verdict.NOT_ASKED, status_age=None, shown={})
    return replace(found, differing=ofd.differing, unproved=ofd.unproved)


def _worse(one: Answer, other: Answer) -> Answer:
    """The first of them unless the other is worse."""
    order = ("valid", "unknown", "invalid")
    return other if order.index(other.state) > order.index(one.state) else one


def _shown(shown: Verified) -> Mapping[str, object]:
    """What was signed and not kept back."""
    return {
        "issuer": shown.issuer,
        "type": shown.type,
        "key_id": shown.key_id,
        "issued_at": shown.issued_at,
        "valid_from": shown.begins_at,
        "valid_until": shown.ends_at,
        "claims": shown.claims,
        "fields": shown.fields,
        "kept_back": shown.kept_back,
    }
