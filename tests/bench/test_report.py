import json

from bench.figures import Aim, Figure
from bench.report import PHASES, Report, table

REPORT = Report(
    at="2026-03-05 09:00",
    machine={"cores": "2"},
    figures=[
        Figure(name="road, p50", value=23.44, aim=Aim(50), bare=5.0, beside="2 hops"),
        Figure(name="file", value=100.0, unit="rows/s", aim=Aim(150, ">=")),
        Figure(name="hello", value=0.2),
    ],
    steps=[("sent -> written", 9.6, 25.6)],
    memory={"certs-0": 120.6, "kafka": 418.0},
    cpu={"road": {"certs-0": 17.4}},
)


class TestTables:
    def test_line_their_columns_up_also_with_chinese(self) -> None:
        lines = table(("what", "ms"), [("一码", "1.0"), ("longer", "100.0")]).splitlines()
        assert lines == [
            "| what   |    ms |",
            "| :----- | ----: |",
            "| 一码   |   1.0 |",
            "| longer | 100.0 |",
        ]


class TestReports:
    def test_mark_each_aim_met_or_missed(self) -> None:
        said = {
            line.split("|")[1].strip(): line for line in REPORT.text().splitlines() if line.startswith("|")
        }
        assert [cell.strip() for cell in said["road, p50"].split("|")[2:7]] == [
            "23.4 ms",
            "<= 50",
            "met",
            "5.0 (2 hops)",
            "4.7",
        ]
        assert "MISSED" in said["file"]
        assert "met" not in said["hello"]
        assert "25.6" in said["sent -> written"]

    def test_leave_blank_what_was_not_measured(self) -> None:
        (line,) = [line for line in REPORT.text().splitlines() if line.startswith("| kafka")]
        assert [cell.strip() for cell in line.split("|")[2:-1]] == ["418", *[""] * len(PHASES)]

    def test_keep_everything_as_json_with_what_is_computed(self) -> None:
        kept = json.loads(REPORT.json())
        first, second, third = kept["figures"]
        assert (first["value"], first["met"], round(first["ratio"], 2)) == (23.44, True, 4.69)
        assert second["met"] is False
        assert third["met"] is third["ratio"] is None
        assert kept["memory"] == REPORT.memory
        assert kept["machine"] == {"cores": "2"}
