"""Files of approvals: good rows go through, each bad one is refused alone, and nothing is done twice."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from deploy.local.sample import make
from services.certs.domain import Finding
from services.certs.events import CertificateIssued
from services.certs.imports.importer import SILENT
from services.certs.imports.report import csv_head, csv_lines
from services.certs.sheets.faults import SheetUnreadable
from services.kernel.check_digits import mod_31
from services.kernel.web.idempotency import REQUEST_KEYS
from tests.certs.office import BUREAU, MARKET, Office, an_office, eventually
from tests.certs.sheets import FORM_2015, FORM_2018, FORM_OF_PERSONS, NO_CODE, SHOP, sheet, text_of

NUMBER = "行政相对人代码_1(统一社会信用代码)"
HEALTH = "11420322YM0000003K"


def shop_code(serial: int) -> str:
    first = f"92420322MJ{serial:07d}"
    return first + mod_31(first)


def rows(count: int) -> str:
    """So many good rows, each of its own holder."""
    return sheet(*({NUMBER: shop_code(n), "行政许可决定文书号": f"西食〔2026〕{n}号"} for n in range(count)))


async def report(office: Office, import_id: str, **query: str) -> list[dict[str, str]]:
    answer = await office.client.get(
        f"/v1/imports/{import_id}/report", params=query, headers=office.headers()
    )
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


class TestImport:
    async def test_refuses_only_the_wrong_rows(self, office: Office) -> None:
        content = sheet(
            {},
            {NUMBER: "92420322YM00000013"},
            {NUMBER: NO_CODE},
            {"许可证书名称": "从未听说的许可证"},
            {"许可机关统一社会信用代码": HEALTH},
            {"当前状态": "撤销", "行政许可决定文书号": "西食药许〔2026〕9号"},
            {"许可内容": "散装食品销售"},
        )
        done = await office.imported(content.encode("gb18030"), "许可.csv")
        assert (done["state"], done["rows"], done["issued"], done["refused"]) == ("done", 7, 2, 5)
        lines = await report(office, done["import_id"])
        assert {int(one["line"]): (one["code"], one["column"]) for one in lines} == {
            3: ("id_number_invalid", NUMBER),
            4: ("holder_code_placeholder", NUMBER),
            5: ("certificate_name_unknown", "许可证书名称"),
            6: ("issuer_not_entitled", "许可机关统一社会信用代码"),
            7: ("row_withdrawn", "当前状态"),
        }
        assert all(one["reason"] and one["next_step"] and one["detail"] for one in lines)
        assert len(await office.issued(count=2)) == 2

    async def test_a_second_time_changes_nothing(self, office: Office) -> None:
        content = rows(30).encode()
        first, again = await office.imported(content), await office.imported(content)
        assert (first["issued"], first["already"]) == (30, 0)
        assert (again["issued"], again["already"], again["refused"]) == (0, 30, 0)
        assert first["import_id"] != again["import_id"]
        assert len(office.bus.topics[CertificateIssued.topic()]) == 30

    async def test_counts_a_row_that_stands_twice_in_the_file_once(self, office: Office) -> None:
        done = await office.imported(sheet({}, {}, {"有效期至": "2036-03-04"}).encode())
        assert (done["issued"], done["already"], done["refused"]) == (1, 1, 1)
        (line,) = await report(office, done["import_id"])
        assert (line["line"], line["code"]) == ("4", "approval_conflict")

    async def test_takes_the_sample_whole(self, office: Office) -> None:
        for authority in ("11420322YM0000003K", "11420322YM0000004N", "11420322YM0000005R"):
            await office.register(authority)
        types = list((await office.parts.desk.types.catalogue()).types)
        authorities = [f"11420322YM{n:07d}{mod_31(f'11420322YM{n:07d}')}" for n in range(2, 8)]
        await office.register(BUREAU, source_for=dict.fromkeys(authorities, types))
        for content, name in (
            (make.CSV.read_bytes(), "permits.csv"),
            (make.XLSX.read_bytes(), "persons.xlsx"),
        ):
            done = await office.imported(content, name)
            assert done["state"] == "done"
            assert done["issued"] + done["already"] + done["refused"] == done["rows"]
            lines = await report(office, done["import_id"])
            found = {one["code"] for one in lines}
            assert len({one["line"] for one in lines}) == done["refused"]
            assert "certificate_name_unknown" not in found
            assert "issuer_not_entitled" not in found
            assert "approval_content_wrong" not in found

    async def test_reads_the_form_of_persons_and_puts_aside_the_one_without_codes(
        self, office: Office
    ) -> None:
        road = {"许可证书名称": "道路运输经营许可证", "许可机关统一社会信用代码": "11420322YM0000004N"}
        persons = await office.imported(sheet(road, form=FORM_OF_PERSONS).encode())
        assert persons["issued"] == 1
        old = text_of([["许可公示"], [""], list(FORM_2015), list(FORM_2015.values())])
        done = await office.imported(old.encode())
        assert done["refused"] == 1

    async def test_is_made_once_for_one_key(self, office: Office) -> None:
        content = rows(3).encode()
        first = await office.upload(content, key="the-same-key")
        again = await office.upload(content, key="the-same-key")
        assert first.json() == again.json()
        assert first.headers["Location"] == f"/v1/imports/{first.json()['import_id']}"
        done = await eventually(lambda: office.ended(first.json()["import_id"]))
        assert (done["issued"], done["already"]) == (3, 0)
        other = await office.upload(rows(4).encode(), key="the-same-key")
        assert other.json()["code"] == "idempotency_key_reused"

    async def test_under_a_key_forgotten_since_is_not_answered_with_the_import_of_then(
        self, office: Office
    ) -> None:
        first = await office.upload(rows(1).encode(), key="kept-for-two-days")
        await eventually(lambda: office.ended(first.json()["import_id"]))
        for kept in vars(office.documents)["_kept"][REQUEST_KEYS.name].copy():
            await office.documents.delete(REQUEST_KEYS, kept)
        other = await office.upload(rows(3).encode(), key="kept-for-two-days")
        done = await eventually(lambda: office.ended(other.json()["import_id"]))
        assert done["rows"] == 3

    async def test_is_seen_by_its_organisation_alone(self, office: Office) -> None:
        done = await office.imported(rows(1).encode())
        for path in ("", "/report"):
            answer = await office.client.get(
                f"/v1/imports/{done['import_id']}{path}", headers=office.headers(MARKET)
            )
            assert (answer.status_code, answer.json()["code"]) == (404, "import_unknown")


class TestReport:
    async def test_has_a_line_for_each_rule_that_a_row_breaks(self, office: Office) -> None:
        wrong = {"许可证书名称": "从未听说的许可证", "行政许可决定文书名称": "许" * 501}
        done = await office.imported(sheet(wrong).encode())
        assert done["refused"] == 1
        found = await report(office, done["import_id"])
        assert {one["code"] for one in found} == {"approval_field_too_long", "certificate_name_unknown"}
        assert {one["line"] for one in found} == {"2"}
        assert all(one["reason"] and one["next_step"] for one in found)

    async def test_has_a_line_for_each_wrong_cell_of_a_row_that_counts_once(self, office: Office) -> None:
        wrong = {"许可内容": "", NUMBER: NO_CODE, "有效期至": "2031.1"}
        done = await office.imported(sheet({}, wrong, wrong).encode())
        assert (done["rows"], done["issued"], done["refused"]) == (3, 1, 2)
        found = await report(office, done["import_id"])
        expected = [
            (NUMBER, "holder_code_placeholder"),
            ("有效期至", "date_unreadable"),
            ("许可内容", "row_field_missing"),
        ]
        assert [(one["line"], one["column"], one["code"]) for one in found] == [
            (line, *one) for line in ("3", "4") for one in expected
        ]
        assert all(one["reason"] and one["next_step"] and one["detail"] for one in found)

    async def test_has_the_rules_that_a_row_breaks_beside_its_wrong_cells(self, office: Office) -> None:
        content = sheet(
            {"有效期至": "待定", "许可证书名称": "从未听说的许可证"},
            {"当前状态": "", "许可编号": "X", "许可决定日期": "昨天"},
            {NUMBER: NO_CODE, "许可编号": "X"},
            {"许可内容": "", "许可机关统一社会信用代码": HEALTH, "许可编号": "X"},
            # What could not be read is not also said to be missing, nor what hangs on it.
            {
                "行政相对人名称": "",
                "许可证书名称": "食品经营许可证",
                "有效期自": "2032-01-01",
                "有效期至": "待定",
            },
        )
        done = await office.imported(content.encode())
        assert (done["rows"], done["refused"]) == (5, 5)
        told: dict[int, list[str]] = {}
        for one in await report(office, done["import_id"]):
            told.setdefault(int(one["line"]), []).append(one["code"])
        assert told == {
            2: ["date_unreadable", "certificate_name_unknown"],
            3: ["date_unreadable", "approval_content_wrong"],
            4: ["holder_code_placeholder", "approval_content_wrong"],
            # Who may not send it learns nothing more of its rules.
            5: ["row_field_missing", "issuer_not_entitled"],
            6: ["row_field_missing", "date_unreadable"],
        }

    async def test_holds_no_number_of_a_holder(self, office: Office) -> None:
        wrong = {NUMBER: f"{SHOP[:-1]}9", "备注": "13800000000"}
        done = await office.imported(sheet(wrong, {NUMBER: SHOP, "许可证书名称": "不明"}).encode())
        headers = office.headers()
        text = (await office.client.get(f"/v1/imports/{done['import_id']}/report", headers=headers)).text
        for secret in (SHOP, SHOP[:-1], "13800000000", FORM_2018["行政相对人名称"]):
            assert secret not in text
            assert secret not in office.everything()

    @pytest.mark.parametrize("column", ["许可证书名称", "许可类别", "当前状态", "有效期自"])
    async def test_holds_no_number_that_slipped_into_another_column(
        self, office: Office, column: str
    ) -> None:
        number = "42032219951207426X"
        done = await office.imported(
            sheet({column: number, "行政许可决定文书名称": ""}, {column: number}).encode()
        )
        headers = office.headers()
        text = (await office.client.get(f"/v1/imports/{done['import_id']}/report", headers=headers)).text
        assert number not in text
        assert number not in office.everything()

    async def test_shows_rows_to_look_at_when_asked(self, office: Office) -> None:
        done = await office.imported(sheet({"许可决定日期": "2024-03-05"}).encode())
        assert await report(office, done["import_id"]) == []
        (line,) = await report(office, done["import_id"], warnings="true")
        assert (line["line"], line["code"]) == ("2", "decided_long_ago")

    async def test_goes_over_many_pages(self, office: Office) -> None:
        faults = sheet(*({NUMBER: NO_CODE} for _ in range(2_350)))
        done = await office.imported(faults.encode())
        assert done["refused"] == 2_350
        lines = await report(office, done["import_id"])
        assert [int(one["line"]) for one in lines] == list(range(2, 2_352))

    def test_makes_no_formula_of_what_the_file_says(self) -> None:
        finding = Finding(line=2, column="=cmd()", code="row_field_missing", detail="+1")
        assert csv_lines([finding], warnings=False).startswith("2,'=cmd(),row_field_missing,")
        assert csv_lines([finding], warnings=False).endswith(",'+1\r\n")

    def test_begins_with_the_mark_that_spreadsheet_programs_need(self) -> None:
        assert csv_head() == "\ufeffline,column,code,reason,next_step,detail\r\n"


class TestWholeFile:
    @pytest.mark.parametrize(
        ("content", "name", "status", "code"),
        [
            (b"", "permits.csv", 422, "sheet_empty"),
            (sheet().encode(), "permits.csv", 422, "sheet_empty"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2048), "permits.xls", 415, "sheet_xls_unsupported"),
            ("姓名,年龄\n张三,3\n".encode(), "permits.csv", 422, "sheet_columns_missing"),
            (sheet({}).encode("utf-16"), "permits.csv", 422, "sheet_encoding_unknown"),
            (b"PK\x03\x04" + bytes(11 * 1024 * 1024), "permits.xlsx", 413, "sheet_too_large"),
            (b"PK\x03\x04" + bytes(1024), "permits.xlsx", 422, "sheet_unreadable"),
        ],
        ids=lambda value: value if isinstance(value, str) else None,
    )
    async def test_that_is_no_table_of_approvals_is_answered_at_once(
        self, office: Office, content: bytes, name: str, status: int, code: str
    ) -> None:
        answer = await office.upload(content, name)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["next_step_zh"]
        assert vars(office.documents)["_kept"].get("imports", {}) == {}

    async def test_over_the_limit_is_refused_whether_it_says_its_size_or_not(self, secrets_dir: Path) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield b"x" * 1000

        async with an_office(secrets_dir, largest_upload=2_000) as office:
            said = await office.upload(b"x" * 3_000)
            headers = office.headers(key="12345678")
            path = "/v1/approvals:import?filename=a.csv"
            silent = await office.client.post(path, content=chunks(), headers=headers)
        for answer in (said, silent):
            assert (answer.status_code, answer.json()["code"]) == (413, "sheet_too_large")

    async def test_of_a_sender_that_is_not_known_is_not_read(self, office: Office) -> None:
        headers = office.headers(HEALTH, key="12345678")
        answer = await office.client.post(
            "/v1/approvals:import?filename=a.csv", content=rows(1).encode(), headers=headers
        )
        assert (answer.status_code, answer.json()["code"]) == (503, "organisation_not_yet_known")

    async def test_needs_a_name(self, office: Office) -> None:
        headers = office.headers(key="12345678")
        answer = await office.client.post("/v1/approvals:import", content=rows(1).encode(), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")

    async def test_waits_its_turn_while_as_many_as_allowed_are_worked_through(
        self, secrets_dir: Path
    ) -> None:
        async with an_office(secrets_dir, imports_at_once=0) as office:
            answer = await office.upload(rows(1).encode())
        assert (answer.status_code, answer.json()["code"]) == (503, "imports_busy")

    async def test_waits_its_turn_also_when_all_come_at_the_same_moment(self, secrets_dir: Path) -> None:
        async with an_office(secrets_dir, imports_at_once=2) as office:
            office.bus.down = True  # so that none ends before the last has come
            answers = await asyncio.gather(*(office.upload(rows(1_200).encode()) for _ in range(6)))
            office.bus.down = False
            for one in answers:
                if one.status_code == 202:
                    import_id = one.json()["import_id"]
                    await eventually(lambda: office.ended(import_id))  # noqa: B023 - awaited in its own turn
            again = await office.upload(rows(1).encode())
        assert sorted(one.status_code for one in answers) == [202] * 2 + [503] * 4
        assert again.status_code == 202


class TestTrouble:
    @pytest.mark.parametrize("lose_answers", [False, True])
    async def test_a_database_that_goes_away_in_the_middle_costs_nothing(
        self, office: Office, monkeypatch: pytest.MonkeyPatch, *, lose_answers: bool
    ) -> None:
        monkeypatch.setattr("services.certs.imports.patience.PAUSE_S", 0.01)
        office.wavering.lose_answers = lose_answers
        office.wavering.silent_at = ("insert_many", 7)
        answer = await office.upload((rows(250) + sheet({NUMBER: NO_CODE}).split("\n", 1)[1]).encode())

        async def ended() -> dict[str, object]:
            gone = bool(office.wavering.silent or office.wavering.silent_at[1])
            return {} if gone else await office.ended(answer.json()["import_id"])

        done = await eventually(ended)
        assert (done["state"], done["rows"], done["refused"]) == ("done", 251, 1)
        assert done["issued"] + done["already"] == 250  # type: ignore[operator]
        assert len(vars(office.documents)["_kept"]["certificates"]) == 250
        assert len(await report(office, answer.json()["import_id"])) == 1

    async def test_a_process_that_died_leaves_an_import_that_is_shown_as_interrupted(
        self, office: Office
    ) -> None:
        done = await office.imported(rows(1).encode())
        kept = vars(office.documents)["_kept"]["imports"][done["import_id"]]
        kept.update(state="running", alive_at=kept["alive_at"] - SILENT - timedelta(seconds=1))
        shown = await office.ended(done["import_id"])
        assert shown["state"] == "interrupted"
        assert shown["problem"]["code"] == "import_interrupted"
        assert "重新上传" in shown["problem"]["next_step_zh"]
        assert "Idempotency-Key" in shown["problem"]["next_step"]  # the old one leads to the dead import

    async def test_a_write_that_arrives_late_does_not_undo_the_end(self, office: Office) -> None:
        """A beat was given up for lost; it lands between the reading and the writing of the last record."""
        importer = office.parts.importer
        record = await importer.begin("0" * 32, filename="a.csv", organisation=BUREAU)
        assert record is not None
        kept = vars(office.documents)["_kept"]["imports"][record.import_id]
        office.wavering.before["update"] = lambda: kept.update(version=kept["version"] + 1)
        ended = await importer.work(record, iter(()))
        assert (ended.state, kept["state"]) == ("done", "done")

    async def test_a_sheet_that_turns_out_damaged_ends_as_failed_with_its_good_rows_kept(
        self, office: Office
    ) -> None:
        lines = office.parts.importer
        good = await lines.open(io.BytesIO(rows(2).encode()), "a.csv")

        def damaged() -> object:
            yield from good
            raise SheetUnreadable("damaged in the middle")

        record = await lines.begin("0" * 32, filename="a.csv", organisation=BUREAU)
        assert record is not None
        ended = await lines.work(record, damaged())  # type: ignore[arg-type]
        assert ended.state == "failed"
        assert ended.problem is not None
        assert ended.problem.code == "sheet_unreadable"

    async def test_waits_while_the_broker_is_away_and_too_much_is_waiting(self, office: Office) -> None:
        office.bus.down = True
        answer = await office.upload(rows(1_300).encode())

        async def beat() -> str:
            path = f"/v1/imports/{answer.json()['import_id']}"
            shown = (await office.client.get(path, headers=office.headers())).json()
            held = office.parts.relay.backlog >= 1_000 and shown["state"] == "running"
            return str(shown["alive_at"]) if held else ""

        beats = {await eventually(beat)}

        async def third_beat() -> bool:
            beats.add(await beat())
            return len(beats) > 2  # long after the last rows would have gone through

        await eventually(third_beat)
        assert office.parts.relay.backlog < 1_300
        office.bus.down = False
        done = await eventually(lambda: office.ended(answer.json()["import_id"]))
        assert done["issued"] == 1_300
        assert len(await office.issued(count=1_300)) == 1_300
