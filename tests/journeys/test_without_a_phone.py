"""A paper code for who has no phone, and an emergency code for when the network is gone."""

from typing import Any

from deploy.local.actors import Json, Operator, Resident
from services.identity.offline import Bundle, check, read_bundle
from services.kernel.clock import SystemClock
from tests.world.people import a_person, an_approval
from tests.world.town import Town, eventually, refused

PURPOSE = "办理食品经营许可证延续"


async def a_paper_code(town: Town, person: dict[str, str]) -> Json:
    """Printed by a counter that has seen the person."""
    printer = town.operator("registrar-01", "1 号窗口", "registrar")
    said = {**person, "checked": "核对身份证原件和本人"}
    return await printer.ask("identity", "POST", "/v1/paper-codes", json=said)


class TestAPaperCode:
    async def test_opens_with_the_last_four_and_the_holders_word_at_the_counter(self, town: Town) -> None:
        person = a_person("王玉兰")
        await town.approve(an_approval(person))
        await town.entries(await town.resident(person))
        paper = await a_paper_code(town, person)
        assert not [secret for secret in person.values() if secret in paper["url"]]
        operator, item = town.operator(), await town.item("食品经营许可证")
        last_four = person["id_number"][-4:]
        asked: dict[str, Any] = {"item": item, "purpose": PURPOSE, "last_four": last_four}
        silent = await refused(operator.scan(paper["url"], **asked))
        assert silent.code == "oral_consent_needed"
        scanned = await operator.scan(paper["url"], **asked, oral_consent=True)
        assert scanned["state"] == "granted"
        assert scanned["holder"]["name_masked"] == "王**"
        pulled = await operator.pull(scanned["grant"])
        assert [one["certificate_name"] for one in pulled["certificates"]] == ["食品经营许可证"]

    async def test_dies_of_five_wrong_tries_in_its_life(self, town: Town) -> None:
        person = a_person()
        url = (await a_paper_code(town, person))["url"]
        item, last_four = await town.item("食品经营许可证"), person["id_number"][-4:]
        wrong = "0000" if last_four != "0000" else "0001"
        asked: dict[str, Any] = {"item": item, "purpose": PURPOSE, "oral_consent": True}
        for number in range(5):
            trying = town.operator(f"staff-{number}").scan(url, **asked, last_four=wrong)
            assert (await refused(trying)).code in {"paper_code_wrong_last_four", "paper_code_dead"}
        dead = await refused(town.operator().scan(url, **asked, last_four=last_four))
        assert dead.code == "paper_code_dead"


class TestAnEmergencyCode:
    async def test_is_checked_without_the_server_and_uploaded_afterwards(self, town: Town) -> None:
        resident, item = await town.resident(a_person("李文清")), await town.item("食品经营许可证")
        code = (await emergency_codes(resident))[0]["code"]
        bundle = await the_bundle(town)
        graded = check(code, bundle, at=SystemClock().now())
        assert graded.grade == "genuine"
        assert graded.emergency is not None
        assert graded.emergency.name_masked == "李**"
        use = {"code": code, "item": item, "purpose": PURPOSE, "used_at": SystemClock().now().isoformat()}
        first, second = town.operator("offline-01"), town.operator("offline-02")
        assert await uploaded(first, use) == "recorded"
        assert await uploaded(first, use) == "recorded"
        assert await uploaded(second, use) == "reused"
        (seen,) = await resident.scans()
        assert (seen["mode"], seen["state"]) == ("offline", "recorded")

        async def told_of_both() -> bool:
            kinds = {one["kind"] for one in await resident.messages()}
            return {"scanned_offline", "code_reused"} <= kinds

        await eventually(told_of_both)

    async def test_is_listed_as_revoked_once_its_holder_is_frozen(self, town: Town) -> None:
        resident = await town.resident(a_person())
        code = (await emergency_codes(resident))[0]["code"]
        await resident.ask("identity", "POST", "/v1/me/freeze", json={"reason": "手机遗失"})
        bundle = await the_bundle(town)
        assert check(code, bundle, at=SystemClock().now()).grade == "revoked"


async def the_bundle(town: Town) -> Bundle:
    """What a counter keeps for the day when the network is gone."""
    answer = await town.platform.call("identity", "GET", "/v1/offline-bundle")
    return read_bundle(answer.text)


async def uploaded(operator: Operator, use: Json) -> str:
    answer = await operator.ask("identity", "POST", "/v1/offline-uses", json={"uses": [use]})
    (told,) = answer["uses"]
    return str(told["outcome"])


async def emergency_codes(resident: Resident) -> list[Json]:
    answer = await resident.ask(
        "identity", "POST", "/v1/me/emergency-codes", json={"concessions": ["elderly"]}
    )
    return list(answer["codes"])
