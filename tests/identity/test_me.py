"""What a holder sees of itself, takes along and has erased."""

from typing import Any

import httpx
import pytest

from services.identity.handlers.holders import ids_of, register_from_login
from services.identity.store import HOLDERS
from services.kernel.holders import HolderId
from services.kernel.keys.vault import KEYS, Vault
from services.kernel.store.documents import DatabaseUnavailable
from tests.identity.office import NAME, NUMBER, PERSON, Office
from tests.identity.test_aliases import link_own
from tests.identity.test_consent import mandated
from tests.identity.unseen import a_world, passport


async def erase(office: Office, holder_id: str) -> httpx.Response:
    return await office.call("POST", "/v1/me/erasure", await office.resident(holder_id))


async def see(office: Office, holder_id: str, what: str = "") -> httpx.Response:
    return await office.call("GET", f"/v1/me{what}", await office.resident(holder_id))


class TestMe:
    async def test_is_shown_with_a_masked_number_and_since_when(self, office: Office) -> None:
        holder_id = await office.holder_id()
        shown = (await see(office, holder_id)).json()
        assert (shown["kind"], shown["name"]) == ("person", NAME)
        assert shown["number_masked"] == NUMBER[:3] + "*" * 13 + NUMBER[-2:]
        assert shown["registered_at"] == "2026-03-01T08:00:00Z"
        assert shown["standing"] == {"state": "active", "acting_as": "", "changed_at": None}

    async def test_is_shown_while_frozen_so_that_one_sees_why(self, office: Office) -> None:
        holder_id = await office.holder_id()
        await office.call("POST", "/v1/me/freeze", await office.resident(holder_id))
        office.clock.forward(milliseconds=1)
        assert (await see(office, holder_id)).json()["standing"]["acting_as"] == "holder"

    async def test_is_not_for_who_acts_in_some_items_alone(self, office: Office) -> None:
        holder_id = await office.holder_id()
        agent = await office.resident(holder_id, kind="agent", actor="B" * 26, mandate_id="M" * 26)
        for what in ("", "/export"):
            answer = await office.call("GET", f"/v1/me{what}", agent)
            assert (answer.status_code, answer.json()["code"]) == (403, "caller_kind_wrong")

    async def test_is_taken_along_whole(self, office: Office) -> None:
        one, other = await office.holder_id(), await office.holder_id(passport(1))
        await link_own(office, one, other)
        said = (await see(office, one, "/export")).json()
        assert said["profile"]["number"] == NUMBER
        assert said["aliases"][0]["profile"]["number"] == passport(1)["id_number"]
        assert said["standing"]["state"] == "active"
        assert {"mandates", "scans", "paper_codes", "emergency_codes", "sessions", "reuses"} <= set(said)

    async def test_is_taken_along_with_every_scan_and_without_secrets(self, office: Office) -> None:
        holder_id = await office.holder_id()
        await office.scan(await office.code())
        answer = await see(office, holder_id, "/export")
        assert [one["purpose"] for one in answer.json()["scans"]] == ["办理食品经营许可变更"]
        assert '"secret"' not in answer.text


