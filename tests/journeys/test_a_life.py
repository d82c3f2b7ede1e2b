"""What becomes of a certificate after its issue, and who learns of it."""

import json
import uuid

import pytest
from joserfc.jwk import ECKey

from deploy.local.actors.operators import Operator
from deploy.local.actors.platform import Json
from deploy.local.actors.residents import Resident, present
from deploy.local.actors.systems import System
from deploy.local.sample.authorities import CIVIL_AFFAIRS, MARKET_REGULATION
from tests.journeys.test_acting_for_another import an_owner
from tests.world.people import a_person, a_shop, an_approval
from tests.world.town import Town, eventually, refused


async def decide(town: Town, certificate_id: str, change: str, **said: str) -> Json:
    """As the authority's data source sends it."""
    body = {
        "change": change,
        "reason": "检查发现经营过期食品",
        "case_number": uuid.uuid4().hex,
        "decided_on": "2026-05-06",
    }
    path = f"/v1/certificates/{certificate_id}/changes"
    return await town.county.source.ask("certs", "POST", path, json=body | said)


async def in_state(resident: Resident, certificate_id: str, state: str) -> Json:
    """The entry, once it is in this state."""

    async def stands() -> list[Json]:
        found = [one for one in await resident.entries() if one["entry_id"] == certificate_id]
        return [one for one in found if one["state"] == state]

    (entry,) = await eventually(stands)
    return entry


async def pull_one(town: Town, resident: Resident, operator: Operator) -> Json:
    """At a counter, the licence that the item needs."""
    item = await town.item("食品经营许可证")
    scanned = await present(resident, operator, item=item, purpose="办理食品经营许可变更")
    return await operator.pull(scanned["grant"])


async def open_mandates(person: Resident) -> list[Json]:
    """Under which the person may act now."""
    return [one for one in await person.mandates() if one["state"] == "open"]


class TestASuspension:
    async def test_reaches_the_space_and_the_holder_and_serves_no_counter_until_it_is_lifted(
        self, town: Town
    ) -> None:
        shop = a_shop()
        made = await town.approve(an_approval(shop))
        resident = await town.resident(shop)
        await town.entries(resident)
        await decide(town, made["certificate_id"], "suspend")
        entry = await in_state(resident, made["certificate_id"], "suspended")
        assert entry["change"] == "suspend"
        whole = await resident.ask("space", "GET", f"/v1/entries/{made['certificate_id']}")
        assert whole["order"]["reason"] == "检查发现经营过期食品"
        assert whole["holder_name"] == shop["name"]

        async def told() -> list[Json]:
            return [one for one in await resident.messages() if "暂扣" in one["text_zh"]]

        (message,) = await eventually(told)
        assert "食品经营许可证" in message["text_zh"]
        assert "suspended" in message["text_en"]
        problem = await refused(pull_one(town, resident, town.operator()))
        assert (problem.status, problem.code) == (404, "nothing_to_pull")
        await decide(town, made["certificate_id"], "resume")
        await in_state(resident, made["certificate_id"], "valid")
        pulled = await pull_one(town, resident, town.operator())
        assert [one["entry_id"] for one in pulled["certificates"]] == [made["certificate_id"]]


class TestARenewal:
    async def test_takes_the_place_of_the_edition_before_and_is_told(self, town: Town) -> None:
        shop = a_shop()
        first = an_approval(shop)
        made = await town.approve(first)
        resident = await town.resident(shop)
        await town.entries(resident)
        later = an_approval(shop, document_name="准予延续食品经营许可决定书", decided_on="2026-05-06")
        later |= {"renews": first["certificate_number"], "valid_to": "2036-03-04"}
        renewed = await town.approve(later)
        assert renewed["certificate_id"] == made["certificate_id"]

        async def stands() -> Json:
            return await resident.ask("space", "GET", f"/v1/entries/{made['certificate_id']}")

        async def replaced() -> list[Json]:
            return [one for one in [await stands()] if one["identifier"] == renewed["identifier"]]

        (entry,) = await eventually(replaced)
        assert (entry["state"], entry["change"], entry["valid_to"]) == ("valid", "renew", "2036-03-04")
        assert len(await resident.entries()) == 1

        async def told() -> list[Json]:
            return [one for one in await resident.messages() if "旧版不再使用" in one["text_zh"]]

        (message,) = await eventually(told)
        assert "食品经营许可证" in message["text_zh"]
        again = await town.approve(first)
        assert (again["identifier"], again["state"]) == (renewed["identifier"], "valid")
        pulled = await pull_one(town, resident, town.operator())
        assert [one["identifier"] for one in pulled["certificates"]] == [renewed["identifier"]]


class TestAMarriage:
    async def test_is_in_the_space_of_both_and_ends_in_both(self, town: Town) -> None:
        couple = a_person(), a_person("林望舒")
        approval = an_approval(couple[0], certificate_name="结婚证", authority_code=CIVIL_AFFAIRS.code)
        approval |= {"authority_name": CIVIL_AFFAIRS.name, "joint_holders": [couple[1]]}
        approval |= {"certificate_number": None, "valid_to": None}
        made = await town.approve(approval)
        both = [await town.resident(one) for one in couple]
        (first,), (second,) = [await town.entries(one) for one in both]
        assert (first["entry_id"], second["entry_id"]) == (
            made["certificate_id"],
            f"{made['certificate_id']}-1",
        )
        whole = await both[1].ask("space", "GET", f"/v1/entries/{second['entry_id']}")
        assert whole["holder_name"] == "林望舒"
        assert [one["name"] for one in whole["joint_holders"]] == [couple[0]["name"]]
        await decide(town, made["certificate_id"], "cancel")
        await in_state(both[0], first["entry_id"], "cancelled")
        await in_state(both[1], second["entry_id"], "cancelled")


