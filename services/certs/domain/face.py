"""What a person sees of a certificate (版面), and the note of an annotated copy (加注件)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from services.kernel.errors import Invalid

VALID = "valid"
# The words of GB/T 36901's states; what is in none of them is shown as not valid.
STATE_TERMS: Mapping[str, str] = MappingProxyType(
    {
        VALID: "有效",
        "suspended": "暂扣",
        "withdrawn": "撤销",
        "revoked": "吊销",
        "cancelled": "注销",
        "expired": "失效",
        "superseded": "被替代",
    }
)
# Faces that are drawn (`faces/templates`): a page in the hand, a licence on the wall.
TEMPLATES = ("certificate", "licence")
MOST_FIELDS = 60
# Characters of one text: an approval's content has 20,000 at most.
LONGEST = 20_000
LONGEST_IN_ALL = 60_000
# Characters that a code of the printed size still holds for a phone's camera.
LONGEST_CODE = 500


class FaceUnprintable(Invalid):
    """More than pages can be made of in a moment, or nothing that a printed code can hold."""

    code = "face_unprintable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """For whom and for what a copy was made. Civil dates; the copy is of no use after `expires_on`."""

    organisation: str
    purpose: str
    made_by: str
    made_on: date
    expires_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """All that stands on it; nothing is looked up.

    `holder_number`: as it is to be shown, masked or not. `valid_to` None: 长期. `fields`: (term, value) in
    the order of the page. `code`: what the printed QR holds; `code_shown`: its short form for whoever types
    it. `template`: the face of the type; an unknown one is drawn as the usual one.
    """

    name: str
    number: str
    identifier: str
    authority_name: str
    holder_name: str
    holder_number: str
    valid_from: date | None
    valid_to: date | None
    issued_on: date
    code: str
    code_shown: str
    fields: tuple[tuple[str, str], ...] = ()
    state: str = VALID
    holder_number_term: str = "证件号码"
    marking: Marking | None = None
    template: str = "certificate"

    @property
    def state_term(self) -> str:
        """In Chinese; a state that this program does not know is at any rate not the valid one."""
        return STATE_TERMS.get(self.state, "无效")

    def check_printable(self) -> None:
        """Say no before anything is drawn."""
        sizes = [len(text) for text in self._texts()]
        if len(self.fields) > MOST_FIELDS or max(sizes) > LONGEST or sum(sizes) > LONGEST_IN_ALL:
            raise FaceUnprintable(
                f"got {len(self.fields)} fields, {max(sizes)} characters in one text, {sum(sizes)} in all; "
                f"needed at most {MOST_FIELDS}, {LONGEST} and {LONGEST_IN_ALL}"
            )
        printable = self.code.isascii() and self.code.isprintable()
        if not (printable and 0 < len(self.code) <= LONGEST_CODE):
            raise FaceUnprintable(
                f"got a code of {len(self.code)} characters; needed 1 to {LONGEST_CODE} of printable ASCII"
            )

    def _texts(self) -> Iterator[str]:
        yield from (self.name, self.number, self.identifier, self.authority_name, self.code_shown)
        yield from (self.holder_name, self.holder_number, self.holder_number_term)
        for pair in self.fields:
            yield from pair
        if self.marking:
            yield from (self.marking.organisation, self.marking.purpose, self.marking.made_by)
