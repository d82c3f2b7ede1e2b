"""A code that was shown, and why it may be worth nothing."""

from dataclasses import dataclass
from datetime import datetime

from services.kernel.errors import Conflict, Gone, Invalid
from services.kernel.holders import HolderId


class CodeForeign(Invalid):
    """Another system's code."""

    code = "code_foreign"


class CodeForged(Invalid):
    """It claims to be ours, and no key of ours signed it: forged, or damaged on the way."""

    code = "code_forged"


class CodeExpired(Gone):
    code = "code_expired"


class CodeUsed(Conflict):
    code = "code_used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a genuine code says; `code_id` is the same at each reading of the same code."""

    code_id: str
    holder_id: HolderId
    expires_at: datetime

    def check_time(self, *, at: datetime) -> None:
        """A code is good until its second of expiry."""
        if at >= self.expires_at:
            raise CodeExpired(f"the code ended {(at - self.expires_at).total_seconds():.0f} s ago")
