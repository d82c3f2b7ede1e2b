"""An inspector reads a code by statutory duty: at once, with a case number, and never unseen."""

from datetime import datetime

from deploy.local.actors import Resident
from deploy.local.county import operator_id
from services.kernel.clock import SHANGHAI, SystemClock
from tests.world.people import a_shop, an_approval
from tests.world.town import Town, eventually, refused

PURPOSE = "食品经营日常监督检查"


def today() -> str:
    at: datetime = SystemClock().now()
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d}"


async def a_shop_with_a_licence(town: Town) -> Resident:
    shop = a_shop()
    await town.approve(an_approval(shop))
    resident = await town.resident(shop)
    await town.entries(resident)
    return resident


class TestAScanByDuty:
    async def test_waits_for_nobody_and_is_told_at_once(self, town: Town) -> None:
        resident = await a_shop_with_a_licence(town)
        inspector = town.operator("inspector-01", "巡查 1 组", "statutory")
        code, item = (await resident.show_code())["code"], await town.item("食品经营监督检查")
        said = {"item": item, "purpose": PURPOSE, "mode": "statutory", "case_number": "西市监检〔2026〕17号"}
        scanned = await inspector.scan(code, **said)
        assert scanned["state"] == "granted"
        pulled = await inspector.pull(scanned["grant"])
        assert [one["certificate_name"] for one in pulled["certificates"]] == ["食品经营许可证"]

        async def told() -> bool:
            return any("依法定职责" in one["text_zh"] for one in await resident.messages())

        await eventually(told)

    async def test_is_for_those_alone_who_have_the_duty_and_a_case(self, town: Town) -> None:
        resident = await town.resident(a_shop())
        code, item = (await resident.show_code())["code"], await town.item("食品经营监督检查")
        said = {"item": item, "purpose": PURPOSE, "mode": "statutory"}
        clerk, inspector = town.operator(), town.operator("inspector-01", "巡查 1 组", "statutory")
        assert (await refused(clerk.scan(code, **said, case_number="1"))).code == "role_missing"
        assert (await refused(inspector.scan(code, **said))).code == "case_number_missing"
        other = said | {"item": await town.item("惠企政策申报"), "case_number": "1"}
        assert (await refused(inspector.scan(code, **other))).code == "item_not_statutory"

    async def test_without_a_known_case_is_looked_at_by_a_second_person(self, town: Town) -> None:
        resident = await a_shop_with_a_licence(town)
        both = town.operator("inspector-02", "巡查 2 组", "statutory", "supervisor")
        code, item = (await resident.show_code())["code"], await town.item("食品经营监督检查")
        scanned = await both.scan(code, item=item, purpose=PURPOSE, mode="statutory", case_number="无此案")
        path = f"/v1/statutory-scans/{scanned['scan_id']}/review"
        finding = {"finding": "in_order"}
        own = await refused(both.ask("identity", "POST", path, json=finding))
        assert own.code == "second_person_needed"
        chief = town.operator("chief-01", "督查室", "supervisor")

        async def listed() -> bool:
            report = await chief.ask("identity", "GET", "/v1/statutory-scans", params={"day": today()})
            return scanned["scan_id"] in {one["scan_id"] for one in report["unmatched"]}

        await eventually(listed)
        reviewed = await chief.ask("identity", "POST", path, json=finding)
        assert reviewed["review"]["reviewed_by"] == operator_id("chief-01")
