"""A code that was shown, and why it may be worth nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.kernel.errors import Conflict, Gone, Invalid
from services.kernel.holders import HolderId


class CodeUnreadable(Invalid):
    """Nothing was read, or bits of something."""

    code = "code_unreadable"


class CodeForeign(Invalid):
    """Another system's code."""

    code = "code_foreign"


class CodeIncomplete(Invalid):
    """It begins as ours and goes on otherwise: a scanner cut it short, or changed its letters."""

    code = "code_incomplete"


class CodeForged(Invalid):
    """Laid out as ours, and no key of ours signed it."""

    code = "code_forged"


class CodeKeyUnknown(Invalid):
    """Laid out as ours, under a key that is not, or no longer, one of ours."""

    code = "code_key_unknown"


class CodeNotYetValid(Invalid):
    """It ends later than any code made now would: a clock is wrong."""

    code = "code_not_yet_valid"


class CodeExpired(Gone):
    code = "code_expired"


class CodeRevoked(Gone):
    """Taken back by the holder, a counter or a freeze."""

    code = "code_revoked"


class CodeUsed(Conflict):
    code = "code_used"


class CodeIsPublicFace(Invalid):
    """The printed enterprise code: everybody may read it, so it opens nothing."""

    code = "code_public_face"


class ConcessionUnknown(Invalid):
    code = "concession_unknown"


# Classes of 优待: 老年人, 残疾人, 学生, 退役军人, 烈士遗属, 低保对象, 未成年人, 无偿献血者.
# A code says them by their place here: add at the end, and move or take out none.
CONCESSIONS = (
    "elderly",
    "disabled",
    "student",
    "veteran",
    "martyrs_family",
    "low_income",
    "minor",
    "blood_donor",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency:
    """What an emergency code (应急码) says for a counter without a network."""

    name_masked: str
    concessions: tuple[str, ...]

    def __post_init__(self) -> None:
        unknown = set(self.concessions) - set(CONCESSIONS)
        if unknown:
            raise ConcessionUnknown(f"{len(unknown)} unknown; there are: {', '.join(CONCESSIONS)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a genuine code says; `code_id` is the same at each reading of the same code.

    Either `holder_id`, or `mandate_id` where somebody acts for another. `begun_at`: when whoever showed it
    had signed in, so that a freeze ends the codes of a session too.
    """

    code_id: str
    key_id: str
    holder_id: HolderId | None
    mandate_id: str | None = None
    expires_at: datetime
    begun_at: datetime | None = None
    emergency: Emergency | None = None

    def check_time(self, *, at: datetime, life: timedelta) -> None:
        """A code is good until its second of expiry; `life`: the longest that one of its kind is given."""
        if at >= self.expires_at:
            raise CodeExpired(f"the code ended {(at - self.expires_at).total_seconds():.0f} s ago")
        if self.expires_at > at + life + CLOCKS_APART:
            raise CodeNotYetValid("the code ends later than one made now would: compare the clocks")


CLOCKS_APART = timedelta(seconds=5)
