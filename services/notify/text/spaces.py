"""What came into a space, and who used what is in it."""

from datetime import date

from services.notify.text.phrases import Names, Params, Texts, certificates, day, quotable, reason, who


def entry_added(params: Params, _names: Names) -> Texts:
    """A certificate has arrived."""
    certificate, authority = params["certificate_name"], params["authority_name"]
    by_zh, by_en = (f"由{authority}", f" by {authority}") if authority else ("", "")
    if params["valid_to"] is None:
        until_zh, until_en = "长期有效", "It has no end date"
    else:
        day_zh, day_en = day(date.fromisoformat(params["valid_to"]))
        until_zh, until_en = f"有效期至{day_zh}", f"It is valid until {day_en}"
    return (
        f"您的《{certificate}》已{by_zh}签发，存入您的专属空间。{until_zh}。",
        f"Your certificate {certificate} was issued{by_en} and is now in your space. {until_en}.",
    )


# What was done, and what that means for the holder.
_CHANGES = {
    "renew": (
        "延续或变更",
        "was renewed or changed",
        "新版已存入您的专属空间，旧版不再使用",
        "The new edition is in your space, and the earlier one counts no more",
    ),
    "correct": ("更正", "was corrected", "请查看更正后的内容", "Look at what it says now"),
    "removed": (
        "移除",
        "was taken out of your space",
        "它不属于您，存入有误，内容已清除",
        "It is not yours and had been put there by mistake; what it said is deleted",
    ),
    "suspend": ("暂扣", "was suspended", "暂时不能使用", "It cannot be used for now"),
    "resume": ("恢复", "was resumed", "可以继续使用", "It can be used again"),
    "withdraw": ("撤销", "was withdrawn", "不能再使用", "It cannot be used any more"),
    "revoke": ("吊销", "was revoked", "不能再使用", "It cannot be used any more"),
    "cancel": ("注销", "was cancelled", "不能再使用", "It cannot be used any more"),
    "expire": (
        "到期",
        "has expired",
        "需要继续使用的，请向发证机关申请延续",
        "If you need it, have it renewed",
    ),
}
# An authority's order gives its reason. It may tell of persons, so it travels sealed to the space alone, and
# the message says where it is read.
_ORDERED = frozenset({"correct", "suspend", "resume", "withdraw", "revoke", "cancel"})
_WHY: Texts = (
    "理由、文号和决定日期，请打开专属空间中的这张证照查看。",
    " The reason, the number and the day of the decision stand with it in your space.",
)
_OTHERWISE = ("变更", "was changed", "请查看详情", "Look at its details")


def entry_changed(params: Params, _names: Names) -> Texts:
    """A certificate is in another state, or in another edition."""
    certificate, authority = params["certificate_name"], params["authority_name"]
    what = "removed" if params["state"] == "removed" else params["change"]
    done_zh, done_en, so_zh, so_en = _CHANGES.get(what, _OTHERWISE)
    # The calendar is nobody's decision.
    decided = authority and params["change"] != "expire"
    by_zh, by_en = (f"由{authority}", f" by {authority}") if decided else ("", "")
    where_zh, where_en = _WHY if params["change"] in _ORDERED else ("", "")
    whose_zh, whose_en = ("您空间里的", "The") if what == "removed" else ("您的", "Your")
    return (
        f"{whose_zh}《{certificate}》已{by_zh}{done_zh}，{so_zh}。{where_zh}",
        f"{whose_en} certificate {certificate} {done_en}{by_en}. {so_en}.{where_en}",
    )


def access_pulled(params: Params, names: Names) -> Texts:
    """Certificates were used."""
    (who_zh, who_en), purpose = who(params, names), quotable(params["purpose"])
    what_zh, what_en = certificates(params["certificate_types"], names)
    return f"{who_zh}为“{purpose}”使用了您的{what_zh}。", f'{who_en} used your {what_en} for "{purpose}".'


def access_refused(params: Params, names: Names) -> Texts:
    """Somebody tried in vain."""
    (who_zh, who_en), purpose = who(params, names), quotable(params["purpose"])
    what_zh, what_en = certificates(params["certificate_types"], names)
    why_zh, why_en = reason(params["reason"])
    return (
        f"{who_zh}为“{purpose}”试图使用您的{what_zh}，没有成功{why_zh}，对方没有看到任何证照内容。",
        f'{who_en} tried to use your {what_en} for "{purpose}" and was refused{why_en}. Nothing was shown.',
    )


_ABOUT = {
    "dispute": ("用证异议", "dispute of an access"),
    "correction": ("更正申请", "request for a correction"),
}
_UPHELD = {
    "upheld": ("，认为您有理", ", and you are found to be right"),
    "rejected": ("，没有支持", ", and it is not upheld"),
}


def case_answered(params: Params, names: Names) -> Texts:
    """Somebody has answered."""
    (who_zh, who_en), (about_zh, about_en) = _answerer(params, names), _about(params)
    how_zh, how_en = _UPHELD.get(params["state"], ("", ""))
    return (
        f"{who_zh}已答复您的{about_zh}{how_zh}。请在专属空间查看答复。",
        f"{who_en} answered your {about_en}{how_en}. Read the answer in your space.",
    )


def case_overdue(params: Params, names: Names) -> Texts:
    """Nobody has, in time."""
    (who_zh, who_en), (about_zh, about_en) = _answerer(params, names), _about(params)
    return (
        f"{who_zh}没有在期限内答复您的{about_zh}，已作逾期提示。您也可以拨打12345反映。",
        f"{who_en} did not answer your {about_en} in time, which is on record. You may also call 12345.",
    )


def _answerer(params: Params, names: Names) -> Texts:
    """No organisation: who runs the platform."""
    organisation = params["organisation"]
    known = names.get(organisation, organisation)
    return (known, known) if known else ("平台", "The platform")


def _about(params: Params) -> Texts:
    return _ABOUT.get(params["about"], ("申请", "request"))


def concession_used(params: Params, names: Names) -> Texts:
    """A yes or no was given, and a use counted: which certificates were read is in the space's record."""
    (who_zh, who_en), purpose = who(params, names), quotable(params["purpose"])
    return (
        f"{who_zh}为“{purpose}”核验了您的优待资格，您使用了一次优待。没有任何证照内容提供给对方。",
        f'{who_en} checked your concession for "{purpose}"; one use of it is counted. Nothing was shown.',
    )
