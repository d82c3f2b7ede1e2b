"""Messages in plain words."""

import re
from dataclasses import replace

import pytest

from services.kernel.event import Heard
from services.notify.domain import Told, message
from services.notify.text import words
from tests.notify.parts import BUREAU, FOOD, a_change, an_access, an_entry

NAMES = {BUREAU: "郧西县市场监督管理局", FOOD: "食品经营许可证"}


def text(heard: Heard[Told], **params: str | None) -> tuple[str, str]:
    told = message(heard)
    return words(replace(told, params={"valid_to": None, **told.params, **params}), NAMES)


class TestText:
    def test_says_that_a_certificate_has_arrived(self) -> None:
        zh, en = text(an_entry(), valid_to="2031-03-05")
        start = "您的《食品经营许可证》已由郧西县市场监督管理局签发，存入您的专属空间。"
        assert zh == f"{start}有效期至2031年3月5日。"
        assert en == (
            "Your certificate 食品经营许可证 was issued by 郧西县市场监督管理局 and is now in your space."
            " It is valid until 2031-03-05."
        )

    def test_says_that_a_certificate_has_no_end(self) -> None:
        zh, en = text(an_entry(), valid_to=None)
        assert zh.endswith("长期有效。")
        assert en.endswith("It has no end date.")

    def test_says_that_a_certificate_was_renewed(self) -> None:
        zh, en = text(a_change())
        assert zh == (
            "您的《食品经营许可证》已由郧西县市场监督管理局延续或变更，新版已存入您的专属空间，旧版不再使用。"
        )
        assert en.endswith("The new edition is in your space, and the earlier one counts no more.")

    def test_says_that_a_certificate_was_corrected_or_was_never_theirs(self) -> None:
        zh, _ = text(a_change(change="correct"))
        assert "更正，请查看更正后的内容。" in zh
        zh, en = text(a_change(change="correct", state="removed"))
        assert zh.startswith("您空间里的《食品经营许可证》")
        assert "移除，它不属于您，存入有误，内容已清除。" in zh
        assert "It is not yours" in en

    @pytest.mark.parametrize("change", ["suspend", "withdraw", "revoke", "cancel", "resume", "correct"])
    def test_of_a_decision_say_where_its_reason_is_read(self, change: str) -> None:
        zh, en = text(a_change(change=change))
        assert zh.endswith("理由、文号和决定日期，请打开专属空间中的这张证照查看。")
        assert "The reason, the number and the day of the decision stand with it" in en

    def test_of_the_calendar_name_no_decision(self) -> None:
        assert "理由" not in text(a_change(change="expire"))[0]

    def test_write_the_counter_as_chinese_is_written(self) -> None:
        zh, en = text(an_access(counter="政务大厅 3 号窗口", operator="sg-0317@staff"))
        assert zh.startswith("郧西县市场监督管理局政务大厅3号窗口（工号sg-0317）")
        assert "政务大厅 3 号窗口 (staff number sg-0317)" in en

    def test_says_who_used_what_for_what(self) -> None:
        zh, en = text(an_access())
        assert zh == (
            "郧西县市场监督管理局3号窗口（工号op-0017）为“办理食品经营许可变更”使用了您的《食品经营许可证》。"
        )
        assert en.endswith('used your 食品经营许可证 for "办理食品经营许可变更".')

    def test_says_that_an_attempt_was_refused_and_why(self) -> None:
        zh, en = text(an_access(outcome="refused", reason="grant_expired"))
        assert "没有成功（授权已过期），对方没有看到任何证照内容。" in zh
        assert "was refused: the grant has expired. Nothing was shown." in en

    def test_says_no_more_than_it_knows(self) -> None:
        zh, en = text(an_entry(), authority_name="", valid_to=None)
        assert zh.startswith("您的《食品经营许可证》已签发，存入您的专属空间。")
        assert "was issued and is now" in en
        assert "郧西县市场监督管理局 (staff number op-0017) used" in text(an_access(counter=""))[1]

    def test_keeps_what_was_typed_in_its_place(self) -> None:
        hostile = 'x”使用了您的证照。\n\u202e郧西县公安局\u200b为“y".'
        for heard in (an_access(purpose=hostile), an_access(purpose=hostile, outcome="refused")):
            zh, en = text(heard)
            assert "为“x'使用了您的证照。 郧西县公安局为'y'.”" in zh
            assert zh.count("“") == zh.count("”") == 1
            assert en.count('"') == 2
            assert zh.isprintable()

    def test_of_a_concession_says_who_checked_it_and_not_on_which_ground(self) -> None:
        zh, en = text(an_access(outcome="used", purpose="乘车"))
        assert "为“乘车”核验了您的优待资格，您使用了一次优待。没有任何证照内容提供给对方。" in zh
        assert 'checked your concession for "乘车"; one use of it is counted. Nothing was shown.' in en
        assert "食品" not in zh

    def test_says_less_of_a_reason_that_it_does_not_know(self) -> None:
        zh, en = text(an_access(outcome="refused", reason="of_a_newer_version", certificate_types=()))
        assert re.search("试图使用您的证照，没有成功，对方没有看到任何证照内容。", zh)
        assert "and was refused. Nothing" in en
