"""Rows of files that say 撤销: they withdraw the certificate that stands by just that decision, once."""

import asyncio
from typing import Any

import pytest

from tests.certs.office import Office
from tests.certs.sheets import FORM_2018, text_of
from tests.certs.test_changes import change, said
from tests.certs.test_renewals import show
from tests.world.people import a_shop

NUMBER = "西食许〔2026〕88号"


def a_row(shop: dict[str, str], *, state: str = "正常", **changes: str) -> dict[str, str]:
    own = {
        "行政相对人名称": shop["name"],
        "行政相对人代码_1(统一社会信用代码)": shop["id_number"],
        "行政许可决定文书号": NUMBER,
        "当前状态": state,
    }
    return FORM_2018 | own | changes


def a_file(*rows: dict[str, str]) -> bytes:
    return text_of([list(FORM_2018), *(list(one.values()) for one in rows)]).encode()


async def imported(office: Office, *rows: dict[str, str], name: str) -> dict[str, Any]:
    ended = await office.imported(a_file(*rows), name)
    return {name: ended[name] for name in ("rows", "issued", "withdrawn", "already", "refused")}


def counts(**some: int) -> dict[str, int]:
    return {"rows": sum(some.values()), "issued": 0, "withdrawn": 0, "already": 0, "refused": 0} | some


async def report(office: Office, *rows: dict[str, str], name: str) -> str:
    ended = await office.imported(a_file(*rows), name)
    return (await office.client.get(ended["report"], headers=office.headers())).text


async def the_one(office: Office) -> dict[str, Any]:
    first, *_ = await office.issued()
    return await show(office, first.certificate_id)


class TestAWithdrawnRow:
    async def test_withdraws_the_certificate_that_stands_by_it_once(self, office: Office) -> None:
        shop = a_shop()
        assert await imported(office, a_row(shop), name="1.csv") == counts(issued=1)
        row = a_row(shop, state="撤销", 备注="申请材料不实")
        assert await imported(office, row, name="2.csv") == counts(withdrawn=1)
        assert await imported(office, row, name="3.csv") == counts(already=1)
        (told,) = await said(office)
        assert (told.state, told.change) == ("withdrawn", "withdraw")
        order = office.open(told)["order"]  # type: ignore[arg-type]
        assert (order["reason"], order["case_number"]) == ("申请材料不实", NUMBER)

    async def test_gives_a_reason_where_it_has_none(self, office: Office) -> None:
        shop = a_shop()
        await imported(office, a_row(shop), name="1.csv")
        await imported(office, a_row(shop, state="撤销"), name="2.csv")
        (told,) = await said(office)
        assert "撤销" in office.open(told)["order"]["reason"]  # type: ignore[arg-type]

    async def test_counts_after_the_row_that_issued_it_wherever_in_a_batch_it_stands(
        self, office: Office
    ) -> None:
        shop = a_shop()
        rows = [a_row(shop, state="撤销"), a_row(shop)]
        assert await imported(office, *rows, name="1.csv") == counts(issued=1, withdrawn=1)
        assert (await the_one(office))["state"] == "withdrawn"
        again = counts(already=2)
        assert await imported(office, *rows, name="2.csv") == again

    async def test_of_a_certificate_that_nobody_has_is_put_aside(self, office: Office) -> None:
        shop = a_shop()
        assert "row_withdrawn,这一行的许可已撤销" in await report(
            office, a_row(shop, state="撤销"), name="1.csv"
        )
        assert await imported(office, a_row(shop), name="2.csv") == counts(issued=1)

    async def test_of_a_certificate_that_stands_by_a_later_decision_is_put_aside(
        self, office: Office
    ) -> None:
        shop = a_shop()
        later = {
            "行政许可决定文书名称": "准予延续食品经营许可决定书",
            "行政许可决定文书号": "西食许〔2026〕99号",
        }
        rows = [a_row(shop), a_row(shop, 许可决定日期="2026-04-05", **later)]
        await imported(office, *rows, name="1.csv")
        assert "row_withdrawn" in await report(office, a_row(shop, state="撤销"), name="2.csv")
        assert (await the_one(office))["state"] == "valid"
        renewal = a_row(shop, 许可决定日期="2026-04-05", state="撤销", **later)
        assert await imported(office, renewal, name="3.csv") == counts(withdrawn=1)

    @pytest.mark.parametrize("end", ["revoke", "cancel"])
    async def test_of_a_certificate_that_has_ended_otherwise_says_how(self, office: Office, end: str) -> None:
        shop = a_shop()
        await imported(office, a_row(shop), name="1.csv")
        stands = await the_one(office)
        await change(office, stands["certificate_id"], end)
        assert "certificate_move_illegal" in await report(office, a_row(shop, state="撤销"), name="2.csv")
        assert (await the_one(office))["state"] == {"revoke": "revoked", "cancel": "cancelled"}[end]

    async def test_that_is_wrong_in_itself_is_refused_for_that(self, office: Office) -> None:
        row = a_row(a_shop(), state="撤销", 许可编号="X1")
        assert "approval_content_wrong" in await report(office, row, name="1.csv")

    async def test_in_two_files_at_once_withdraws_once(self, office: Office) -> None:
        shop = a_shop()
        await imported(office, a_row(shop), name="0.csv")
        row = a_row(shop, state="撤销")
        ended = await asyncio.gather(*(imported(office, row, name=f"{place}.csv") for place in (1, 2, 3)))
        assert sorted(one["withdrawn"] for one in ended) == [0, 0, 1]
        assert len(await said(office)) == 1

    async def test_waits_while_the_database_is_away(self, office: Office) -> None:
        shop = a_shop()
        await imported(office, a_row(shop), name="1.csv")
        office.wavering.silent_at = ("update", 1)
        assert await imported(office, a_row(shop, state="撤销"), name="2.csv") == counts(withdrawn=1)
