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


def access_pulled(params: Params, names: Names) -> Texts:
    """Certificates were used."""
    (who_zh, who_en), purpose = who(params, names), quotable(params["purpose"])
    what_zh, what_en = certificates(params["certificate_types"], names)
    return f"{who_zh}为“{purpose}”调用了您的{what_zh}。", f'{who_en} used your {what_en} for "{purpose}".'


def access_refused(params: Params, names: Names) -> Texts:
    """Somebody tried in vain."""
    (who_zh, who_en), purpose = who(params, names), quotable(params["purpose"])
    what_zh, what_en = certificates(params["certificate_types"], names)
    why_zh, why_en = reason(params["reason"])
    return (
        f"{who_zh}为“{purpose}”试图调用您的{what_zh}，没有成功{why_zh}。没有任何证照内容提供给对方。",
        f'{who_en} tried to use your {what_en} for "{purpose}" and was refused{why_en}. Nothing was shown.',
    )
