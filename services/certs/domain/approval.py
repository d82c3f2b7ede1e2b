"""Approvals (审批办结): what an authority decided."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from services.certs.domain.representation import MOST_REPRESENTATIVES, Representative
from services.kernel.errors import Fault, Faulty, Invalid

_REQUIRED = ("document_name", "document_number", "category", "content")
# One event each, of which a document holds a hundred until they are published.
MOST_JOINT_HOLDERS = 10
_LONGEST, _LONGEST_CONTENT, _LONGEST_RAW = 500, 20_000, 100_000
# 2099-12-31 and 9999-12-31 are written for 长期 where a form insists on a date.
FAR_YEAR = 2099


class ApprovalIncomplete(Faulty):
    """A field without which there is no certificate is empty."""

    code = "approval_incomplete"


class FieldTooLong(Invalid):
    """Longer than a certificate, and a message about it, can carry."""

    code = "approval_field_too_long"


class DatesOutOfOrder(Invalid):
    """The end lies before the begin."""

    code = "dates_out_of_order"


class EndContradicts(Invalid):
    """An end, and 长期 beside it."""

    code = "long_term_with_end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The 行政相对人 as it is sent; `id_type` is the code of GB/T 36903."""

    id_type: str
    id_number: str
    name: str
    legal_representative: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JointHolder:
    """One more whose certificate it is: the other spouse, a co-owner."""

    id_type: str
    id_number: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The JSON of `POST /v1/approvals`, and one row of a file.

    The type is told by its code, or by `certificate_name` as files write it. No `valid_to` = 长期.
    `joint_holders`: all others whose certificate it is, where its type has several.
    `renews`: the number, or the identifier (电子证照标识), of the certificate that this one goes on with.
    `fields`: by name, what the type has beyond these columns; each its text, date (YYYY-MM-DD) or number.
    `source_*`, `remark` and `raw` (the cells as they were written) are kept beside the certificate.
    """

    holder: Holder
    joint_holders: tuple[JointHolder, ...] = ()
    representatives: tuple[Representative, ...] = ()
    certificate_type: str | None = None
    certificate_name: str | None = None
    certificate_number: str | None = None
    renews: str | None = None
    document_name: str
    document_number: str
    category: str
    content: str
    decided_on: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    long_term: bool = False
    authority_code: str
    authority_name: str | None = None
    source_name: str | None = None
    source_code: str | None = None
    remark: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    raw: Mapping[str, str] = field(default_factory=dict)


def check_shape(approval: Approval) -> None:
    """Nothing needed is blank and nothing is longer than can be carried; no text is repeated."""
    texts = _texts(approval)
    names = [f"joint_holders.{place}.name" for place, _ in enumerate(approval.joint_holders)]
    blank = [name for name in ("holder.name", *names, *_REQUIRED) if _is_blank(texts[name] or "")]
    if blank:
        raise ApprovalIncomplete([Fault(name, "nothing", "a text") for name in blank])
    if len(approval.representatives) > MOST_REPRESENTATIVES:
        raise FieldTooLong(f"representatives: {MOST_REPRESENTATIVES} at most")
    if len(approval.joint_holders) > MOST_JOINT_HOLDERS:
        raise FieldTooLong(f"joint_holders: {MOST_JOINT_HOLDERS} at most")
    limits = {"content": _LONGEST_CONTENT}
    long = [name for name, text in texts.items() if text and _is_long(text, limits.get(name, _LONGEST))]
    if long:
        raise FieldTooLong(f"{', '.join(long)}: {_LONGEST} characters at most, content {_LONGEST_CONTENT}")
    if sum(len(name) + len(cell) for name, cell in approval.raw.items()) > _LONGEST_RAW:
        raise FieldTooLong(f"raw: {_LONGEST_RAW} characters at most")


def _is_long(text: str, limit: int) -> bool:
    """Characters, counted as more where JSON takes over four bytes for one: what is signed must travel."""
    # No character takes more than six bytes (\\u0000): most texts need no look.
    if len(text) * 6 <= limit * 4:
        return False
    return max(len(text), -(-len(json.dumps(text, ensure_ascii=False).encode()[1:-1]) // 4)) > limit


def _is_blank(text: str) -> bool:
    """Whether it shows nothing: blanks, control characters and marks without width, or no character."""
    if text[:1].isalnum():
        return False
    return all(one.isspace() or unicodedata.category(one) in {"Cc", "Cf"} for one in text)


def _texts(approval: Approval) -> dict[str, str | None]:
    parts: list[tuple[str, Approval | Holder | JointHolder | Representative]] = [
        ("", approval),
        ("holder.", approval.holder),
    ]
    parts += [(f"representatives.{place}.", one) for place, one in enumerate(approval.representatives)]
    parts += [(f"joint_holders.{place}.", one) for place, one in enumerate(approval.joint_holders)]
    values = {f"{at}{name}": getattr(part, name) for at, part in parts for name in part.__slots__}
    return {name: value for name, value in values.items() if value is None or isinstance(value, str)}


def plain_end(approval: Approval) -> Approval:
    """A day that is written where a form insists on one, and means 长期, is no end."""
    far = approval.valid_to is not None and approval.valid_to.year >= FAR_YEAR
    return replace(approval, valid_to=None, long_term=True) if far else approval


def check_dates(approval: Approval) -> None:
    """Valid to the end of the last day: a certificate may begin and end on one day."""
    begin, end = approval.valid_from, approval.valid_to
    if end and approval.long_term:
        raise EndContradicts(f"got an end on {end} and long_term; needed one of them")
    # A decision may well be taken after the validity began: only a stated begin bounds the end.
    if end and begin and end < begin:
        raise DatesOutOfOrder(f"got an end on {end} before the begin on {begin}; needed no earlier one")
