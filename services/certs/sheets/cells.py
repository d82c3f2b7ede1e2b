"""One cell: what counts as empty, which marks are dropped, what a code cell may hold."""

import re
import unicodedata

from services.certs.sheets.rows import RowWrong

_EMPTY = frozenset(["", "/", "//", "\\", "无", "空", "null", "-", "--", "—", "——", "未办", "零", "暂无"])
_EMPTY_CODE = _EMPTY | {"0", "1"}  # what clerks put where a form insists on a code
_BLANKS = " \t\r\n\u3000\u00a0\ufeff\u200b"
_PAIRS = {'"': '"', "'": "'", "“": "”", "‘": "’"}
_PLACEHOLDER = re.compile(r"0{9,}X?")  # 00000000000000000X, also with zeros too few or too many
_FLOATED = re.compile(r"\d(\.\d+)?E\+\d+")
_CODE_LENGTH = 18


def clean(cell: str) -> str:
    """Keep the characters (NFC only: rare ones survive), without blanks and quotes around them."""
    text = unicodedata.normalize("NFC", cell).strip(_BLANKS)
    if text.startswith('="') and text.endswith('"'):  # Excel's way to keep a code from becoming a number
        text = text[1:]
    if len(text) > 1 and _PAIRS.get(text[0]) == text[-1]:
        text = text[1:-1]
    return text.removeprefix("'").strip(_BLANKS)


def normalised(heading: str) -> str:
    """Of a heading, width unified; blanks, colons, low lines, hyphens, quotes and the note (必填) dropped."""
    text = re.sub(r"[\s:_\-*'\"—]", "", unicodedata.normalize("NFKC", heading))
    return re.sub(r"\((必填|选填|非必填)[^)]*\)", "", text)


def words(cell: str) -> str | None:
    """Give the words of a cell, or None for one of the many ways to write nothing."""
    text = clean(cell)
    return None if unicodedata.normalize("NFKC", text).strip().lower() in _EMPTY else text


def number(cell: str) -> str | None:
    """Give a document's or a certificate's number: words with width unified, so that it compares."""
    text = words(cell)
    return None if text is None else unicodedata.normalize("NFKC", text)


def code(cell: str) -> tuple[str | None, tuple[str, ...]]:
    """Give a code in upper case without blanks and marks, and a warning where a remark stood beside it.

    A spreadsheet keeps 15 digits of a number, so a long code that became a number is lost for good.
    """
    text = unicodedata.normalize("NFKC", clean(cell)).upper()
    compact = re.sub(r"[\s\-'\"_.]", "", text)
    if text.lower() in _EMPTY_CODE or compact in {"", "0", "1"}:
        return None, ()
    if _FLOATED.fullmatch(text):
        raise RowWrong(
            "cell_precision_lost", detail="got a number of 15 digits or fewer; needed the code as text"
        )
    if re.fullmatch(r"[0-9A-Z()]+", compact) and len(compact) <= _CODE_LENGTH:
        return compact, ()
    found = re.findall(rf"(?<![0-9A-Z])[0-9A-Z]{{{_CODE_LENGTH}}}(?![0-9A-Z])", text)
    if len(set(found)) > 1:
        raise RowWrong("code_ambiguous", detail=f"got {len(set(found))} codes in one cell; needed one")
    return (found[0], ("code_remark_dropped",)) if found else (compact, ())


def is_placeholder(text: str) -> bool:
    """Tell the official stand-in for "no code", which must never become the key of an archive."""
    return _PLACEHOLDER.fullmatch(text) is not None
