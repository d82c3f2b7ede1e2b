"""An authority's full list: what is missing is asked about, and the space follows the answer."""

from typing import Any

from deploy.local.actors.platform import Json
from tests.journeys.test_a_file import HEADINGS, report, row
from tests.journeys.test_a_life import in_state
from tests.world.people import a_shop
from tests.world.town import Town, eventually

FOOD = "11100000MB9999900G901"
BUREAU = "11420322YM0000002G"


async def compared(town: Town, lines: list[str], **query: Any) -> Json:
    source = town.county.source
    asked = {"filename": "全量.csv", "certificate_type": FOOD, "authority": BUREAU} | query
    content = "\r\n".join([HEADINGS, *lines]).encode("gb18030")
    made = await source.ask("certs", "POST", "/v1/approvals:reconcile", params=asked, content=content)

    async def ended() -> Json:
        state = await source.ask("certs", "GET", f"/v1/imports/{made['import_id']}")
        return state if state["state"] != "running" else {}

    return {"import_id": made["import_id"], **await eventually(ended, within=120)}


class TestAFullList:
    async def test_issues_what_is_new_and_ends_what_is_missing_on_the_authoritys_word_alone(
        self, town: Town
    ) -> None:
        gone, new = a_shop(), a_shop()
        source = town.county.source
        made = await compared(town, [row(gone, 1)], apply=True, expect_vanished=100_000)
        assert made["issued"] == 1
        resident = await town.resident(gone)
        (entry,) = await town.entries(resident)
        only_looked = await compared(town, [row(new, 1)])
        assert (only_looked["new"], only_looked["issued"]) == (1, 0)
        assert only_looked["vanished"] >= 1
        refused = await compared(town, [row(new, 1)], apply=True, expect_vanished=0)
        assert refused["problem"]["code"] == "snapshot_too_small"
        done = await compared(town, [row(new, 1)], apply=True, expect_vanished=100_000)
        assert (done["issued"], done["vanished"]) == (1, only_looked["vanished"])
        assert len(await town.entries(await town.resident(new))) == 1
        assert await resident.entries() == [entry]
        found = [one for one in await report(town, done["import_id"]) if "vanished" in one["code"]]
        assert len(found) == done["vanished"]
        page = await source.ask("certs", "GET", "/v1/approvals/pending", params={"limit": 100})
        (asked,) = [one for one in page["pending"] if one["certificate_id"] == entry["entry_id"]]
        assert asked["code"] == "certificate_vanished"
        order = {"change": "cancel", "reason": "已注销", "case_number": "1号", "decided_on": "2026-05-06"}
        path = f"/v1/certificates/{entry['entry_id']}/changes"
        await source.ask("certs", "POST", path, json=order)
        await in_state(resident, entry["entry_id"], "cancelled")
