"""What the demo prints stands in columns, also where a character is two places wide."""

from deploy.local.terminal import columns, width


class TestWidth:
    def test_is_two_for_a_chinese_character_and_none_for_a_mark_over_another(self) -> None:
        assert [width(text) for text in ("abc", "食品", "（代）", "e\u0301", "")] == [3, 4, 6, 1, 0]


class TestColumns:
    def test_begin_at_the_same_place_in_every_line(self) -> None:
        lines = columns([("食品经营许可证", "valid", "x"), ("id", "not_valid", "长期")])
        places = [
            [width(line[: line.index(cell)]) for cell in cells]
            for line, cells in zip(lines, (("valid", "x"), ("not_valid", "长期")), strict=True)
        ]
        assert places[0] == places[1] == [16, 27]

    def test_leave_no_blanks_at_the_end_and_take_no_rows(self) -> None:
        assert columns([("长", ""), ("a", "b")]) == ["长", "a   b"]
        assert columns([]) == []
