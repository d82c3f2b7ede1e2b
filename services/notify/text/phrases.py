"""What all texts are put together from."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.kernel.clock import SHANGHAI
from services.kernel.reasons import reasons

Texts = tuple[str, str]
Params = Mapping[str, Any]
Names = Mapping[str, str]


def plain(said: str) -> str:
    """In one line, without what nobody sees: marks that turn the reading direction, blanks of no width."""
    return "".join(filter(str.isprintable, " ".join(said.split())))


def quotable(said: str) -> str:
    """What a clerk typed stays inside its quotation marks: it must not end them and go on in our name."""
    return said.translate({ord(mark): "'" for mark in '“”„‟"'})


def who(params: Params, names: Names) -> Texts:
    """Say whose operator it was, and where."""
    organisation = names.get(params["organisation"], params["organisation"])
    counter = params["counter"]
    # The number on the badge; by which log-in it came says nothing to the holder, and stands in the record.
    staff = params["operator"].rpartition("@")[0] or params["operator"]
    where = ", ".join(filter(None, (organisation, counter)))
    return f"{organisation}{_closed(counter)}（工号{staff}）", f"{where} (staff number {staff})"


def _closed(said: str) -> str:
    """Chinese has no blanks around a number: `3 号窗口` is typed so by people used to a keyboard."""
    return re.sub(r"(?<=[\u4e00-\u9fff]) +(?=\d)|(?<=\d) +(?=[\u4e00-\u9fff])", "", said)


def certificates(types: Sequence[str], names: Names) -> Texts:
    """Name these certificate types, as far as their names are known."""
    if not types:
        return "证照", "certificates"
    called = [names.get(code, code) for code in types]
    return "、".join(f"《{name}》" for name in called), ", ".join(called)


def reason(code: str | None) -> Texts:
    """Put the reason of a refusal in its words; a newer producer may give one that we do not have yet."""
    known = reasons().get(code or "")
    if known is None:
        return "", ""
    return f"（{known.zh}）", f": {known.en[:1].lower()}{known.en[1:]}"


def day(when: date) -> Texts:
    """A civil date."""
    return f"{when.year}年{when.month}月{when.day}日", when.isoformat()


def minute(when: str) -> Texts:
    """A moment, by the clock on the wall."""
    there = datetime.fromisoformat(when).astimezone(SHANGHAI)
    zh, en = day(there.date())
    return f"{zh}{there:%H:%M}", f"{en} {there:%H:%M}"
