"""Paper codes (纸质码), for people without a phone: printed by a counter that has seen the holder's papers.

What is printed is an address with a chance in it and nothing of the holder. Who finds one must also know the
end of the holder's number, and may guess five times in the paper's whole life.
"""

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.kernel.errors import Forbidden, Gone, Invalid, NotFound
from services.kernel.holders import HolderId

PAPER_PATH = "/p/"
USES = 5
WRONG_TRIES = 5
_SECRET = re.compile(r"[A-Z2-7]{26}")
_LAST = 4
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

PaperState = Literal["good", "expired", "spent", "dead", "revoked", "other_name"]


class PaperCodeUnknown(NotFound):
    """An address like ours, of a paper that we did not print; or not the caller's."""

    code = "paper_code_unknown"


class PaperCodeExpired(Gone):
    code = "paper_code_expired"


class PaperCodeRevoked(Gone):
    """Taken back, or a newer one was printed."""

    code = "paper_code_revoked"


class PaperCodeSpent(Gone):
    """All its uses are made."""

    code = "paper_code_spent"


class PaperCodeDead(Gone):
    """Killed by wrong guesses."""

    code = "paper_code_dead"


class LastFourMissing(Invalid):
    code = "last_four_missing"


class PaperCodeWrongLastFour(Forbidden):
    code = "paper_code_wrong_last_four"


class PaperCodeOtherName(Forbidden):
    """The name that the registrar read is not, or no longer, the one that is registered with the number."""

    code = "paper_code_other_name"


class PaperCodePresentedOnly(Forbidden):
    """A person stands at the counter with it: neither by duty nor for another."""

    code = "paper_code_presented_only"


class PaperForPersons(Invalid):
    """An enterprise has its printed public code, and somebody with a phone."""

    code = "paper_for_persons"


def secret_in(text: str, public_url: str) -> str | None:
    """The chance in the address of a paper code of ours; None for any other text."""
    begin = public_url + PAPER_PATH
    text = text.strip()
    secret = text.removeprefix(begin)
    return secret if text.startswith(begin) and _SECRET.fullmatch(secret) else None


def secret_from(chance: str) -> str:
    """130 bits of a hash of something that nobody guesses, in characters that survive a telephone."""
    return "".join(_ALPHABET[one & 31] for one in hashlib.sha256(chance.encode()).digest()[:26])


def paper_id_of(secret: str) -> str:
    """What is kept: from it nobody prints the paper again."""
    return hashlib.sha256(secret.encode()).hexdigest()[:32]


def last_four_of(number: str) -> str:
    """As it is typed: half width, a final x in either case."""
    return "".join(unicodedata.normalize("NFKC", number).upper().split())[-_LAST:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """`printed_by` an operator of `organisation`, who has seen what `checked` says.

    `named`: a keyed hash of the name that was said. Printing tells nobody whether it is the registered one.
    """

    paper_id: str
    version: int = 1
    holder_id: HolderId
    named: str
    printed_by: str
    organisation: str
    checked: str
    printed_at: datetime
    expires_at: datetime
    tries: int = 0
    wrong_tries: int = 0
    revoked_at: datetime | None = None

    @property
    def scan_ids(self) -> tuple[str, ...]:
        """One for each use, in their order: the first that no scan has is the next use."""
        return tuple(
            hashlib.sha256(f"{self.paper_id}\0{use}".encode()).hexdigest()[:32] for use in range(USES)
        )

    def state_at(self, at: datetime, *, used: int, named: str) -> PaperState:
        """As its holder, who is `named` so by now, is shown it."""
        if self.revoked_at is not None:
            return "revoked"
        if self.wrong_tries >= WRONG_TRIES:
            return "dead"
        if at >= self.expires_at:
            return "expired"
        if self.named != named:
            return "other_name"
        return "spent" if used >= USES else "good"

    def check_alive(self, *, at: datetime) -> None:
        """Asked before a guess is compared, so that a dead one tells nothing more."""
        if self.revoked_at is not None:
            raise PaperCodeRevoked("the paper code was taken back, or replaced by a newer one")
        if self.wrong_tries >= WRONG_TRIES:
            raise PaperCodeDead(f"killed by {WRONG_TRIES} wrong tries")
        if at >= self.expires_at:
            raise PaperCodeExpired(f"the paper code was good until {self.expires_at:%Y-%m-%d}")

    def check_mode(self, mode: str) -> None:
        """The holder presents it in person."""
        if mode != "presented":
            raise PaperCodePresentedOnly("a paper code is presented by its holder in person")

    def check_named(self, named: str) -> None:
        """Asked once the last four were right: who finds a paper learns nothing by it."""
        if self.named != named:
            raise PaperCodeOtherName("it was printed under another name than the registered one")

    def tried(self, last_four: str, number: str) -> "tuple[Paper, PaperCodeWrongLastFour | None]":
        """Give the paper after this guess, which is to be kept before anybody is told how it went."""
        right = hmac.compare_digest(last_four_of(last_four).encode(), last_four_of(number).encode())
        after = replace(self, version=self.version + 1, tries=self.tries + 1)
        if right:
            return after, None
        after = replace(after, wrong_tries=self.wrong_tries + 1)
        left = WRONG_TRIES - after.wrong_tries
        return after, PaperCodeWrongLastFour(
            f"not the last four characters of the holder's number; {left} tries are left"
        )

    def revoked(self, *, at: datetime) -> "Paper | None":
        """Give the next version; None where it was revoked before."""
        return None if self.revoked_at else replace(self, version=self.version + 1, revoked_at=at)


def check_last_four(last_four: str | None) -> str:
    """Give what was typed, of which nothing is a guess yet."""
    if last_four is None or not last_four_of(last_four):
        raise LastFourMissing("the last four characters of the holder's number are needed")
    return last_four
