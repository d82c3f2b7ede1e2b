"""A copy of a certificate that somebody may have: its form, how much it shows, and the note on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from services.certs.domain.certificate_type import CertificateType
from services.certs.domain.face import Marking
from services.certs.domain.lifecycle import State
from services.certs.domain.register import Record
from services.kernel.errors import Conflict, Gone, Unavailable, Unsupported

Form = Literal["svg", "png", "pdf", "ofd"]
MEDIA_TYPES: Mapping[Form, str] = MappingProxyType(
    {
        "pdf": "application/pdf",
        "svg": "image/svg+xml",
        "png": "image/png",
        "ofd": "application/ofd",
    }
)


class FormUnknown(Unsupported):
    """A form that no face is drawn in."""

    code = "face_form_unknown"


class FacesBusy(Unavailable):
    """As many are being drawn, or wait for it, as should."""

    code = "faces_busy"


class CopyErased(Gone):
    """What it said went with its holder's key."""

    code = "content_erased"


class PrintedCodeTaken(Conflict):
    """Two certificates of one beginning, of a hundred million once in a million: its code is the other's."""

    code = "printed_code_taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """`credential`: with what may be shown in this copy, and nothing else. `state`: of this day.

    `authority_name`: what the authority is called today, where that is known, for its seal.
    """

    record: Record
    credential: str
    kind: CertificateType | None
    state: State
    form: Form
    marking: Marking | None = None
    authority_name: str = ""


def form_of(name: str | None, accept: str) -> Form:
    """The one that is asked for by name, or the first of ours that `Accept` names; PDF where it is open."""
    if name is not None:
        for form in MEDIA_TYPES:
            if form == name.lower():
                return form
        raise FormUnknown(f"format: needed one of {', '.join(MEDIA_TYPES)}")
    wanted = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    for part in wanted:
        for form, media_type in MEDIA_TYPES.items():
            if part == media_type:
                return form
    if not accept.strip() or "*/*" in wanted or "application/*" in wanted:
        return "pdf"
    if "image/*" in wanted:
        return "svg"
    raise FormUnknown(f"Accept: needed one of {', '.join(MEDIA_TYPES.values())}")
