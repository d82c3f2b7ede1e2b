"""A verdict for the person at the terminal, and for another program."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.certs.domain.seal import Verdict as State
from services.certs.domain.verification import Answer, Verification
from services.kernel.reasons import reasons

_ASKED = {
    "integrity": "内容 integrity",
    "status": "状态 status",
    "issuer": "颁发 issuer",
    "marking": "加注 copy",
}
_STATES: Mapping[State, str] = {"valid": "✓ valid", "invalid": "✗ invalid", "unknown": "? unknown"}


def shown_as_text(verdict: Verification) -> str:
    """A table: what was asked, the answer, why, what to do next; then what the certificate says."""
    lines = []
    for name, answer in verdict.answers:
        reason = reasons()[answer.code]
        lines.append(f"{_ASKED[name]:<14} {_STATES[answer.state]:<10} {answer.code}")
        lines += [f"    {reason.zh} / {reason.en}", f"    → {reason.next_zh} / {reason.next_en}"]
        if answer.detail:
            lines.append(f"    ({_printable(answer.detail)})")
    if verdict.status_age is not None:
        lines.append(
            f"状态数据已有 {_age(verdict.status_age)} / the status is {_age(verdict.status_age)} old"
        )
    lines += [f"  {words}: {_printable(', '.join(names))}" for words, names in _of_page(verdict) if names]
    if verdict.shown:
        lines += _content(verdict.shown)
    return "\n".join(lines)


def shown_as_json(verdict: Verification) -> str:
    """One object; times RFC 3339, ages in seconds."""
    shown, age = verdict.shown, verdict.status_age
    said: dict[str, Any] = {
        "state": verdict.state,
        **{name: _answer(answer) for name, answer in verdict.answers},
        "status_age_seconds": int(age.total_seconds()) if age is not None else None,
        "certificate": {name: _plain(value) for name, value in shown.items()} if shown else None,
    }
    if verdict.kind != "token":
        said |= {"kind": verdict.kind, "differing": verdict.differing, "unproved": verdict.unproved}
    return json.dumps(said, ensure_ascii=False)


def _answer(answer: Answer) -> Mapping[str, str]:
    return {"state": answer.state, "code": answer.code, "detail": answer.detail}


def _of_page(verdict: Verification) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("版面不符 differing", verdict.differing), ("凭证未证明 unproved", verdict.unproved)


def _content(shown: Mapping[str, Any]) -> list[str]:
    said = {"issuer": shown["issuer"], "type": shown["type"], **shown["claims"]}
    said |= {f"fields.{name}": value for name, value in shown["fields"].items()}
    lines = [f"  {_printable(name)}: {_printable(_text(value))}" for name, value in said.items()]
    return ["", *lines, f"  未出示 kept back: {shown['kept_back']}"]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _printable(text: str) -> str:
    """What a stranger wrote moves no cursor, changes no colour and turns no direction of writing."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds()) // 60
    return f"{minutes // 60} h {minutes % 60:02} min"
