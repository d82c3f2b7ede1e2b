"""Who may act for whom."""

from collections.abc import Mapping
from datetime import datetime

from services.kernel.clock import SHANGHAI
from services.notify.text.phrases import Names, Params, Texts, day

_ROLES: Mapping[str, Texts] = {
    "guardian": ("监护人", "guardian"),
    "legal_representative": ("法定代表人", "legal representative"),
    "agent": ("代理人", "agent"),
    "helper": ("帮代办人", "helper"),
    "heir": ("继承人", "heir"),
    "liquidator": ("清算人", "liquidator"),
}


def mandate_offered(params: Params, _names: Names) -> Texts:
    """To who gave it, or to who is asked to take it."""
    (role_zh, role_en), (what_zh, what_en) = _role(params), _extent(params)
    if params["given"]:
        return (
            f"您提出委托{role_zh}代您办事（{what_zh}），对方接受后生效。如非本人所为，请立即终止委托。",
            (
                f"You offered a mandate to {role_en} ({what_en}); it opens once accepted. "
                "If it was not you, end it at once."
            ),
        )
    return (
        f"有人请您担任{role_zh}代为办事（{what_zh}），请在“委托”中接受或拒绝。",
        f"You are asked to act as {role_en} ({what_en}): accept or decline it under mandates.",
    )


def mandate_opened(params: Params, _names: Names) -> Texts:
    """Both sides see it, and either may end it."""
    (role_zh, role_en), (what_zh, what_en) = _role(params), _extent(params)
    if params["given"]:
        return (
            f"您的{role_zh}现在可以代您办事（{what_zh}）。您可以随时在“委托”中查看或终止。",
            (
                f"{role_en.capitalize()} may now act for you ({what_en}). "
                "You can see or end it under mandates at any time."
            ),
        )
    return (
        f"您现在可以作为{role_zh}代为办事（{what_zh}）。",
        f"You may now act for another as {role_en} ({what_en}).",
    )


def mandate_ended(params: Params, _names: Names) -> Texts:
    """At once, for what was granted under it too."""
    role_zh, role_en = _role(params)
    if params["given"]:
        return (
            f"{role_zh}代您办事的委托已终止，据此给出的授权同时失效。",
            (
                f"The mandate of your {role_en.partition(' ')[2]} has ended, "
                "and with it what was granted under it."
            ),
        )
    return (
        f"您以{role_zh}身份代为办事的委托已终止。",
        f"Your mandate to act as {role_en} has ended.",
    )


def _role(params: Params) -> Texts:
    zh, en = _ROLES.get(params["role"], ("代办人", "representative"))
    return zh, f"{'an' if en[0] in 'aeiou' else 'a'} {en}"


def _extent(params: Params) -> Texts:
    """For what, and until when; the items are shown by name where mandates are listed."""
    items = len(params["items"])
    what = (
        (f"{items}个事项", f"{items} item{'s' if items > 1 else ''}") if items else ("全部事项", "every item")
    )
    if not params["until"]:
        return what
    until_zh, until_en = day(datetime.fromisoformat(params["until"]).astimezone(SHANGHAI).date())
    return f"{what[0]}，至{until_zh}", f"{what[1]}, until {until_en}"
