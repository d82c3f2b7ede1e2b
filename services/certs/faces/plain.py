"""Any text to one that the fonts can draw and a line can break."""

import unicodedata
from collections.abc import Container, Iterator

# The printer's mark for a character that the case lacks (GB/T 15834 has none; U+3013 is the custom).
GETA = "〓"
BREAK = "\u200b"
# Of a line that is cut without a word: an approval's texts are no longer, but for its content.
LONGEST_LINE = 500
_LONGEST_WORD = 24
_MOST_MARKS = 2
# Characters of a line that is counted as one when a text is cut.
_SHORT_LINE = 15
# Controls, what steers direction and joining, surrogates: nothing that a reader could see.
_UNSEEN = {"Cc", "Cf", "Cs"}
_MARKS = {"Mn", "Me"}


class Plain:
    """Makes texts drawable and remembers, for the note at the foot, what the fonts lack."""

    def __init__(self, covered: Container[int]) -> None:
        self._covered = covered
        self.missing: dict[str, None] = {}

    def text(self, text: str, *, longest: int | None = None) -> str:
        """In NFC, as names are kept; never NFKC, which changes characters. `longest`: cut, and said so."""
        lines = self._lines(text)
        whole = "\n".join(lines)
        if longest:
            short = "\n".join(lines[: longest // _SHORT_LINE])[:longest]
            whole = whole if short == whole else f"{short}……（全文见 PDF 版）"
        return "".join(_breakable(whole, _LONGEST_WORD))

    def line(self, text: str, *, longest: int = LONGEST_LINE, word: int = _LONGEST_WORD) -> str:
        """On one line, however it was written; `word`: characters that have room side by side."""
        whole = " ".join(self._lines(text))
        return "".join(_breakable(whole if len(whole) <= longest else whole[:longest] + "…", word))

    def _lines(self, text: str) -> list[str]:
        drawable = "".join(self._drawable(unicodedata.normalize("NFC", text)))
        return [line.strip() for line in drawable.split("\n") if line.strip()]

    def _drawable(self, text: str) -> Iterator[str]:
        marks = 0
        for one in text.replace("\r\n", "\n"):
            kind = unicodedata.category(one)
            marks = marks + 1 if kind in _MARKS else 0
            if one in "\n\r\x0b\x0c\x85\u2028\u2029":
                yield "\n"
            elif one == "\t" or kind == "Zs":
                yield "\u3000" if one == "\u3000" else " "
            elif kind in _UNSEEN or _selects_a_variant(one) or marks > _MOST_MARKS:
                continue
            elif ord(one) in self._covered:
                yield one
            else:
                self.missing[one] = None
                yield GETA


def _selects_a_variant(one: str) -> bool:
    return "\ufe00" <= one <= "\ufe0f" or "\U000e0100" <= one <= "\U000e01ef"


def _breakable(text: str, longest: int) -> Iterator[str]:
    """A run without a place to break (letters, digits, marks, points) gets one every so many characters."""
    run = 0
    for one in text:
        breaks = one.isspace() or (unicodedata.category(one) == "Lo")
        run = 0 if breaks else run + 1
        if run > longest and unicodedata.category(one) not in _MARKS:
            yield BREAK
            run = 1
        yield one
