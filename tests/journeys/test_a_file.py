"""A file of licences as a department sends it: the good rows go through, each bad one is refused alone."""

import asyncio
import csv
import io
from pathlib import Path
from typing import Any

from deploy.local.places import ROOT
from tests.world.people import a_shop
from tests.world.town import Town, eventually, refused

SAMPLE = ROOT / "deploy" / "local" / "sample" / "permits.csv"
PERSONS = SAMPLE.with_name("permits-persons.xlsx")
HEADINGS = (
    "行政相对人名称,行政相对人类别,行政相对人代码_1(统一社会信用代码),法定代表人,行政许可决定文书名称,行政许可决定文书号,"
    "许可类别,许可证书名称,许可编号,许可内容,许可决定日期,有效期自,有效期至,许可机关,许可机关统一社会信用代码,当前状态,"
    "数据来源单位,数据来源单位统一社会信用代码"
)
BUREAU = "11420322YM0000002G"


def row(shop: dict[str, str], number: int, **cells: str) -> str:
    """One line of the 2018+ form."""
    values = {
        "name": shop["name"],
        "kind": "个体工商户",
        "code": shop["id_number"],
        "person": "王玉兰",
        "document": "食品经营许可决定书",
        "number": f"西食〔2026〕{shop['id_number'][-9:]}-{number}号",
        "category": "普通",
        "certificate": "食品经营许可证",
        "licence": "",
        "content": "食品销售",
        "decided": "2026/03/05",
        "start": "2026.03.05",
        "end": "2031-03-04",
        "authority": "郧西县市场监督管理局",
        "authority_code": BUREAU,
        "state": "1",
        "source": "郧西县数据局",
        "source_code": "11420322YM0000001D",
        **cells,
    }
    return ",".join(values.values())


async def hand_in(town: Town, content: bytes, filename: str) -> dict[str, Any]:
    """Import and wait until every row is dealt with."""
    source = town.county.source
    made = await source.ask(
        "certs", "POST", "/v1/approvals:import", params={"filename": filename}, content=content
    )

    async def ended() -> dict[str, Any]:
        state = await source.ask("certs", "GET", f"/v1/imports/{made['import_id']}")
        return state if state["state"] != "running" else {}

    return {"import_id": made["import_id"], **await eventually(ended, within=120)}


async def report(town: Town, import_id: str) -> list[dict[str, str]]:
    token = await town.county.source.token()
    answer = await town.platform.call("certs", "GET", f"/v1/imports/{import_id}/report", token=token)
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def hand_in_file(town: Town, path: Path) -> dict[str, Any]:
    return await hand_in(town, await asyncio.to_thread(path.read_bytes), path.name)


class TestTheSample:
    async def test_goes_in_row_by_row_and_a_second_time_changes_nothing(self, town: Town) -> None:
        for path in (SAMPLE, PERSONS):
            first = await hand_in_file(town, path)
            assert first["state"] == "done"
            assert first["issued"] + first["already"] > 0
            refusals = await report(town, first["import_id"])
            assert len({one["line"] for one in refusals}) == first["refused"]
            assert all(one["code"] for one in refusals)
            again = await hand_in_file(town, path)
            assert (again["issued"], again["refused"]) == (0, first["refused"])
            assert again["already"] == first["issued"] + first["already"]


class TestAFile:
    async def test_refuses_only_the_wrong_rows_with_line_column_and_reason(self, town: Town) -> None:
        shop = a_shop()
        wrong = a_shop() | {"id_number": "92420322MJ99999990"}
        placeholder = a_shop() | {"id_number": "00000000000000000X"}
        lines = [
            HEADINGS,
            row(shop, 1),
            row(wrong, 2),
            row(placeholder, 3),
            row(a_shop(), 4, start="2031-03-05", end="2026-03-04"),
            row(a_shop(), 5, certificate="从未听说的许可证"),
            "半行,法人",
            row(shop, 6),
        ]
        done = await hand_in(town, "\r\n".join(lines).encode("gb18030"), "许可.csv")
        assert (done["issued"], done["refused"]) == (2, 5)
        found = {int(one["line"]): one["code"] for one in await report(town, done["import_id"])}
        assert found == {
            3: "id_number_invalid",
            4: "holder_code_placeholder",
            5: "dates_out_of_order",
            6: "certificate_name_unknown",
            7: "row_columns_missing",
        }
        resident = await town.resident(shop)
        assert len(await town.entries(resident, count=2)) == 2

    async def test_that_cannot_be_read_at_all_is_refused_with_the_next_step(self, town: Town) -> None:
        xls = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2048)
        cases = [
            (b"", "permits.csv", 422, "sheet_empty"),
            (xls, "permits.xls", 415, "sheet_xls_unsupported"),
            ("姓名,年龄\n张三,3\n".encode(), "permits.csv", 422, "sheet_columns_missing"),
            (b"PK\x03\x04" + bytes(11 * 1024 * 1024), "permits.xlsx", 413, "sheet_too_large"),
        ]
        for content, name, status, code in cases:
            problem = await refused(hand_in(town, content, name))
            assert (problem.status, problem.code) == (status, code)
            assert problem.problem["next_step_zh"]
