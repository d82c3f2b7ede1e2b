"""Who read a holder's code, and whether the codes work."""

from collections.abc import Mapping

from services.notify.text.phrases import Names, Params, Texts, certificates, minute, quotable, who

_NOT_ME: Texts = (
    "如非本人出示，请立即点“不是我”，对方的授权随即收回。",
    'If it was not you who showed the code, press "not me" at once: what was granted is then withdrawn.',
)
_BY: Mapping[str, Texts] = {
    "holder": ("由您本人", "by yourself"),
    "hotline": ("经电话热线", "by the telephone hotline"),
    "counter": ("经服务窗口", "at a counter"),
    "authority": ("由主管部门", "by an authority"),
}
_ENDED: Mapping[str, Texts] = {"deceased": ("去世", "deceased"), "dissolved": ("解散", "dissolved")}


def code_scanned(params: Params, names: Names) -> Texts:
    """By the holder's own showing, or by that of who acts for the holder."""
    (who_zh, who_en), purpose = who(params, names), quotable(params["purpose"])
    acting = params["mode"] == "mandate"
    whose_zh = "代办人为您出示的码" if acting else "您的码"
    whose_en = "a code that was shown on your behalf" if acting else "your code"
    return (
        f"{who_zh}扫了{whose_zh}，用途是“{purpose}”。{_NOT_ME[0]}",
        f'{who_en} scanned {whose_en} for "{purpose}". {_NOT_ME[1]}',
    )


def consent_asked(params: Params, names: Names) -> Texts:
    """Nothing is handed over before the tap."""
    (who_zh, who_en), purpose = who(params, names), quotable(params["purpose"])
    what_zh, what_en = certificates(params["certificate_types"], names)
    return (
        (
            f"{who_zh}扫了码，请求使用{what_zh}，用途是“{purpose}”。"
            f"请在手机上点“同意”或“拒绝”；您不同意，对方就看不到。{_NOT_ME[0]}"
        ),
        (
            f'{who_en} scanned the code and asks to use {what_en} for "{purpose}". '
            f"Approve or decline on your phone; without your yes nothing is shown. {_NOT_ME[1]}"
        ),
    )


def scanned_by_duty(params: Params, names: Names) -> Texts:
    """Said plainly: the law asks for no consent here, and for this notice."""
    (who_zh, who_en), purpose = who(params, names), quotable(params["purpose"])
    what_zh, what_en = certificates(params["certificate_types"], names)
    case = quotable(params["case_number"] or "")
    return (
        (
            f"{who_zh}依法定职责查用您的{what_zh}，用途是“{purpose}”，办件编号“{case}”。"
            f"这类查用依法无需您同意，但每次都会告知您，并由另一人复核。{_NOT_ME[0]}"
        ),
        (
            f'{who_en} was given access to your {what_en} by statutory duty for "{purpose}", case "{case}". '
            "The law asks for no consent here; you are told each time, and a second person reviews it. "
            f"{_NOT_ME[1]}"
        ),
    )


def scanned_offline(params: Params, names: Names) -> Texts:
    """An emergency code, told afterwards."""
    (who_zh, who_en), purpose = who(params, names), quotable(params["purpose"])
    return (
        f"系统中断期间，{who_zh}核验了您的应急码，用途是“{purpose}”。没有证照内容提供给对方。{_NOT_ME[0]}",
        (
            f'While the system was away {who_en} checked your emergency code for "{purpose}". '
            f"No certificate was shown. {_NOT_ME[1]}"
        ),
    )


def scan_disputed(params: Params, names: Names) -> Texts:
    """What the holder's "not me" has done."""
    who_zh, who_en = who(params, names)
    return (
        f"您已申明{who_zh}扫的码不是您出示的，对方的授权已收回。如手机或证件不在身边，请冻结您的码。",
        (
            f"You said that it was not you who showed the code to {who_en}: what was granted is withdrawn. "
            "If your phone or document is missing, freeze your codes."
        ),
    )


def code_reused(params: Params, names: Names) -> Texts:
    """An emergency code serves once."""
    who_zh, who_en = who(params, names)
    (first_zh, first_en), (then_zh, then_en) = minute(params["first_used_at"]), minute(params["used_at"])
    return (
        (
            f"您的同一个应急码被使用了两次：{first_zh}一次，"
            f"{then_zh}又在{who_zh}一次。如非本人所为，请立即冻结您的码。"
        ),
        (
            f"One of your emergency codes was used twice: on {first_en}, and on {then_en} at {who_en}. "
            "If it was not you, freeze your codes at once."
        ),
    )


def codes_frozen(params: Params, _names: Names) -> Texts:
    """Who did it, what it stops and how to undo it."""
    by_zh, by_en = _BY.get(params["acting_as"], ("", ""))
    how_zh, how_en = "请本人重新登录或到窗口办理", "sign in again or go to a counter"
    if params["acting_as"] == "authority":
        how_zh, how_en = "请联系该部门", "contact that authority"
    return (
        f"您的码已{by_zh}冻结，所有登录已退出。需要解冻的，{how_zh}。",
        (
            f"Your codes were frozen{by_en and ' ' + by_en}, and all sessions have ended. "
            f"To thaw them, {how_en}."
        ),
    )


def codes_thawed(params: Params, _names: Names) -> Texts:
    """Whoever did not ask for it freezes again."""
    by_zh, by_en = _BY.get(params["acting_as"], ("", ""))
    return (
        f"您的码已{by_zh}解冻，可以正常使用。如非您本人要求，请立即再次冻结。",
        (
            f"Your codes were thawed{by_en and ' ' + by_en} and work again. "
            "If you did not ask for it, freeze them at once."
        ),
    )


def codes_ended(params: Params, _names: Names) -> Texts:
    """Deceased or dissolved."""
    why_zh, why_en = _ENDED.get(params["state"], ("终止", "ended"))
    return (
        f"因登记为{why_zh}，码已停用。登记有误的，请联系主管部门更正。",
        (
            f"The codes have ended: the holder is registered as {why_en}. "
            "If this is wrong, contact the authority."
        ),
    )
