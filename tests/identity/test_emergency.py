"""Emergency codes: fetched ahead, listed when revoked, and what is told of uses made offline."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from services.identity.codes import CodeReader
from services.identity.domain.codes import CONCESSIONS
from services.identity.store import EMERGENCY_CODES
from services.kernel.stream.memory_bus import MemoryBus
from tests.identity.office import ELSEWHERE, ENTERPRISE, ITEM, NUMBER, HandClock, Json, Office
from tests.identity.test_consent import mandated
from tests.world.yielding import Yielding

PATH = "/v1/me/emergency-codes"
CHECKED = {"id_type": "111", "id_number": NUMBER, "reason": "手机丢失", "checked": "电话核实"}


async def fetch(office: Office, holder_id: str = "", *concessions: str) -> list[Json]:
    """What the phone is given."""
    token = await office.resident(holder_id or await office.holder_id())
    answer = await office.call("POST", PATH, token, json={"concessions": list(concessions)})
    assert answer.status_code == 200, answer.text
    codes: list[Json] = answer.json()["codes"]
    return codes


async def states(office: Office, holder_id: str = "") -> list[str]:
    token = await office.resident(holder_id or await office.holder_id())
    answer = await office.call("GET", PATH, token)
    return sorted(one["state"] for one in answer.json()["codes"])


async def bundle(office: Office) -> Json:
    answer = await office.http.get("/v1/offline-bundle")
    assert answer.status_code == 200
    found: Json = answer.json()
    return found


def use(office: Office, code: str, **changes: Any) -> Json:
    said = {"code": code, "item": ITEM, "purpose": "乘车优待", "used_at": office.clock.now().isoformat()}
    return said | changes


async def upload(office: Office, *uses: Json, staff: str = "w001") -> list[Json]:
    token = await office.operator(staff)
    answer = await office.call("POST", "/v1/offline-uses", token, json={"uses": list(uses)})
    assert answer.status_code == 200, answer.text
    told: list[Json] = answer.json()["uses"]
    return told


async def freeze(office: Office, verb: str = "freeze") -> None:
    answer = await office.call("POST", f"/v1/holders:{verb}", await office.operator("w900"), json=CHECKED)
    assert answer.status_code == 200, answer.text


class TestFetching:
    async def test_the_phone_gets_five_codes_that_nobody_can_link(self, office: Office) -> None:
        codes = await fetch(office, "", "elderly")
        assert len({one["code"] for one in codes}) == len({one["code_id"] for one in codes}) == 5
        reader = CodeReader((await bundle(office))["keys"])
        opened = [reader.open(one["code"]) for one in codes]
        assert len({one.cti for one in opened}) == 5
        assert {one.emergency.name_masked for one in opened if one.emergency} == {"欧阳**"}
        assert {one.emergency.concessions for one in opened if one.emergency} == {("elderly",)}

    async def test_a_code_is_good_for_a_day_and_comes_as_a_picture(self, office: Office) -> None:
        code = (await fetch(office))[0]
        ends = datetime.fromisoformat(code["expires_at"])
        assert ends == office.clock.now() + timedelta(hours=24)
        assert code["image"].startswith("data:image/png;base64,iVBOR")

    async def test_neither_text_nor_name_nor_number_is_kept(self, office: Office) -> None:
        codes = await fetch(office)
        kept = str(office.documents._kept[EMERGENCY_CODES.name])  # noqa: SLF001
        assert all(one["code"][4:] not in kept for one in codes)
        assert NUMBER not in kept
        assert "欧阳" not in kept

    async def test_a_second_fetch_gives_nothing_while_all_five_are_good(self, office: Office) -> None:
        await fetch(office)
        assert await fetch(office) == []
        assert await states(office) == ["issued"] * 5

    async def test_a_used_one_is_replaced_and_the_others_stay(self, office: Office) -> None:
        first, *_ = await fetch(office)
        assert (await office.scan(first["code"])).status_code in {200, 201}
        assert len(await fetch(office)) == 1
        assert await states(office) == [*["issued"] * 5, "used"]

    async def test_all_are_replaced_when_their_day_is_over(self, office: Office) -> None:
        holder_id = await office.holder_id()
        await fetch(office, holder_id)
        office.clock.forward(hours=24)
        assert len(await fetch(office, holder_id)) == 5
        assert await states(office, holder_id) == [*["expired"] * 5, *["issued"] * 5]

    async def test_a_phone_that_forgot_them_revokes_them_and_fetches_again(self, office: Office) -> None:
        lost = await fetch(office)
        token = await office.resident(await office.holder_id())
        assert (await office.call("DELETE", PATH, token)).status_code == 204
        assert (await office.call("DELETE", PATH, token)).status_code == 204
        assert len(await fetch(office)) == 5
        assert set((await bundle(office))["revoked"]) == {one["code_id"] for one in lost}

    async def test_a_list_for_all_counters_does_not_grow_by_one_holders_will(self, office: Office) -> None:
        token = await office.resident(await office.holder_id())
        answers = []
        for _ in range(6):
            answers.append(await office.call("POST", PATH, token, json={}))
            await office.call("DELETE", PATH, token)
        assert [one.status_code for one in answers] == [200] * 4 + [429] * 2
        assert int(answers[-1].headers["Retry-After"]) > 0
        assert len((await bundle(office))["revoked"]) == 20

    async def test_who_fetches_at_once_in_many_places_has_five_all_the_same(self, keys: Path) -> None:
        async with Office(keys, HandClock(), Yielding(), MemoryBus()) as office:
            await office.open_counter()
            token = await office.resident(await office.holder_id())
            answers = await asyncio.gather(*(office.call("POST", PATH, token, json={}) for _ in range(16)))
            given = [one for answer in answers for one in answer.json()["codes"]]
            assert len(given) == len({one["code_id"] for one in given}) == 5

    async def test_a_frozen_holder_fetches_none(self, office: Office) -> None:
        token = await office.resident(await office.holder_id())
        await freeze(office)
        answer = await office.call("POST", PATH, token, json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "holder_frozen")

    async def test_who_acts_for_another_fetches_none(self, office: Office) -> None:
        _, _, token = await mandated(office)
        for answer in (
            await office.call("POST", PATH, token, json={}),
            await office.call("GET", PATH, token),
            await office.call("DELETE", PATH, token),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "acting_not_allowed")

    async def test_an_unknown_class_is_refused_and_all_known_ones_fit(self, office: Office) -> None:
        token = await office.resident(await office.holder_id())
        answer = await office.call("POST", PATH, token, json={"concessions": ["king"]})
        assert (answer.status_code, answer.json()["code"]) == (422, "concession_unknown")
        assert len(await fetch(office, "", *CONCESSIONS)) == 5


class TestTheList:
    async def test_names_no_code_that_is_good_and_no_private_key(self, office: Office) -> None:
        await fetch(office)
        found = await bundle(office)
        assert (found["revoked"], found["dead_keys"]) == ([], [])
        assert found["keys"]["keys"]
        assert not {"d", "k"} & {part for key in found["keys"]["keys"] for part in key}

    async def test_a_freeze_lists_the_holders_codes_from_that_moment_on(self, office: Office) -> None:
        mine, theirs = await fetch(office), await fetch(office, await office.holder_id(ENTERPRISE))
        await freeze(office)
        revoked = (await bundle(office))["revoked"]
        assert revoked == sorted(one["code_id"] for one in mine)
        assert not {one["code_id"] for one in theirs} & set(revoked)

    async def test_a_thaw_brings_no_code_back(self, office: Office) -> None:
        before = await fetch(office)
        await freeze(office)
        office.clock.forward(minutes=1)
        await freeze(office, "unfreeze")
        assert (await bundle(office))["revoked"] == sorted(one["code_id"] for one in before)
        refused = await office.scan(before[0]["code"])
        assert (refused.status_code, refused.json()["code"]) == (410, "code_revoked")
        after = await fetch(office)
        assert len(after) == 5
        assert not {one["code_id"] for one in after} & set((await bundle(office))["revoked"])
        assert (await office.scan(after[0]["code"])).status_code in {200, 201}

    async def test_who_was_thawed_without_a_freeze_stands_on_no_list(self, office: Office) -> None:
        await fetch(office)
        await freeze(office, "unfreeze")
        assert (await bundle(office))["revoked"] == []

    async def test_what_has_expired_leaves_the_list(self, office: Office) -> None:
        await fetch(office)
        await freeze(office)
        office.clock.forward(hours=24)
        assert (await bundle(office))["revoked"] == []


class TestAtTheCounter:
    async def test_it_scans_like_any_other_and_once(self, office: Office) -> None:
        code = (await fetch(office))[0]["code"]
        office.clock.forward(hours=23)
        assert (await office.scan(code)).status_code in {200, 201}
        again = await office.scan(code, token=await office.operator("w002"))
        assert (again.status_code, again.json()["code"]) == (409, "code_used")

    async def test_a_revoked_one_is_refused_as_such(self, office: Office) -> None:
        code = (await fetch(office))[0]["code"]
        await office.call("DELETE", PATH, await office.resident(await office.holder_id()))
        refused = await office.scan(code)
        assert (refused.status_code, refused.json()["code"]) == (410, "code_revoked")

    async def test_that_of_a_frozen_holder_is_refused_for_the_freeze(self, office: Office) -> None:
        code = (await fetch(office))[0]["code"]
        await freeze(office)
        assert (await office.scan(code)).json()["code"] == "holder_frozen"

    async def test_one_that_is_on_no_list_of_ours_is_not_called_revoked(self, office: Office) -> None:
        code = (await fetch(office))[0]
        del office.documents._kept[EMERGENCY_CODES.name][code["code_id"]]  # noqa: SLF001
        assert (await office.scan(code["code"])).json()["code"] == "emergency_code_unlisted"
        office.clock.forward(days=40)
        assert (await office.scan(code["code"])).json()["code"] == "code_expired"


class TestUsesToldAfterwards:
    async def test_one_is_recorded_and_its_holder_is_told(self, office: Office) -> None:
        code = (await fetch(office))[0]["code"]
        said = use(office, code)
        office.clock.forward(hours=30)
        told = (await upload(office, said))[0]
        assert (told["outcome"], told["reason"]) == ("recorded", None)
        recorded = (await office.said("identity-scan"))[-1]
        assert (recorded["scan_id"], recorded["offline"], recorded["mode"]) == (
            told["scan_id"],
            True,
            "offline",
        )
        assert (recorded["state"], recorded["certificate_types"]) == ("recorded", [])
        assert await office.said("identity-grant") == []

    async def test_the_same_told_again_makes_one_record_and_no_reuse(self, office: Office) -> None:
        said = use(office, (await fetch(office))[0]["code"])
        first, second, *_ = [await upload(office, said) for _ in range(3)]
        both = await upload(office, said, said)
        assert first == second == [both[0]] == [both[1]]
        assert len(await office.said("identity-scan")) == 1

    async def test_a_second_use_is_told_as_a_reuse_once(self, office: Office) -> None:
        code = (await fetch(office))[0]["code"]
        first = use(office, code)
        office.clock.forward(minutes=5)
        second = use(office, code)
        await upload(office, first)
        for _ in range(2):
            told = (await upload(office, second, staff="w002"))[0]
            assert told["outcome"] == "reused"
        recorded, reuse = await office.said("identity-scan")
        assert recorded["operator"] == "w001@staff"
        assert (reuse["operator"], reuse["scan_id"]) == ("w002@staff", recorded["scan_id"])
        assert reuse["first_used_at"] < reuse["used_at"]

    async def test_whichever_is_told_first_the_later_use_is_the_second(self, office: Office) -> None:
        code = (await fetch(office))[0]["code"]
        earlier = use(office, code)
        office.clock.forward(minutes=5)
        await upload(office, use(office, code), staff="w002")
        told = (await upload(office, earlier))[0]
        assert told["outcome"] == "reused"
        _, reuse = await office.said("identity-scan")
        assert reuse["operator"] == "w002@staff"
        assert reuse["first_used_at"] < reuse["used_at"]

    async def test_a_code_that_was_scanned_online_too_is_a_reuse(self, office: Office) -> None:
        code = (await fetch(office))[0]["code"]
        await office.scan(code)
        office.clock.forward(hours=1)
        assert (await upload(office, use(office, code), staff="w002"))[0]["outcome"] == "reused"

    async def test_who_tells_at_once_from_many_counters_makes_one_record(self, keys: Path) -> None:
        async with Office(keys, HandClock(), Yielding(), MemoryBus()) as office:
            await office.open_counter()
            said = use(office, (await fetch(office))[0]["code"])
            tellers = [upload(office, said, staff=f"w{number:03}") for number in range(1, 17)]
            told = [one["outcome"] for some in await asyncio.gather(*tellers) for one in some]
            assert sorted(told) == ["recorded", *["reused"] * 15]

    async def test_a_revoked_code_that_was_used_is_recorded_all_the_same(self, office: Office) -> None:
        said = use(office, (await fetch(office))[0]["code"])
        await freeze(office)
        assert (await upload(office, said))[0]["outcome"] == "recorded"

    async def test_each_is_taken_or_refused_by_itself(self, office: Office) -> None:
        good, late, unsaid, *_ = [one["code"] for one in await fetch(office)]
        normal = await office.code()
        now = office.clock.now()
        told = await upload(
            office,
            use(office, normal),
            use(office, "YM1:RUBBISH"),
            use(office, ""),
            use(office, late, used_at=(now + timedelta(hours=25)).isoformat()),
            use(office, late, used_at=(now - timedelta(hours=1)).isoformat()),
            use(office, unsaid, purpose=" "),
            use(office, unsaid, purpose=f"查 {NUMBER}"),
            use(office, good),
        )
        assert [one["reason"] or one["outcome"] for one in told] == [
            "code_not_emergency",
            "code_incomplete",
            "code_unreadable",
            "code_not_yet_valid",
            "code_not_yet_valid",
            "purpose_missing",
            "purpose_names_person",
            "recorded",
        ]
        assert all(one["next_step_zh"] for one in told if one["reason"])

    async def test_a_use_after_the_codes_day_is_refused(self, office: Office) -> None:
        code = (await fetch(office))[0]["code"]
        office.clock.forward(hours=25)
        assert (await upload(office, use(office, code)))[0]["reason"] == "code_expired"

    async def test_the_word_of_a_stranger_or_of_too_much_is_not_taken(self, office: Office) -> None:
        code = (await fetch(office))[0]["code"]
        resident = await office.resident(await office.holder_id())
        body = {"uses": [use(office, code)]}
        assert (await office.call("POST", "/v1/offline-uses", resident, json=body)).status_code == 403
        elsewhere = await office.operator("w007", organisation=ELSEWHERE)
        refused = await office.call("POST", "/v1/offline-uses", elsewhere, json=body)
        assert refused.json()["code"] == "organisation_removed"
        for uses in ([], [use(office, code)] * 101, [use(office, code, used_at="2026-03-01T08:00:00")]):
            token = await office.operator()
            answer = await office.call("POST", "/v1/offline-uses", token, json={"uses": uses})
            assert answer.status_code == 422
