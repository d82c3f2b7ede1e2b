"""Items of concessions (优待): a yes or no waits for no tap, and an offline use gets a grant to settle it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from services.identity.store import ITEMS
from services.space.domain import Grant
from services.space.grants import SignedGrants
from tests.identity.office import FOOD, HEALTH, ITEM, NAME, PERSON, Json, Office, claims_of
from tests.identity.test_consent import mandated, mine, not_me
from tests.identity.test_emergency import fetch, freeze, upload, use
from tests.identity.test_withdrawals import comes_about


@pytest.fixture
async def gate(office: Office) -> Office:
    """The item reads something sensitive, and answers only."""
    await office.publish_type(HEALTH, version=2, sensitive=True)
    await publish(office, answers_only=True)
    return office


async def publish(office: Office, *, version: int = 2, **said: Any) -> None:
    await office.publish_item(version=version, **said)
    kept: Callable[[], Any] = partial(office.kept, ITEMS, ITEM)
    await office.until(lambda: (kept() or {}).get("heard_version") == version)


async def used_offline(office: Office) -> Json:
    """Read at a gate without a network, told of afterwards."""
    said = use(office, (await fetch(office))[0]["code"])
    office.clock.forward(minutes=5)
    return said


async def read(office: Office, text: str) -> Grant:
    """As space does."""
    assert office.service.checker
    return await SignedGrants(office.service.checker).read(text)


class TestAScan:
    async def test_waits_for_no_tap_whatever_the_rule_reads(self, gate: Office) -> None:
        seen = (await gate.scan(await gate.code())).json()
        assert (seen["state"], seen["basis"]) == ("granted", "holder_presented")
        said = claims_of(seen["grant"])
        assert (said["answers_only"], said["certificate_types"]) == (True, [FOOD, HEALTH])
        assert "used_at" not in said

    async def test_tells_the_gate_nothing_of_the_person(self, gate: Office) -> None:
        seen = await gate.scan(await gate.code())
        assert seen.json()["holder"] == {"kind": "person", "name_masked": ""}
        assert NAME[:1] not in seen.text

    async def test_of_any_other_item_waits_and_its_grant_says_nothing_of_answers(self, gate: Office) -> None:
        await publish(gate, version=3)
        assert (await gate.scan(await gate.code())).json()["state"] == "pending"
        await publish(gate, version=4, required=(FOOD,))
        assert "answers_only" not in claims_of((await gate.scan(await gate.code())).json()["grant"])

    async def test_under_a_mandate_says_so(self, gate: Office) -> None:
        code, *_ = await mandated(gate)
        said = claims_of((await gate.scan(code)).json()["grant"])
        assert (said["basis"], said["answers_only"]) == ("mandate", True)
        assert said["mandate_id"]

    async def test_gives_a_grant_that_space_reads_as_one_for_answers(self, gate: Office) -> None:
        seen = (await gate.scan(await gate.code())).json()
        grant = await read(gate, seen["grant"])
        assert (grant.answers_only, grant.used_at) == (True, None)


class TestAnOfflineUse:
    async def test_gets_a_grant_that_says_when_it_was(self, gate: Office) -> None:
        said = await used_offline(gate)
        (told,) = await upload(gate, said)
        assert told["outcome"] == "recorded"
        grant = await read(gate, told["grant"])
        assert grant.used_at == datetime.fromisoformat(said["used_at"])
        assert grant.answers_only
        assert grant.certificate_types == (FOOD, HEALTH)
        assert grant.holder_ids == (await gate.holder_id(),)
        [given] = await gate.said("identity-grant")
        assert given["grant_id"] == grant.grant_id

    async def test_of_another_item_gets_none(self, office: Office) -> None:
        """What opens certificates is opened by the holder, and not by a report."""
        (told,) = await upload(office, await used_offline(office))
        assert (told["outcome"], told["grant"]) == ("recorded", None)

    async def test_told_again_gets_a_grant_for_the_same_use_that_holds(self, gate: Office) -> None:
        said = await used_offline(gate)
        first = claims_of((await upload(gate, said))[0]["grant"])
        gate.clock.forward(minutes=30)
        again = claims_of((await upload(gate, said))[0]["grant"])
        same = ("jti", "scan_id", "used_at", "operator")
        assert [first[one] for one in same] == [again[one] for one in same]
        assert again["exp"] > first["exp"]

    async def test_told_before_the_item_was_known_gets_one_later(self, office: Office) -> None:
        said = await used_offline(office)
        assert (await upload(office, said))[0]["grant"] is None
        await publish(office, answers_only=True)
        assert (await upload(office, said))[0]["grant"]

    async def test_of_a_code_that_was_revoked_or_frozen_gets_none(self, gate: Office) -> None:
        """It is recorded, so that its holder learns of it, and nobody is charged."""
        first, second = (use(gate, one["code"]) for one in (await fetch(gate))[:2])
        gate.clock.forward(minutes=5)
        await gate.call("DELETE", "/v1/me/emergency-codes", await mine(gate))
        (told,) = await upload(gate, first)
        assert (told["outcome"], told["grant"]) == ("recorded", None)
        await freeze(gate)
        (told,) = await upload(gate, second)
        assert (told["outcome"], told["grant"]) == ("recorded", None)

    async def test_that_its_holder_disputes_gets_no_second_grant(self, gate: Office) -> None:
        said = await used_offline(gate)
        (told,) = await upload(gate, said)
        assert (await not_me(gate, told["scan_id"])).status_code == 200
        gate.clock.forward(minutes=30)
        assert (await upload(gate, said))[0]["grant"] is None

    async def test_by_an_organisation_that_does_not_handle_the_item_gets_none(self, gate: Office) -> None:
        said = await used_offline(gate)
        await gate.put_organisation(items=[])
        assert (await upload(gate, said))[0]["grant"] is None

    async def test_told_hours_later_loses_its_grant_with_the_operator(self, gate: Office) -> None:
        said = await used_offline(gate)
        gate.clock.forward(hours=20)
        gate._tokens.clear()  # noqa: SLF001 - they have expired
        (told,) = await upload(gate, said)
        assert told["grant"]
        await gate.remove_operator("w001")
        await comes_about(gate, told, "operator_removed")

    async def test_that_is_the_codes_second_gets_none(self, gate: Office) -> None:
        said = await used_offline(gate)
        await upload(gate, said)
        later = datetime.fromisoformat(said["used_at"]) + timedelta(minutes=3)
        (told,) = await upload(gate, said | {"used_at": later.isoformat()})
        assert (told["outcome"], told["grant"]) == ("reused", None)

    async def test_is_shown_to_its_holder_as_any_scan(self, gate: Office) -> None:
        (told,) = await upload(gate, await used_offline(gate))
        scans = (await gate.call("GET", "/v1/me/scans", await mine(gate, PERSON))).json()
        assert str(told["scan_id"]) in str(scans)
