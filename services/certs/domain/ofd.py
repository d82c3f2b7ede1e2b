"""What can be said of an OFD: whether it is as we draw it, and shows what its token proves."""

from dataclasses import dataclass, replace

from services.certs.domain.agreement import Proved, agreement
from services.certs.domain.face import Face
from services.certs.domain.seal import Verdict
from services.kernel.errors import TooLarge, Unsupported


class OfdTooLarge(TooLarge):
    """Larger than any certificate's file."""

    code = "ofd_too_large"


class OfdUnreadable(Unsupported):
    """Not an OFD."""

    code = "ofd_unreadable"


class OfdUnsafe(Unsupported):
    """A package that unpacks without end, or means one thing to one reader and another to the next."""

    code = "ofd_unsafe"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfdCheck:
    """One answer, with its reason code (`proto/reasons.yaml`) unless it is valid.

    Its issuer and status are the token's: whoever asks verifies `token`, which is not verified here, and then
    holds the page `against` what it proves; until then integrity is invalid or unknown. `face`: what the page
    shows, where the file is byte for byte as we draw it. `differing`, `unproved`: see Agreement.
    """

    integrity: Verdict
    integrity_reason: str | None = None
    token: str | None = None
    face: Face | None = None
    differing: tuple[str, ...] = ()
    unproved: tuple[str, ...] = ()

    def against(self, proved: Proved) -> "OfdCheck":
        """Valid: every statement of the page is proved. For a file that is not as we draw it: no change."""
        if self.face is None:
            return self
        found = agreement(self.face, proved)
        compared = replace(self, differing=found.differing, unproved=found.unproved)
        if found.differing:
            return replace(compared, integrity="invalid", integrity_reason="ofd_differs")
        if found.unproved:
            return replace(compared, integrity="unknown", integrity_reason="ofd_partly_proved")
        return replace(compared, integrity="valid", integrity_reason=None)
