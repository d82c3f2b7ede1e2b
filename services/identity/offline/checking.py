"""Grading a code with what is in the file; no network, no data, no grant."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.identity.codes import CodeReader, Opened, key_id_of, unwrapped
from services.identity.domain.codes import (
    CodeExpired,
    CodeForeign,
    CodeForged,
    CodeIncomplete,
    CodeKeyUnknown,
    CodeNotYetValid,
    CodeUnreadable,
    Shown,
)
from services.identity.domain.emergency import EMERGENCY_LIFE
from services.identity.offline.grades import Grade, Graded


class BundleUnusable(Exception):
    """For the person at the counter: the file, and what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What `GET /v1/offline-bundle` gave, ready for use: keep one, for making it costs more than a check."""

    made_at: datetime
    reader: CodeReader
    dead_keys: frozenset[str]
    revoked: frozenset[str]


def read_bundle(text: str) -> Bundle:
    """Give the bundle, or raise `BundleUnusable`."""
    try:
        said: dict[str, Any] = json.loads(text)
        made_at = datetime.fromisoformat(said["made_at"])
        return Bundle(
            made_at=made_at.astimezone(UTC),
            reader=CodeReader(said["keys"]),
            dead_keys=_texts(said["dead_keys"]),
            revoked=_texts(said["revoked"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise BundleUnusable(f"not what GET /v1/offline-bundle gives: {type(error).__name__}") from error


def _texts(said: object) -> frozenset[str]:
    if not isinstance(said, list) or not all(isinstance(one, str) for one in said):
        raise TypeError("a list of texts is needed")
    return frozenset(said)


def check(code: str, bundle: Bundle, *, at: datetime) -> Graded:
    """Grade any text; `at` is the time of this machine. Nothing is raised."""
    age = at - bundle.made_at
    try:
        opened = bundle.reader.open(code)
    except CodeKeyUnknown:
        dead = key_id_of(unwrapped(code)) in bundle.dead_keys
        return Graded(grade="key_dead" if dead else "key_unknown", age=age)
    except (CodeUnreadable, CodeIncomplete):
        return Graded(grade="unreadable", age=age)
    except CodeForeign:
        return Graded(grade="foreign", age=age)
    except CodeForged:
        return Graded(grade="forged", age=age)
    grade = _grade(opened, bundle, at)
    return Graded(
        grade=grade,
        age=age,
        code_id=opened.code_id,
        expires_at=opened.expires_at,
        emergency=opened.emergency,
        risks=_risks(opened, bundle, at) if grade == "genuine" else (),
    )


def _grade(opened: Opened, bundle: Bundle, at: datetime) -> Grade:
    if opened.key_id in bundle.dead_keys:
        return "key_dead"
    if opened.emergency is None:
        return "wrong_kind"
    if opened.code_id in bundle.revoked:
        return "revoked"
    shown = Shown(code_id=opened.code_id, key_id=opened.key_id, holder_id=None, expires_at=opened.expires_at)
    try:
        shown.check_time(at=at, life=EMERGENCY_LIFE)
    except CodeExpired:
        return "expired"
    except CodeNotYetValid:
        return "not_yet_valid"
    return "genuine"


def _risks(opened: Opened, bundle: Bundle, at: datetime) -> tuple[tuple[str, str], ...]:
    """What nobody can know here; it stays with whoever goes on."""
    made = f"{bundle.made_at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
    risks = [
        ("可能已在别处用过：断网时无法得知。", "It may have been used elsewhere: offline nobody can tell."),
        (
            f"{made} 之后作废的码和密钥，本名单不知道。",
            f"Codes and keys revoked after {made} are not on these lists.",
        ),
    ]
    if bundle.made_at < opened.expires_at - EMERGENCY_LIFE:
        risks.append(
            (
                "名单早于此码的签发：名单对此码什么也没说，请更新名单。",
                "The lists are older than this code, so they say nothing about it: fetch new ones.",
            )
        )
    if bundle.made_at > at:
        risks.append(
            (
                "名单的时间晚于本机：请核对本机时钟。",
                "The lists are from later than this machine's time: check the clock.",
            )
        )
    if opened.emergency and opened.emergency.concessions:
        risks.append(
            (
                "优待类别由持码人自选，未经核验：请看相应证件。",
                "The concessions are the holder's own word: ask to see the document.",
            )
        )
    return tuple(risks)
