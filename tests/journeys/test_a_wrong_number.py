"""The wrong number must not put a stranger's licence into a resident's space."""

import json
from typing import Any

from deploy.local.actors.platform import Answered, Json
from deploy.local.actors.residents import Resident, present
from tests.world.people import a_shop, an_approval
from tests.world.town import Town, eventually, refused

STRANGER = "郧西县景阳乡别家食品商行"


async def pending(town: Town) -> list[Json]:
    """What waits for the authority."""
    page = await town.county.source.ask("certs", "GET", "/v1/approvals/pending", params={"limit": 100})
    rows: list[Json] = page["pending"]
    return rows


async def pending_of(town: Town, approval: dict[str, Any]) -> Json:
    """The row of this approval, once it is there."""

    async def there() -> list[Json]:
        number = approval["document_number"]
        return [one for one in await pending(town) if one["document_number"] == number]

    (row,) = await eventually(there)
    return row


async def decide(town: Town, row: Json, how: str) -> Json:
    path = f"/v1/approvals/pending/{row['pending_id']}/{how}"
    decided: Json = await town.county.source.ask("certs", "POST", path, json={"reason": "已核对营业执照"})
    return decided


async def seen_by(town: Town, resident: Resident) -> str:
    """All that a resident can come to see, and what a counter finds for them."""
    item = await town.item("食品经营许可证")
    scanned = await present(resident, town.operator(), item=item, purpose="办理食品经营许可变更")
    matched = await town.operator().match(scanned["grant"])
    problem = await refused(town.operator().pull(scanned["grant"]))
    told = [matched["matches"], problem.code, await resident.entries(), await resident.messages()]
    return json.dumps(told, ensure_ascii=False)


class TestALicenceWithAStrangersNumber:
    async def test_sent_before_the_first_sign_in_is_seen_by_nobody_and_reported_to_the_authority(
        self, town: Town
    ) -> None:
        shop = a_shop()
        approval = an_approval(shop | {"name": STRANGER})
        made = await town.approve(approval)
        right = await town.approve(an_approval(shop))
        resident = await town.resident(shop)
        row = await pending_of(town, approval)
        assert (row["pending_id"], row["code"]) == (made["certificate_id"], "entry_name_differs")
        (entry,) = await town.entries(resident)
        assert entry["entry_id"] == right["certificate_id"]
        problem = await refused(resident.ask("space", "GET", f"/v1/entries/{made['certificate_id']}"))
        assert (problem.status, problem.code) == (404, "entry_unknown")

        async def told() -> list[Json]:
            return [one for one in await resident.messages() if "签发" in one["text_zh"]]

        assert len(await eventually(told)) == 1
        assert STRANGER not in json.dumps(await resident.entries() + await resident.messages())

    async def test_sent_for_a_known_holder_waits_and_is_put_right_by_sending_it_again(
        self, town: Town
    ) -> None:
        wrong, right = a_shop(), a_shop(STRANGER)
        stranger, resident = await town.resident(wrong), await town.resident(right)
        await self.known(town, wrong)
        approval = an_approval(right | {"id_number": wrong["id_number"]})
        problem = await refused(town.approve(approval))
        assert (problem.status, problem.code) == (409, "holder_name_differs")
        row = await pending_of(town, approval)
        assert problem.problem["pending_id"] == row["pending_id"]
        made = await town.approve(approval | {"holder": right})
        (entry,) = await town.entries(resident)
        assert entry["entry_id"] == made["certificate_id"]
        assert row["pending_id"] not in [one["pending_id"] for one in await pending(town)]
        assert "nothing_to_pull" in await seen_by(town, stranger)
        assert await stranger.entries() == []

    async def test_that_is_the_holders_former_name_is_shown_once_the_authority_says_so(
        self, town: Town
    ) -> None:
        shop = a_shop()
        approval = an_approval(shop | {"name": STRANGER})
        made = await town.approve(approval)
        resident = await town.resident(shop)
        row = await pending_of(town, approval)
        assert "missing" in await seen_by(town, resident)
        assert (await decide(town, row, "confirmations"))["state"] == "confirmed"
        (entry,) = await town.entries(resident)
        assert entry["entry_id"] == made["certificate_id"]

        async def told() -> list[Json]:
            return [one for one in await resident.messages() if "签发" in one["text_zh"]]

        assert len(await eventually(told)) == 1

    async def test_held_and_confirmed_comes_into_the_space_like_any_other(self, town: Town) -> None:
        shop = a_shop()
        resident = await town.resident(shop)
        await self.known(town, shop)
        approval = an_approval(shop | {"name": STRANGER})
        await refused(town.approve(approval))
        row = await pending_of(town, approval)
        assert await resident.entries() == []
        confirmed = await decide(town, row, "confirmations")
        assert (confirmed["state"], confirmed["issued"]) == ("confirmed", True)
        (entry,) = await town.entries(resident)
        assert entry["entry_id"] == row["pending_id"]

    async def known(self, town: Town, shop: dict[str, str]) -> None:
        """Wait until certs has heard the name of this holder: a probe under another one is refused."""

        async def heard() -> bool:
            probe = an_approval(shop | {"name": "郧西县试探用的名称"})
            try:
                made = await town.approve(probe)
            except Answered as problem:
                await decide(town, await pending_of(town, probe), "discard")
                return problem.code == "holder_name_differs"
            order = {"change": "cancel", "reason": "试探", "case_number": "1", "decided_on": "2026-05-06"}
            path = f"/v1/certificates/{made['certificate_id']}/changes"
            await town.county.source.ask("certs", "POST", path, json=order)
            return False

        assert await eventually(heard)
