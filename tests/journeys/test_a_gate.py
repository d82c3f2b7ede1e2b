"""At a gate: one word on showing the code, and a ride without a network that is settled afterwards."""

from typing import Any

from deploy.local.actors import present
from deploy.local.sample.authorities import POLICE
from services.kernel.clock import SystemClock
from tests.journeys.test_without_a_phone import emergency_codes
from tests.world.people import a_person, an_approval
from tests.world.town import Town, eventually, refused


class TestAGate:
    async def test_hears_yes_at_once_and_nothing_of_the_person(self, town: Town) -> None:
        person = a_person("郑文远")
        await town.approve(a_register_page(person))
        resident = await town.resident(person)
        await town.entries(resident)
        gate, item = town.operator("gate-0107", "图书馆闸机"), await town.item("图书馆免押金借阅")
        scanned = await present(resident, gate, item=item, purpose="借阅")
        assert scanned["state"] == "granted"
        grant = {"grant": scanned["grant"]}
        path = "/v1/concessions/library/uses"
        heard = await gate.ask("space", "POST", path, json=grant, key=scanned["scan_id"])
        assert (heard["answer"], heard["reason"]) == ("yes", "concession_entitled")
        assert not any(one in str((scanned, heard)) for one in (person["name"], "郑", "上津镇"))
        assert (await refused(gate.pull(scanned["grant"]))).code == "item_answers_only"

        async def told() -> bool:
            return "concession_used" in {one["kind"] for one in await resident.messages()}

        await eventually(told)

    async def test_settles_what_it_let_pass_without_a_network(self, town: Town) -> None:
        person = a_person()
        await town.approve(a_register_page(person))
        resident = await town.resident(person)
        await town.entries(resident)
        gate, item = town.operator("gate-0108", "景区入口"), await town.item("景区免首道门票")
        first, second = (one["code"] for one in (await emergency_codes(resident))[:2])
        said = {"item": item, "purpose": "游览", "used_at": SystemClock().now().isoformat()}
        uses = {"uses": [{**said, "code": one} for one in (first, second)]}
        told = (await gate.ask("identity", "POST", "/v1/offline-uses", json=uses))["uses"]
        grants = {"grants": [one["grant"] for one in told]}
        path = "/v1/concessions/scenic_spot/settlements"
        for _ in range(2):  # once a day, however often it is told
            settled = (await gate.ask("space", "POST", path, json=grants))["uses"]
            assert [one["outcome"] for one in settled] == ["counted", "used_up"]


def a_register_page(person: dict[str, str]) -> dict[str, Any]:
    """Of the household register, with an address in the county."""
    return an_approval(
        person,
        certificate_name="居民户口簿",
        certificate_number=None,
        valid_to=None,
        authority_name=POLICE.name,
        authority_code=POLICE.code,
        fields={"address": "湖北省十堰市郧西县上津镇测试路1号"},
    )
