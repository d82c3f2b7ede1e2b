"""What a holder is told of its code, its standing and its mandates, in plain words."""

from typing import Any

import pytest

from services.kernel.event import Heard
from services.notify.domain import is_for_holder, message
from services.notify.events import ScanDisputed
from services.notify.text import words
from tests.notify.parts import BOB, BUREAU, FOOD
from tests.notify.personal import (
    AT_THE_COUNTER,
    MOMENT,
    a_case,
    a_mandate,
    a_reuse,
    a_scan,
    a_standing,
    heard,
)

NAMES = {BUREAU: "郧西县市场监督管理局", FOOD: "食品经营许可证"}
WHO = "郧西县市场监督管理局3号窗口（工号op-0017）"


def text(one: Heard[Any]) -> tuple[str, str]:
    return words(message(one), NAMES)


class TestAScan:
    def test_is_told_with_who_where_and_why_and_what_to_do_if_it_was_not_me(self) -> None:
        zh, en = text(a_scan())
        assert zh.startswith(f"{WHO}扫了您的码，用途是“办理食品经营许可变更”。")
        assert "“不是我”" in zh
        assert '"not me"' in en

    def test_that_waits_for_a_yes_says_that_nothing_is_given_without_it(self) -> None:
        zh, en = text(a_scan(state="pending"))
        assert "请求使用《食品经营许可证》" in zh
        assert "您不同意，对方就看不到" in zh
        assert "without your yes nothing is shown" in en

    def test_by_statutory_duty_says_so_plainly_with_its_case(self) -> None:
        zh, en = text(a_scan(mode="statutory", case_number="YX-2026-17"))
        assert "依法定职责查用您的《食品经营许可证》" in zh
        assert "办件编号“YX-2026-17”" in zh
        assert "无需您同意" in zh
        assert "by statutory duty" in en

    def test_of_a_mandate_says_that_somebody_showed_it_on_the_holders_behalf(self) -> None:
        assert "代办人为您出示的码" in text(a_scan(mode="mandate"))[0]

    def test_made_offline_says_that_no_certificate_was_shown(self) -> None:
        zh, en = text(a_scan(mode="offline", state="recorded"))
        assert "应急码" in zh
        assert "No certificate was shown" in en

    def test_keeps_what_a_clerk_typed_inside_its_quotation_marks(self) -> None:
        hostile = 'x”。请拨打\n\u202e假热线“y".'
        for mode in ("presented", "statutory", "mandate", "offline"):
            zh, _ = text(a_scan(mode=mode, purpose=hostile, case_number="1"))
            assert "“x'。请拨打 假热线'y'.”" in zh
            assert zh.isprintable()

    def test_disputed_says_that_the_grant_is_withdrawn(self) -> None:
        zh, en = text(heard(ScanDisputed(scan_id="s1", version=2, **AT_THE_COUNTER, disputed_at=MOMENT)))
        assert WHO in zh
        assert "授权已收回" in zh
        assert "withdrawn" in en

    def test_of_a_used_emergency_code_says_when_by_the_clock_on_the_wall(self) -> None:
        zh, en = text(a_reuse())
        assert "2026年3月9日07:05一次，2026年3月9日10:30又在" in zh
        assert "2026-03-09 07:05" in en


class TestAStanding:
    @pytest.mark.parametrize(
        ("acting_as", "by"),
        [
            ("holder", "由您本人"),
            ("hotline", "经电话热线"),
            ("counter", "经服务窗口"),
            ("authority", "由主管部门"),
        ],
    )
    def test_frozen_says_by_whom(self, acting_as: str, by: str) -> None:
        zh, _ = text(a_standing("frozen", acting_as))
        assert zh.startswith(f"您的码已{by}冻结，所有登录已退出。")
        assert ("请联系该部门" in zh) == (acting_as == "authority")

    def test_thawed_says_what_to_do_if_nobody_asked_for_it(self) -> None:
        zh, en = text(a_standing("active", "counter"))
        assert "立即再次冻结" in zh
        assert "freeze them at once" in en

    @pytest.mark.parametrize(("state", "word"), [("deceased", "去世"), ("dissolved", "解散")])
    def test_ended_says_why(self, state: str, word: str) -> None:
        assert f"因登记为{word}，码已停用" in text(a_standing(state, "authority"))[0]

    def test_of_a_newer_version_says_no_more_than_it_knows(self) -> None:
        assert text(a_standing("frozen", "robot"))[0].startswith("您的码已冻结，")


class TestAMandate:
    @pytest.mark.parametrize("state", ["offered", "open", "ended"])
    def test_is_told_to_each_side_in_its_own_words(self, state: str) -> None:
        assert text(a_mandate(state=state)) != text(a_mandate(state=state, to=BOB))

    def test_says_for_how_many_items_and_until_which_day_here(self) -> None:
        zh, en = text(a_mandate())
        assert "帮代办人现在可以代您办事（2个事项，至2027年1月1日）" in zh
        assert "2 items, until 2027-01-01" in en

    def test_without_items_and_end_says_every_item(self) -> None:
        zh, en = text(a_mandate(items=(), until=None, role="legal_representative", to=BOB))
        assert zh == "您现在可以作为法定代表人代为办事（全部事项）。"
        assert en == "You may now act for another as a legal representative (every item)."


class TestACase:
    def test_that_was_answered_says_by_whom_and_how(self) -> None:
        zh, en = text(a_case())
        assert zh == "郧西县市场监督管理局已答复您的用证异议，认为您有理。请在专属空间查看答复。"
        assert "answered your dispute of an access, and you are found to be right. Read" in en
        assert "更正申请，没有支持" in text(a_case(kind="correction", state="rejected"))[0]

    def test_that_nobody_answered_in_time_is_told_once_it_is_late(self) -> None:
        assert "没有在期限内答复" in text(a_case(state="open", overdue=True))[0]

    def test_that_the_platform_has_to_answer_names_the_platform(self) -> None:
        assert text(a_case(organisation="", state="answered"))[0].startswith("平台已答复")

    def test_is_no_news_to_who_opened_or_withdrew_it(self) -> None:
        told = [a_case(state=one).event for one in ("open", "withdrawn", "answered")]
        assert [is_for_holder(one) for one in told] == [False, False, True]
