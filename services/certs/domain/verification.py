"""What anybody is told of a certificate that is shown: three answers, none guessed from another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from services.certs.domain.certificate_type import CertificateType
from services.certs.domain.ofd import OfdCheck
from services.certs.domain.register import Record
from services.certs.domain.seal import PdfCheck, Verdict
from services.kernel.errors import Invalid, NotFound, TooLarge, TooMany, Unavailable

Kind = Literal["token", "pdf", "ofd", "code"]


class StatusUnreachable(NotFound):
    """The store does not answer: nothing is known of the status, and nothing is said against anybody."""

    code = "proof_status_unreachable"


class NotRecorded(NotFound):
    """The signature holds, and the register has no such certificate."""

    code = "proof_not_recorded"


class PrintedCodeUnknown(NotFound):
    """The register knows every code there is, and this is none of them."""

    code = "printed_code_unknown"


class PrintedCodeAlone(Invalid):
    """A code leads to the record. What else the page says it does not tell."""

    code = "printed_code_alone"


class VerifyingTooOften(TooMany):
    """By this caller, in this minute."""

    code = "rate_limited"


class VerifyingBusy(Unavailable):
    """As many files are being checked as have room side by side."""

    code = "verification_busy"


class PresentedTooSlow(Unavailable):
    """What is to be checked did not arrive in time."""

    code = "verification_too_slow"


class PresentedTooLarge(TooLarge):
    """Larger than any certificate's file."""

    code = "verification_too_large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`code`: of `proto/reasons.yaml`, whatever the state; `detail`: words that may change."""

    state: Verdict
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """What somebody shows, taken apart; of its token nothing is believed yet.

    `certificate_id`: as the token says it. `text`: a token, or a code as it was typed. `expires_on`: the last
    day of an annotated copy (加注件).
    """

    kind: Kind
    text: str | None = None
    certificate_id: str | None = None
    pdf: PdfCheck | None = None
    ofd: OfdCheck | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the register says of it at `at`. `reached`: whether it answered at all.

    `record` None: it has none. `type`: at the version of the certificate, where it is known. For a printed
    code alone, `edition`: of which it is, counted from 1, and `credential`: of what stands, if not erased.
    """

    at: datetime
    reached: bool = True
    record: Record | None = None
    type: CertificateType | None = None
    edition: int | None = None
    credential: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """`marking`: whether an annotated copy is still of use; None: it is none, or what it says is not its own.

    `status_age`: of the data that `status` rests on. `shown`: what is proved, and nothing else.

    `differing`, `unproved`: what a page says and its token does not (see Agreement).
    """

    kind: Kind
    integrity: Answer
    status: Answer
    issuer: Answer
    marking: Answer | None = None
    status_age: timedelta | None = None
    shown: Mapping[str, object] = field(default_factory=dict)
    differing: tuple[str, ...] = ()
    unproved: tuple[str, ...] = ()

    @property
    def answers(self) -> tuple[tuple[str, Answer], ...]:
        three = ("integrity", self.integrity), ("status", self.status), ("issuer", self.issuer)
        return (*three, ("marking", self.marking)) if self.marking else three

    @property
    def state(self) -> Verdict:
        """Invalid if any answer is, else unknown if any is."""
        states = {answer.state for _, answer in self.answers}
        return next(state for state in ("invalid", "unknown", "valid") if state in states)
