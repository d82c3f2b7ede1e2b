"""Somebody acts for a holder: by what certs issued, and never for longer than that."""

from datetime import timedelta
from typing import Any

from deploy.local.actors import Json, Resident, present
from deploy.local.sample.authorities import MARKET_REGULATION
from services.kernel.clock import SystemClock
from tests.world.people import a_person, a_shop, an_approval
from tests.world.town import Town, eventually, refused

PUBLIC = 2  # 营业执照 and 食品经营许可证: the licences that everybody may see
PURPOSE = "办理食品经营许可证延续"


def a_business_licence(shop: dict[str, str], owner: dict[str, str], **changes: Any) -> Json:
    """Whose face names who represents the shop."""
    named = {name: owner[name] for name in ("name", "id_type", "id_number")}
    return an_approval(
        {**shop, "legal_representative": owner["name"]},
        representatives=[named],
        certificate_name="营业执照",
        document_name="准予登记通知书",
        category="设立登记",
        content="食品销售",
        certificate_number=None,
        valid_to=None,
        long_term=True,
        authority_name=MARKET_REGULATION.name,
        authority_code=MARKET_REGULATION.code,
        **changes,
    )


async def an_owner(town: Town) -> tuple[Resident, Resident, dict[str, str]]:
    """The owner, the owner acting for the shop, and the shop."""
    shop, owner = a_shop(), a_person("陈素琴")
    # Enterprises rarely sign in themselves: the register of enterprises tells of them.
    await town.county.front_desk.ask("identity", "POST", "/v1/holders", json=shop)
    await town.approve(a_business_licence(shop, owner))
    await town.approve(an_approval(shop))
    person = await town.resident(owner)

    async def held() -> list[Json]:
        return [one for one in await person.mandates() if one["role"] == "legal_representative"]

    (mandate,) = await eventually(held)
    return person, await person.act_for(mandate["mandate_id"]), shop


class TestALegalRepresentative:
    async def test_opens_the_enterprises_space_by_the_licence_that_names_them(self, town: Town) -> None:
        person, acting, shop = await an_owner(town)
        itself = await town.resident(shop)
        assert acting.holder_id == itself.holder_id != person.holder_id
        entries = await town.entries(acting, count=2)
        assert {one["certificate_name"] for one in entries} == {"营业执照", "食品经营许可证"}
        assert await person.entries() == []

    async def test_shows_the_enterprises_code_and_the_counter_sees_in_which_capacity(
        self, town: Town
    ) -> None:
        _, acting, _ = await an_owner(town)
        await town.entries(acting, count=2)
        item = await town.item("食品经营许可证")
        scanned = await present(acting, town.operator(), item=item, purpose=PURPOSE)
        assert scanned["holder"]["kind"] == "organisation"
        assert scanned["capacity"]["role"] == "legal_representative"
        pulled = await town.operator().pull(scanned["grant"])
        assert [one["certificate_name"] for one in pulled["certificates"]] == ["食品经营许可证"]

    async def test_cannot_be_played_by_whoever_knows_the_mandates_name(self, town: Town) -> None:
        person, _, _ = await an_owner(town)
        (mandate,) = await person.mandates()
        stranger = await town.resident(a_person())
        problem = await refused(stranger.act_for(mandate["mandate_id"]))
        assert problem.code == "mandate_unknown"

    async def test_puts_a_code_on_the_wall_that_tells_only_what_is_public(self, town: Town) -> None:
        _, acting, shop = await an_owner(town)
        url = (await acting.ask("identity", "GET", "/v1/me/enterprise-code"))["url"]

        async def face() -> Json:
            path = "/q/" + url.rpartition("/q/")[2]
            shown = await town.platform.ask("identity", "GET", path)
            return shown if len(shown["licences"]) == PUBLIC else {}

        shown = await eventually(face)
        assert shown.keys() == {"name", "code", "status", "licences"}
        assert (shown["name"], shown["code"]) == (shop["name"], shop["id_number"])
        assert {one["name"] for one in shown["licences"]} == {"营业执照", "食品经营许可证"}
        asked: dict[str, Any] = {"item": await town.item("食品经营许可证"), "purpose": PURPOSE}
        assert (await refused(town.operator().scan(url, **asked))).code == "code_public_face"


class TestAHelper:
    async def test_acts_for_the_items_named_until_either_side_ends_it(self, town: Town) -> None:
        neighbour, old = a_person("周海波"), await town.resident(a_person("王玉兰"))
        item = await town.item("道路运输经营许可证")
        until = SystemClock().now() + timedelta(days=30)
        said = {"agent": neighbour, "role": "helper", "items": [item], "until": until.isoformat()}
        given = await old.ask("identity", "POST", "/v1/mandates", json=said)
        helper = await town.resident(neighbour)
        path = f"/v1/mandates/{given['mandate_id']}"
        await helper.ask("identity", "POST", f"{path}/acceptance")
        acting = await helper.act_for(given["mandate_id"])
        code = (await acting.show_code())["code"]
        other = await town.item("食品经营许可证")
        refusal = await refused(town.operator().scan(code, item=other, purpose=PURPOSE))
        assert refusal.code == "mandate_other_item"
        scanned = await present(acting, town.operator(), item=item, purpose="换发道路运输经营许可证")
        assert scanned["capacity"]["role"] == "helper"
        await old.ask("identity", "POST", f"{path}/end")
        assert (await refused(acting.show_code())).code == "mandate_ended"

        async def worthless() -> bool:
            answer = await town.platform.call(
                "space",
                "POST",
                "/v1/matches",
                json={"grant": scanned["grant"]},
                token=await town.operator().session.token(),
            )
            return answer.is_error and answer.json()["code"] == "grant_withdrawn"

        await eventually(worthless)