class TestErasure:
    async def test_deletes_the_key_so_that_no_copy_of_the_profile_opens(self, office: Office) -> None:
        holder_id = await office.holder_id()
        copy = office.kept(HOLDERS, holder_id)
        assert copy is not None
        sealed = bytes(copy["profile"])
        assert (await erase(office, holder_id)).json() == {"accepted": True}
        assert office.kept(KEYS, f"{holder_id}:own") is None
        left = office.kept(HOLDERS, holder_id)
        assert left is not None
        assert left["profile"] == b""
        vault = Vault(office.documents, bytes(32))
        keys = await vault.keys([holder_id], "own", make=False)
        with pytest.raises(Exception, match="erased"):
            keys.decrypt(holder_id, sealed, place=f"holders/{holder_id}")

    async def test_is_said_and_stops_the_codes(self, office: Office) -> None:
        holder_id = await office.holder_id()
        code = await office.code()
        await erase(office, holder_id)
        assert (await office.said("identity-holder"))[-1] == {
            "holder_id": holder_id,
            "version": 2,
            "erased_at": "2026-03-01T08:00:00Z",
        }
        answer = await office.call("POST", "/v1/codes", await office.resident(holder_id))
        assert (answer.status_code, answer.json()["code"]) == (404, "holder_unknown")
        assert (await office.scan(code)).json()["code"] == "holder_unknown"
        assert (await see(office, holder_id)).json()["code"] == "holder_unknown"

    async def test_repeated_is_said_once(self, office: Office) -> None:
        holder_id = await office.holder_id()
        answers = [await erase(office, holder_id) for _ in range(3)]
        assert {one.status_code for one in answers} == {200}
        assert len([said for said in await office.said("identity-holder") if "erased_at" in said]) == 1

    async def test_takes_the_other_documents_along(self, office: Office) -> None:
        one, other = await office.holder_id(), await office.holder_id(passport(1))
        await link_own(office, one, other)
        await erase(office, other)
        for holder_id in (one, other):
            assert office.kept(KEYS, f"{holder_id}:own") is None
            assert await ids_of(a_world(office), HolderId(holder_id)) == (holder_id,)

    @pytest.mark.parametrize("at", [1, 2, 3])
    async def test_cut_off_after_any_step_is_finished_by_whoever_hears_of_it(
        self, office: Office, monkeypatch: pytest.MonkeyPatch, at: int
    ) -> None:
        one, other = await office.holder_id(), await office.holder_id(passport(1))
        await link_own(office, one, other)
        await office.said("identity-holder")
        office.bus.down = True
        with monkeypatch.context() as patch:
            cut_after_writes(office, patch, at)
            assert (await erase(office, one)).status_code == 503
        assert [key for key in (one, other) if office.kept(KEYS, f"{key}:own")]
        office.bus.down = False
        await office.until(lambda: not [key for key in (one, other) if office.kept(KEYS, f"{key}:own")])
        await office.said("identity-holder")
        assert (await see(office, other)).json()["code"] == "holder_unknown"

    async def test_leaves_a_holder_who_came_back_alone_however_late_it_is_heard(self, office: Office) -> None:
        holder_id = await office.holder_id()
        await erase(office, holder_id)
        await office.said("identity-holder")
        world = a_world(office)
        again = await register_from_login(world, **PERSON)
        assert (again.life, again.version) == (2, 3)
        erased = [one for one in office.bus.topics["identity-holder"] if b"erased_at" in one.value]
        await office.bus.publish(erased)
        await office.register(passport(1))
        await office.said("identity-holder")
        assert (await see(office, holder_id)).json()["name"] == NAME
        assert [said["version"] for said in await office.said("identity-holder") if "kind" in said][:2] == [
            1,
            3,
        ]

    async def test_of_a_second_life_is_as_thorough(self, office: Office) -> None:
        holder_id = await office.holder_id()
        for _ in range(2):
            await erase(office, holder_id)
            assert [key for key in office.documents._kept["keys"] if holder_id in key and "own" in key] == []  # noqa: SLF001
            await office.register()
        assert (await see(office, holder_id)).json()["name"] == NAME

    async def test_is_for_the_holder_in_person(self, office: Office) -> None:
        _, _, acting = await mandated(office)
        answer = await office.call("POST", "/v1/me/erasure", acting)
        assert (answer.status_code, answer.json()["code"]) == (403, "acting_not_allowed")

    async def test_is_refused_while_frozen_so_that_a_thief_erases_nothing(self, office: Office) -> None:
        holder_id = await office.holder_id()
        await office.call("POST", "/v1/me/freeze", await office.resident(holder_id))
        assert (await erase(office, holder_id)).json()["code"] == "holder_frozen"


def cut_after_writes(office: Office, patch: pytest.MonkeyPatch, writes: int) -> None:
    """Let so many writes of the erasure through, and none after them."""
    left = [writes]

    def cut(name: str) -> None:
        method = getattr(office.documents, name)

        async def cut_off(collection: Any, *args: Any, **more: Any) -> Any:  # noqa: ANN401 - as it is
            if collection.name in {HOLDERS.name, KEYS.name}:
                if not left[0]:
                    raise DatabaseUnavailable("cut off")
                left[0] -= 1
            return await method(collection, *args, **more)

        patch.setattr(office.documents, name, cut_off)

    for name in ("update", "delete"):
        cut(name)
