"""What a face says, in the words of the page: everything that a template draws, as text."""

from datetime import date

from services.certs.domain.face import VALID, Face, Marking
from services.certs.faces.plain import Plain

# A picture shows this much of one value, and of all values; the PDF shows everything.
PICTURED, _PICTURED_IN_ALL = 600, 6_000
# What has room in the column of terms, on the last line of a page, and beside the code.
_LONGEST_TERM, _WORD_OF_TERM = 100, 8
_LONGEST_IDENTIFIER = 90
_WORD_OF_AUTHORITY = 12
_LONGEST_CODE_SHOWN = 100
_LONGEST_WATERMARK = 60
_MOST_MISSING = 12
_FEW_ROWS, _LITTLE_TEXT = 10, 240
_NO_DAY = "未载明"


def wording(face: Face, plain: Plain, *, picture: bool) -> dict[str, object]:
    """`None` where the face has nothing of a kind."""
    longest = min(PICTURED, _PICTURED_IN_ALL // (len(face.fields) + 1)) if picture else None
    terms = (("持证主体", face.holder_name), (face.holder_number_term, face.holder_number), *face.fields)
    rows = [
        (
            plain.line(term, longest=_LONGEST_TERM, word=_WORD_OF_TERM),
            plain.text(value, longest=longest) or "—",
        )
        for term, value in (*terms, ("有效期限", _validity(face)))
    ]
    name, number = plain.line(face.name), plain.line(face.number)
    said: dict[str, object] = {
        "title": f"{name} {number}".strip(),
        "name": name,
        "number_line": f"编号：{number}" if number else "",
        "rows": rows,
        "roomy": len(rows) <= _FEW_ROWS and sum(len(value) for _, value in rows) <= _LITTLE_TEXT,
        "authority": plain.line(face.authority_name, word=_WORD_OF_AUTHORITY),
        "issued": f"颁发日期：{_day(face.issued_on)}",
        "identifier_line": f"电子证照标识：{plain.line(face.identifier, longest=_LONGEST_IDENTIFIER)}",
        "promise": _promise(picture=picture),
        "code_alt": "查验二维码",
        "code_lines": [
            "扫码查验真伪和状态",
            f"验证码：{plain.line(face.code_shown, longest=_LONGEST_CODE_SHOWN)}",
        ],
        "warning": None if face.state == VALID else f"本证照状态为“{face.state_term}”，不得作为有效证照使用",
        "stamp": None if face.state == VALID else face.state_term,
        "marking": _note(face.marking, plain) if face.marking else None,
        "watermark": _watermark(face.marking, plain) if face.marking else None,
        "expires_on": face.marking.expires_on.isoformat() if face.marking and not picture else None,
    }
    return said | {"missing": _lacking(plain)}


def _validity(face: Face) -> str:
    begin = _day(face.valid_from) if face.valid_from else _NO_DAY
    return f"{begin} 至 {_day(face.valid_to)}" if face.valid_to else f"{begin} 起 长期"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _promise(*, picture: bool) -> str:
    if picture:
        return "本图片仅供查看，以扫码查验结果为准"
    return "本文件由颁发机构电子签名，改动即失效"


def _note(marking: Marking, plain: Plain) -> str:
    organisation, purpose, made_by = (
        plain.line(text) for text in (marking.organisation, marking.purpose, marking.made_by)
    )
    return (
        f"本件仅供 {organisation} 用于 {purpose}；由 {made_by} 于 {_day(marking.made_on)} 制作，"
        f"有效期至 {_day(marking.expires_on)}，超出用途或过期无效。"
    )


def _watermark(marking: Marking, plain: Plain) -> str:
    """Short enough to stand many times on a page."""
    use = plain.line(f"{marking.organisation} {marking.purpose}")
    short = use if len(use) <= _LONGEST_WATERMARK else use[:_LONGEST_WATERMARK] + "…"
    return f"仅供{short}使用 {marking.made_on.isoformat()}"


def _lacking(plain: Plain) -> str | None:
    if not plain.missing:
        return None
    codes = [f"U+{ord(one):04X}" for one in plain.missing]
    more = f" 等 {len(codes)} 字" if len(codes) > _MOST_MISSING else ""
    return f"〓 为字库暂缺的字，编码依次为 {'、'.join(codes[:_MOST_MISSING])}{more}，以证照数据为准。"