class TestACorrection:
    async def test_takes_it_from_the_wrong_space_and_puts_it_into_the_right_one(self, town: Town) -> None:
        wrong, right = a_shop("郧西县误登商行"), a_shop("郧西县真正商行")
        approval = an_approval(wrong)
        made = await town.approve(approval)
        theirs = await town.resident(wrong)
        await town.entries(theirs)
        pulled = await pull_one(town, theirs, town.operator())
        assert len(pulled["certificates"]) == 1
        body = {"approval": approval | {"holder": right}, "reason": "录入时代码有误", "case_number": "更1号"}
        path = f"/v1/certificates/{made['certificate_id']}/corrections"
        await town.county.source.ask("certs", "POST", path, json=body | {"decided_on": "2026-05-06"})
        await in_state(theirs, made["certificate_id"], "removed")
        whole = await theirs.ask("space", "GET", f"/v1/entries/{made['certificate_id']}")
        assert whole["order"]["reason"] == "录入时代码有误"
        assert "商行" not in json.dumps(whole, ensure_ascii=False)

        async def told() -> list[Json]:
            return [one for one in await theirs.messages() if "它不属于您" in one["text_zh"]]

        assert await eventually(told)
        resident = await town.resident(right)
        (entry,) = await town.entries(resident)
        assert (entry["entry_id"], entry["state"]) == (f"{made['certificate_id']}-1", "valid")
        (certificate,) = (await pull_one(town, resident, town.operator()))["certificates"]
        assert certificate["holder_name"] == "郧西县真正商行"
        problem = await refused(pull_one(town, theirs, town.operator()))
        assert problem.code == "nothing_to_pull"
        # The counter's organisation, which pulled it from the wrong space, learns what it has now.
        office = await a_system(town)

        async def recalled() -> list[Json]:
            found = (await office.ask("notify", "GET", "/v1/outdated-pulls?limit=200"))["outdated_pulls"]
            return [one for one in found if one["entry_id"] == made["certificate_id"]]

        (recall,) = await eventually(recalled)
        assert (recall["state"], recall["change"], recall["version"]) == ("removed", "correct", 2)
        assert "商行" not in json.dumps(recall, ensure_ascii=False)


async def a_system(town: Town) -> System:
    """A registered system of the organisation whose operators work at the counters."""
    key = ECKey.generate_key("P-256", {"kid": "market", "use": "sig", "alg": "ES256"})
    system = System(town.platform, f"market-{uuid.uuid4().hex[:8]}", _key=dict(key.as_dict(private=True)))
    said = {"organisation": MARKET_REGULATION.code, "jwks": {"keys": [system.public_jwk]}}
    path = f"/v1/clients/{system.client_id}"
    await town.county.admin.ask("identity", "PUT", path, json=said | {"scopes": ["events:subscribe"]})
    return system


class TestARevocation:
    async def test_is_for_good_whatever_is_sent_again(self, town: Town) -> None:
        shop = a_shop()
        approval = an_approval(shop)
        made = await town.approve(approval)
        resident = await town.resident(shop)
        await town.entries(resident)
        await decide(town, made["certificate_id"], "revoke", case_number="1号")
        await in_state(resident, made["certificate_id"], "revoked")
        again = await town.approve(approval)
        assert (again["certificate_id"], again["state"]) == (made["certificate_id"], "revoked")
        repeated = await decide(town, made["certificate_id"], "revoke", case_number="1号")
        assert repeated["version"] == 2
        problem = await refused(decide(town, made["certificate_id"], "resume"))
        assert (problem.status, problem.code) == (409, "certificate_move_illegal")
        assert (await in_state(resident, made["certificate_id"], "revoked"))["version"] == 2

    @pytest.mark.parametrize("change", ["suspend", "cancel"])
    async def test_ends_the_mandate_that_rested_on_the_certificate(self, town: Town, change: str) -> None:
        """The legal representative of an enterprise whose licence is gone opens nothing any more."""
        person, acting, _ = await an_owner(town)
        entries = await town.entries(acting, count=2)
        (licence,) = [one for one in entries if one["certificate_name"] == "营业执照"]
        await decide(town, licence["entry_id"], change)

        async def over() -> bool:
            return not await open_mandates(person)

        assert await eventually(over)
        assert (await refused(acting.show_code())).code == "mandate_ended"
        if change == "suspend":
            await decide(town, licence["entry_id"], "resume")
            (mandate,) = await eventually(lambda: open_mandates(person))
            assert (await (await person.act_for(mandate["mandate_id"])).show_code())["code"]

    async def test_reaches_the_partner_who_subscribed(self, town: Town) -> None:
        shop = a_shop()
        made = await town.approve(an_approval(shop))
        resident = await town.resident(shop)
        await town.entries(resident)
        await decide(town, made["certificate_id"], "withdraw")
        await in_state(resident, made["certificate_id"], "withdrawn")

        async def told() -> list[Json]:
            events: list[Json] = [dict(one) for one in await town.partner.events()]
            changes = [one for one in events if one["type"] == "space.entry.changed.v1"]
            return [one for one in changes if one["data"]["change"] == "withdraw"]

        (event, *_) = await eventually(told)  # a delivery may be repeated
        assert event["data"]["state"] == "withdrawn"
        said = json.dumps(event, ensure_ascii=False)
        for secret in (resident.holder_id, shop["name"], made["certificate_id"], "检查发现"):
            assert secret not in said
