"""A scan that asks for what not everybody may see waits for the holder's tap: yes, no, or "not me"."""

import asyncio

from deploy.local.actors import Json, Resident
from tests.world.people import a_shop, an_approval
from tests.world.town import Town, eventually, refused

PURPOSE = "办理食品经营许可证延续"


async def a_holder(town: Town) -> Resident:
    shop = a_shop()
    await town.approve(an_approval(shop))
    resident = await town.resident(shop)
    await town.entries(resident)
    return resident


async def scanned(town: Town, resident: Resident) -> Json:
    code = (await resident.show_code())["code"]
    return await town.operator().scan(code, item=await town.item("食品经营许可证"), purpose=PURPOSE)


class TestAScanThatWaits:
    async def test_shows_the_phone_who_asks_for_what_and_why(self, town: Town) -> None:
        resident = await a_holder(town)
        answer = await scanned(town, resident)
        assert (answer["state"], answer["grant"]) == ("pending", None)
        (seen,) = await resident.scans()
        assert (seen["scan_id"], seen["state"], seen["purpose"]) == (answer["scan_id"], "pending", PURPOSE)
        said = str(seen)
        for word in ("郧西县市场监督管理局", "3号窗口", "食品经营许可证延续", "法定代表人"):
            assert word in said

    async def test_wakes_the_counter_at_the_tap_and_then_certificates_are_pulled(self, town: Town) -> None:
        resident, operator = await a_holder(town), town.operator()
        scan_id = (await scanned(town, resident))["scan_id"]
        waiting = asyncio.create_task(operator.wait(scan_id))
        await resident.approve(scan_id)
        answer = await waiting
        assert answer["state"] == "granted"
        pulled = await operator.pull(answer["grant"])
        assert [one["certificate_name"] for one in pulled["certificates"]] == ["食品经营许可证"]

    async def test_is_answered_alike_when_the_answer_was_lost(self, town: Town) -> None:
        resident, operator = await a_holder(town), town.operator()
        code, item = (await resident.show_code())["code"], await town.item("食品经营许可证")
        first = await operator.scan(code, item=item, purpose=PURPOSE)
        assert await operator.scan(code, item=item, purpose=PURPOSE) == first

    async def test_that_was_declined_gives_nothing_and_stays_so(self, town: Town) -> None:
        resident, operator = await a_holder(town), town.operator()
        scan_id = (await scanned(town, resident))["scan_id"]
        waiting = asyncio.create_task(operator.wait(scan_id))
        await resident.decline(scan_id)
        answer = await waiting
        assert (answer["state"], answer["grant"]) == ("declined", None)
        problem = await refused(resident.approve(scan_id))
        assert problem.status == 409
        assert (await operator.wait(scan_id, seconds=0))["state"] == "declined"

    async def test_is_nobodys_business_but_its_holders_and_its_operators(self, town: Town) -> None:
        resident, stranger = await a_holder(town), await a_holder(town)
        scan_id = (await scanned(town, resident))["scan_id"]
        mine = await refused(stranger.approve(scan_id))
        nobodys = await refused(stranger.approve("0" * 32))
        assert (mine.status, mine.code) == (nobodys.status, nobodys.code)
        other = await refused(town.operator("somebody-else").wait(scan_id))
        assert other.status == 404


class TestAScanOfWhatEverybodyMayKnow:
    async def test_needs_no_tap(self, town: Town) -> None:
        resident, operator = await town.resident(a_shop()), town.operator()
        code, item = (await resident.show_code())["code"], await town.item("企业登记信息查询")
        answer = await operator.scan(code, item=item, purpose="查询企业登记信息")
        assert answer["state"] == "granted"
        assert (await operator.match(answer["grant"]))["matches"]


class TestNotMe:
    async def test_makes_the_grant_worthless_and_alerts(self, town: Town) -> None:
        resident, operator = await a_holder(town), town.operator()
        scan_id = (await scanned(town, resident))["scan_id"]
        await resident.approve(scan_id)
        grant = (await operator.wait(scan_id))["grant"]
        await operator.match(grant)
        await resident.not_me(scan_id)

        async def worthless() -> bool:
            problem = await failure_of(town, grant)
            return problem == "grant_withdrawn"

        await eventually(worthless)
        assert (await operator.wait(scan_id, seconds=0))["state"] == "withdrawn"

        async def alerted() -> bool:
            return any(one["kind"] == "scan_disputed" for one in await resident.messages())

        await eventually(alerted)


async def failure_of(town: Town, grant: str) -> str:
    """Why a match is refused; nothing where it is not."""
    answer = await town.platform.call(
        "space",
        "POST",
        "/v1/matches",
        json={"grant": grant},
        token=await town.operator().session.token(),
    )
    return str(answer.json()["code"]) if answer.is_error else ""
