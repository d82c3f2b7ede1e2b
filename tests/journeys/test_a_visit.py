"""A holder shows the code, a counter scans it for an item, pulls what it needs, and the holder sees it."""

import asyncio

from deploy.local.actors import Answered, Json, Resident, present
from deploy.local.county import operator_id
from tests.world.people import a_person, a_shop, an_approval
from tests.world.town import Town, eventually, refused

PURPOSE = "办理食品经营许可证延续"


async def a_holder_with_a_licence(town: Town) -> Resident:
    shop = a_shop()
    await town.approve(an_approval(shop))
    resident = await town.resident(shop)
    await town.entries(resident)
    return resident


async def scan(town: Town, resident: Resident) -> Json:
    """Shown, scanned and tapped."""
    item = await town.item("食品经营许可证")
    return await present(resident, town.operator(), item=item, purpose=PURPOSE)


class TestAVisit:
    async def test_ends_with_a_pull_and_the_holder_told_by_whom_and_why(self, town: Town) -> None:
        resident = await a_holder_with_a_licence(town)
        scanned = await scan(town, resident)
        operator = town.operator()
        matched = await operator.match(scanned["grant"])
        assert {one["result"] for one in matched["matches"]} == {"have", "missing"}
        pulled = await operator.pull(scanned["grant"])
        (certificate,) = pulled["certificates"]
        assert certificate["certificate_name"] == "食品经营许可证"
        assert certificate["fields"]
        access, looked = await resident.accesses()
        assert looked["outcome"] == "matched"
        said = (access["operator"], access["counter"], access["purpose"])
        assert said == (operator_id("wang-li"), "3号窗口", PURPOSE)
        assert access["outcome"] == "pulled"
        texts = await eventually(lambda: told_of_a_pull(resident))
        assert any(all(said in text for said in ("3号窗口", "wang-li", PURPOSE)) for text in texts)

    async def test_shows_the_operator_a_masked_name_only(self, town: Town) -> None:
        person = a_person("欧阳晓禾")
        resident = await town.resident(person)
        scanned = await scan(town, resident)
        assert scanned["holder"]["name_masked"] == "欧阳**"

    async def test_repeated_pull_with_the_same_key_is_one_access(self, town: Town) -> None:
        resident = await a_holder_with_a_licence(town)
        grant = (await scan(town, resident))["grant"]
        answers = [await town.operator().pull(grant, key="pull-once-1") for _ in range(3)]
        assert len({one["access_id"] for one in answers}) == 1
        assert len(await resident.accesses()) == 1


class TestACode:
    async def test_is_good_once_however_many_scan_it_at_the_same_time(self, town: Town) -> None:
        resident = await a_holder_with_a_licence(town)
        item = await town.item("食品经营许可证")
        code = (await resident.show_code())["code"]
        scans = [town.operator(f"staff-{n}").scan(code, item=item, purpose=PURPOSE) for n in range(8)]
        ends = await asyncio.gather(*scans, return_exceptions=True)
        assert sum(isinstance(end, dict) for end in ends) == 1
        assert {end.code for end in ends if isinstance(end, Answered)} == {"code_used"}

    async def test_that_is_forged_or_of_another_system_is_told_apart(self, town: Town) -> None:
        resident = await town.resident(a_person())
        item = await town.item("食品经营许可证")
        code = (await resident.show_code())["code"]
        forged = code[:-3] + ("A" if code[-3] != "A" else "B") + code[-2:]
        for text, reason in ((forged, "code_forged"), ("https://u.wechat.example/abc", "code_foreign")):
            problem = await refused(town.operator().scan(text, item=item, purpose=PURPOSE))
            assert problem.code == reason

    async def test_is_not_read_without_purpose_item_or_operator(self, town: Town) -> None:
        resident = await town.resident(a_person())
        item = await town.item("食品经营许可证")
        code = (await resident.show_code())["code"]
        operator = town.operator()
        assert (await refused(operator.scan(code, item=item, purpose=" "))).code == "purpose_missing"
        assert (await refused(operator.scan(code, item="", purpose=PURPOSE))).code == "item_missing"
        assert (await refused(operator.scan(code, item="x" * 31, purpose=PURPOSE))).code == "item_unknown"
        asked = {"code": code, "item": item, "purpose": PURPOSE}
        problem = await refused(resident.ask("identity", "POST", "/v1/scans", json=asked))
        assert (problem.status, problem.code) == (403, "caller_kind_wrong")
        # None of these used the code up.
        assert (await operator.scan(code, item=item, purpose=PURPOSE))["state"] == "pending"


class TestAGrant:
    async def test_counts_for_its_own_operator_item_and_holder_only(self, town: Town) -> None:
        resident = await a_holder_with_a_licence(town)
        stranger = await town.resident(a_person())
        grant = (await scan(town, resident))["grant"]
        other = await refused(town.operator("somebody-else").pull(grant))
        assert other.code == "grant_other_operator"
        wrong_holder = await refused(town.operator().pull(grant, holder_id=stranger.holder_id))
        assert wrong_holder.code == "grant_other_holder"
        wrong_item = await refused(town.operator().pull(grant, item="1" * 31))
        assert wrong_item.code == "grant_other_item"
        # The holder sees each refused attempt.
        assert [one["outcome"] for one in await resident.accesses()] == ["refused"] * 3
        assert await stranger.accesses() == []

    async def test_that_somebody_else_signed_opens_nothing(self, town: Town) -> None:
        resident = await a_holder_with_a_licence(town)
        forged = town.county.partner.assertion(resident.holder_id, item="1" * 31)
        problem = await refused(town.operator().pull(forged))
        assert problem.code == "grant_rejected"
        assert await resident.accesses() == []


class TestAnotherPerson:
    async def test_cannot_tell_my_entry_from_one_that_does_not_exist(self, town: Town) -> None:
        resident = await a_holder_with_a_licence(town)
        (entry,) = await resident.entries()
        stranger = await town.resident(a_person())
        mine = await refused(stranger.ask("space", "GET", f"/v1/entries/{entry['entry_id']}"))
        nobodys = await refused(stranger.ask("space", "GET", f"/v1/entries/{'0' * 26}"))
        assert (mine.status, mine.code) == (nobodys.status, nobodys.code) == (404, "entry_unknown")


async def told_of_a_pull(resident: Resident) -> list[str]:
    return [one["text_zh"] for one in await resident.messages() if one["kind"].startswith("access")]
