"""What the page says, as for a PDF; but no font is in the file, so every character of XML is written."""

import json
from dataclasses import dataclass

import msgspec

from services.certs.domain.face import Face
from services.certs.faces.plain import BREAK, Plain
from services.certs.faces.wording import wording

_PROMISE = "本文件内嵌颁发机构签名的凭证，以查验结果为准"


class _OfXml:
    """XML 1.0, 2.2; controls and surrogates are gone before it is asked."""

    def __contains__(self, code: object) -> bool:
        return code not in {0xFFFE, 0xFFFF}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """See `wording`: None where the face has nothing of a kind."""

    title: str
    name: str
    number_line: str
    rows: list[tuple[str, str]]
    roomy: bool
    authority: str
    issued: str
    identifier_line: str
    code_lines: list[str]
    warning: str | None
    stamp: str | None
    marking: str | None
    watermark: str | None
    missing: str | None
    promise: str = _PROMISE


def words_of(face: Face) -> Words:
    """Lines end where the layout ends them, so places to break are left out."""
    said = wording(face, plain(), picture=False) | {"promise": _PROMISE}
    return msgspec.json.decode(json.dumps(said, ensure_ascii=False).replace(BREAK, ""), type=Words)


def plain() -> Plain:
    return Plain(_OfXml())
