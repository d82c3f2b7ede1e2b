"""From what a certificate says to its face: the words of the page, and nothing that no token says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.certs.domain.certificate_type import CertificateType
from services.certs.domain.face import VALID, Face, Marking
from services.certs.domain.printed_code import grouped

# GB/T 36903: under its own name only where the kind of number is known.
_TERMS = {"001": "统一社会信用代码", "111": "公民身份号码"}
_USUAL_TERM = "证件号码"
JOINT_TERM = "共同持证主体"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a token says and keeps not back: `claims` and `fields` by name, under the base of its issuer."""

    claims: Mapping[str, object]
    fields: Mapping[str, object]
    base: str
    issued_on: date


def face_of(
    said: Said, kind: CertificateType | None, *, state: str = VALID, marking: Marking | None = None
) -> Face:
    """Draw what is said and leave open what was kept back."""
    claims = {name: str(value) for name, value in said.claims.items() if value is not None}
    return Face(
        name=claims.get("name", ""),
        number=claims.get("number", ""),
        identifier=claims.get("identifier", ""),
        authority_name=claims.get("authority_name", ""),
        holder_name=claims.get("holder_name", ""),
        holder_number=claims.get("id_number_masked", ""),
        holder_number_term=_TERMS.get(claims.get("id_type", ""), _USUAL_TERM),
        valid_from=_day(claims.get("valid_from")),
        valid_to=_day(claims.get("valid_to")),
        issued_on=said.issued_on,
        code=code_address(said),
        code_shown=grouped(claims.get("printed_code", "")),
        fields=tuple(lines_of(said, kind)),
        state=state,
        marking=marking,
        template=kind.face if kind else "certificate",
    )


def code_address(said: Said) -> str:
    """What the printed QR holds: whoever scans it is on the page that checks the code."""
    code = said.claims.get("printed_code")
    return f"{said.base}/verify?code={code}" if code else f"{said.base}/verify"


def lines_of(said: Said, kind: CertificateType | None) -> list[tuple[str, str]]:
    """Term and value: its other holders, then its fields in the order of the type.

    A field that the type does not know stands under its name, behind the others.
    """
    return [*_joint(said.claims.get("joint_holders")), *_fields(said.fields, kind)]


def _joint(others: object) -> list[tuple[str, str]]:
    found = [one for one in others if isinstance(one, Mapping)] if isinstance(others, list) else []
    words = [f"{one.get('name', '')} {one.get('id_number_masked', '')}".strip() for one in found]
    return [(JOINT_TERM, "；".join(words))] if words else []


def _fields(fields: Mapping[str, object], kind: CertificateType | None) -> list[tuple[str, str]]:
    known = {field.name: field for field in kind.fields} if kind else {}
    names = [*(name for name in known if name in fields), *(name for name in fields if name not in known)]
    found = []
    for name in names:
        text = str(fields[name])
        is_date = name in known and known[name].kind == "date"
        found.append((known[name].term if name in known else name, _in_words(text) if is_date else text))
    return found


def _in_words(text: str) -> str:
    day = _day(text)
    return f"{day.year}年{day.month}月{day.day}日" if day else text


def _day(text: str | None) -> date | None:
    """As in a token; what is no day is not shown as one."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:  # reason: of somebody else's token, whose claims are of any kind
        return None
