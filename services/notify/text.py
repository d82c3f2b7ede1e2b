"""The texts of messages, made when they are read: plain words, in Chinese and in English."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.kernel.reasons import reasons
from services.notify.domain import Message

Texts = tuple[str, str]


def words(message: Message, names: Mapping[str, str]) -> Texts:
    """Give the text in Chinese and in English; `names` are what the codes in it are called."""
    params = {name: _plain(said) if isinstance(said, str) else said for name, said in message.params.items()}
    if message.kind == "entry_added":
        return _entry_added(params)
    plain = {code: _plain(name) for code, name in names.items()}
    return _access(params, plain, refused=message.kind == "access_refused")


def _plain(said: str) -> str:
    """In one line, without what nobody sees: marks that turn the reading direction, blanks of no width."""
    return "".join(filter(str.isprintable, " ".join(said.split())))


def _quotable(said: str) -> str:
    """What a clerk typed stays inside its quotation marks: it must not end them and go on in our name."""
    return said.translate({ord(mark): "'" for mark in '“”„‟"'})


def _entry_added(params: Mapping[str, Any]) -> Texts:
    certificate, authority = params["certificate_name"], params["authority_name"]
    by_zh, by_en = (f"由{authority}", f" by {authority}") if authority else ("", "")
    if params["valid_to"] is None:
        until_zh, until_en = "长期有效", "It has no end date"
    else:
        until = date.fromisoformat(params["valid_to"])
        until_zh, until_en = (
            f"有效期至{until.year}年{until.month}月{until.day}日",
            f"It is valid until {until.isoformat()}",
        )
    return (
        f"您的《{certificate}》已{by_zh}签发，存入您的专属空间。{until_zh}。",
        f"Your certificate {certificate} was issued{by_en} and is now in your space. {until_en}.",
    )


def _access(params: Mapping[str, Any], names: Mapping[str, str], *, refused: bool) -> Texts:
    organisation = names.get(params["organisation"], params["organisation"])
    counter, operator, purpose = params["counter"], params["operator"], _quotable(params["purpose"])
    what_zh, what_en = _certificates(params["certificate_types"], names)
    who_zh = f"{organisation}{counter}（经办人{operator}）为“{purpose}”"
    where_en = ", ".join(filter(None, (organisation, counter)))
    who_en = f"{where_en} (operator {operator})"
    if not refused:
        return f"{who_zh}调用了您的{what_zh}。", f'{who_en} used your {what_en} for "{purpose}".'
    why_zh, why_en = _reason(params["reason"])
    return (
        f"{who_zh}试图调用您的{what_zh}，没有成功{why_zh}。没有任何证照内容提供给对方。",
        f'{who_en} tried to use your {what_en} for "{purpose}" and was refused{why_en}. Nothing was shown.',
    )


def _certificates(types: Sequence[str], names: Mapping[str, str]) -> Texts:
    if not types:
        return "证照", "certificates"
    called = [names.get(code, code) for code in types]
    return "".join(f"《{name}》" for name in called), ", ".join(called)


def _reason(code: str | None) -> Texts:
    """Put the reason of a refusal in its words; a newer producer may give one that we do not have yet."""
    reason = reasons().get(code or "")
    if reason is None:
        return "", ""
    return f"（{reason.zh}）", f": {reason.en[:1].lower()}{reason.en[1:]}"
