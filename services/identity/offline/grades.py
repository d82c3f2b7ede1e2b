"""What a counter is told of a code, in the words of the counter."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from services.identity.domain.codes import Emergency

Grade = Literal[
    "genuine", "expired", "not_yet_valid", "key_dead", "key_unknown", "revoked", "forged", "foreign",
    "unreadable", "wrong_kind",
]  # fmt: skip

# What the clerk reads of each grade, and what to do next.
WORDS: Mapping[Grade, tuple[str, str]] = {
    "genuine": (
        "真码，在有效期内，不在名单上。请核对本人；用后登记，联网后补传。",
        "Genuine, in time, on no list. Check the person; note the use and upload it once online.",
    ),
    "expired": (
        "应急码已过期。请换一张未过期的应急码，或核验证件原件。",
        "The emergency code has expired. Ask for another one, or check the document itself.",
    ),
    "not_yet_valid": (
        "应急码的时间晚于本机时间。请先核对本机时钟。",
        "The code is from later than this machine's time. Check the clock of this machine first.",
    ),
    "key_dead": (
        "签发密钥已作废，不可采信。请核验证件原件。",
        "Signed with a key that was declared dead: not to be believed. Check the document itself.",
    ),
    "key_unknown": (
        "名单里没有签发密钥：名单过旧或码系伪造，无法分辨。请核验证件原件。",
        "The key is not in the file: the file is too old or the code is forged. Check the document itself.",
    ),
    "revoked": (
        "应急码已作废（挂失或收回）。请核验证件原件。",
        "The emergency code was revoked. Check the document itself.",
    ),
    "forged": (
        "签名不符，伪造或损坏。请对方重新亮码；仍不符的，核验证件原件。",
        "The signature does not hold: forged or damaged. Scan again; if it fails, check the document itself.",
    ),
    "foreign": (
        "其他系统的码。请对方打开一码的应急码。",
        "Another system's code. Ask for the emergency code of Yima.",
    ),
    "unreadable": (
        "没有读到内容，或没有读完整。请重新扫码；仍不行的，核验证件原件。",
        "Nothing was read, or only a part. Scan again; if it fails again, check the document itself.",
    ),
    "wrong_kind": (
        "真码，但不是应急码：断网时无法知道是否用过。请对方打开应急码。",
        "Genuine, of another kind: offline nobody knows whether it was used. Ask for an emergency code.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """`age`: of keys and lists; below nought the clocks differ. `emergency`: of a signed code alone."""

    grade: Grade
    age: timedelta
    code_id: str | None = None
    expires_at: datetime | None = None
    emergency: Emergency | None = None
    risks: tuple[tuple[str, str], ...] = ()

    @property
    def is_genuine(self) -> bool:
        """Whether the counter may go on."""
        return self.grade == "genuine"


def shown_as_json(graded: Graded) -> str:
    """For another program."""
    zh, en = WORDS[graded.grade]
    said = {
        "grade": graded.grade,
        "genuine": graded.is_genuine,
        "text_zh": zh,
        "text_en": en,
        "age_seconds": int(graded.age.total_seconds()),
        "code_id": graded.code_id,
        "expires_at": graded.expires_at.isoformat() if graded.expires_at else None,
        "name_masked": graded.emergency.name_masked if graded.emergency else None,
        "concessions": list(graded.emergency.concessions) if graded.emergency else [],
        "risks_zh": [zh for zh, _ in graded.risks],
        "risks_en": [en for _, en in graded.risks],
    }
    return json.dumps(said, ensure_ascii=False)


def shown_as_text(graded: Graded) -> str:
    """For a person: the grade, what the code says, how old the lists are, and what remains to be risked."""
    zh, en = WORDS[graded.grade]
    hours = graded.age.total_seconds() / 3600
    lines = [f"{zh}", f"{en}"]
    if graded.emergency and graded.is_genuine:
        said = "、".join(graded.emergency.concessions) or "-"
        lines.append(f"{graded.emergency.name_masked}  优待 concessions: {said}")
    lines.append(f"密钥和名单已有 {hours:.1f} 小时 / keys and lists are {hours:.1f} h old")
    lines += [f"! {risk_zh} / {risk_en}" for risk_zh, risk_en in graded.risks]
    return "\n".join(lines)
