"""A freeze, an ended mandate, an operator who left: what was granted before is worth nothing any more."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

import pytest

from services.identity.domain.scans import Scan
from services.identity.events import MandateChanged, OperatorChanged, StandingChanged
from services.identity.store import SCANS, KeptScans
from services.kernel.event import Event, entry, record
from tests.identity.office import ENTERPRISE, HERE, Json, Office
from tests.identity.test_consent import MANDATE, mandated, mine, pending, see, sensitive, tap, told

__all__ = ["sensitive"]


async def granted(office: Office, token: str = "") -> Json:
    return dict((await office.scan(await office.code(), token=token)).json())


async def state_of(office: Office, seen: Json) -> tuple[str, str | None]:
    """As kept, whatever time it is."""
    document = office.kept(SCANS, seen["scan_id"])
    assert document is not None
    return document["state"], document["withdrawn_reason"]


async def comes_about(office: Office, seen: Json, reason: str) -> None:
    def withdrawn() -> bool:
        return bool((office.kept(SCANS, seen["scan_id"]) or {})["state"] == "withdrawn")

    await office.until(withdrawn)
    assert await state_of(office, seen) == ("withdrawn", reason)
    told = [one for one in await office.said("identity-grant") if one["scan_id"] == seen["scan_id"]]
    assert [one["reason"] for one in told if "withdrawn_at" in one] == [reason]


async def say(office: Office, event: Event, version: int) -> None:
    """A fact heard again, or late."""
    await office.bus.publish([record(entry(event, version=version, at=office.clock.now()))])
    await office.heard_all()


class TestAFreeze:
    async def test_withdraws_what_was_granted_and_what_waits(self, sensitive: Office) -> None:
        waits = await pending(sensitive)
        await sensitive.put_organisation(may_ask_for=["11100000MB9999900G901"])
        given = await granted(sensitive)
        assert given["state"] == "granted"
        sensitive.clock.forward(seconds=1)
        await sensitive.call("POST", "/v1/me/freeze", await mine(sensitive), json={"reason": "丢了"})
        for seen in (waits, given):
            await comes_about(sensitive, seen, "holder_not_active")
        sensitive.clock.forward(seconds=1)
        assert told(await tap(sensitive, waits["scan_id"], "approve")) == (410, "scan_withdrawn")

    async def test_withdraws_also_what_was_kept_before_scans_had_all_of_todays_fields(
        self, office: Office
    ) -> None:
        seen = await granted(office)
        del (office.kept(SCANS, seen["scan_id"]) or {})["answers_only"]
        token = await mine(office)
        (listed,) = (await office.call("GET", "/v1/me/scans", token)).json()["scans"]
        assert listed["scan_id"] == seen["scan_id"]
        office.clock.forward(seconds=1)
        await office.call("POST", "/v1/me/freeze", token, json={"reason": "丢了"})
        await comes_about(office, seen, "holder_not_active")

    async def test_that_is_heard_after_the_thaw_still_cuts_off_what_came_before_it_and_no_more(
        self, office: Office
    ) -> None:
        before = await granted(office)
        frozen_at = office.clock.now()
        office.clock.forward(seconds=30)
        after = await granted(office)
        said = StandingChanged(
            holder_id=await office.holder_id(),
            version=1,
            state="frozen",
            acting_as="holder",
            changed_at=frozen_at,
        )
        await say(office, said, 1)
        await comes_about(office, before, "holder_not_active")
        assert await state_of(office, after) == ("granted", None)

    async def test_leaves_a_grant_that_is_over_as_it_was(self, office: Office) -> None:
        seen, holder_id = await granted(office), await office.holder_id()
        office.clock.forward(minutes=11)
        token = await office.resident(holder_id)
        await office.call("POST", "/v1/me/freeze", token, json={"reason": "丢了"})
        await office.heard_all()
        assert await state_of(office, seen) == ("granted", None)

    async def test_heard_ten_times_withdraws_once(self, office: Office) -> None:
        seen = await granted(office)
        said = StandingChanged(
            holder_id=await office.holder_id(),
            version=1,
            state="frozen",
            acting_as="holder",
            changed_at=office.clock.now(),
        )
        for _ in range(10):
            await say(office, said, 1)
        await comes_about(office, seen, "holder_not_active")


class TestAnEndedMandate:
    async def test_withdraws_what_was_granted_under_it_and_nothing_else(self, office: Office) -> None:
        code, *_ = await mandated(office, role="agent")
        under, own = (await office.scan(code)).json(), await granted(office)
        await office.call("POST", f"/v1/mandates/{MANDATE}/end", await mine(office, ENTERPRISE))
        await comes_about(office, under, "mandate_ended")
        assert await state_of(office, own) == ("granted", None)

    async def test_is_one_order_though_both_sides_are_told(self, office: Office) -> None:
        code, *_ = await mandated(office, role="agent")
        seen = (await office.scan(code)).json()
        both = [await office.holder_id(ENTERPRISE), str((office.kept(SCANS, seen["scan_id"]) or {})["actor"])]
        for holder_id in both:
            said = MandateChanged(
                mandate_id=MANDATE,
                version=2,
                holder_id=holder_id,
                principal=both[0],
                agent=both[1],
                role="agent",
                items=(),
                state="ended",
                changed_at=office.clock.now(),
            )
            await say(office, said, 2)
        await comes_about(office, seen, "mandate_ended")


class TestAnOperatorWhoLeft:
    async def test_holds_no_grant_any_more_and_colleagues_keep_theirs(self, office: Office) -> None:
        gone, stays = await granted(office), await granted(office, await office.operator("w002"))
        await office.remove_operator("w001")
        await comes_about(office, gone, "operator_removed")
        assert await state_of(office, stays) == ("granted", None)
        assert told(await see(office, gone["scan_id"])) == (403, "operator_removed")

    async def test_and_came_back_keeps_what_was_granted_since(self, office: Office) -> None:
        """The removal, heard again late."""
        office.clock.forward(seconds=60)
        seen = await granted(office)
        said = OperatorChanged(
            operator_id="w001@staff",
            version=2,
            organisation=HERE,
            roles=(),
            removed=True,
            changed_by="admin",
        )
        late = record(entry(said, version=2, at=office.clock.now() - timedelta(seconds=30)))
        await office.bus.publish([late])
        await office.heard_all()
        assert await state_of(office, seen) == ("granted", None)

    async def test_with_the_whole_organisation_leaves_no_grant(self, office: Office) -> None:
        seen = [await granted(office), await granted(office, await office.operator("w002"))]
        await office.call("DELETE", f"/v1/organisations/{HERE}", await office.token("admin"))
        for one in seen:
            await comes_about(office, one, "organisation_removed")


class TestACrash:
    async def test_in_the_middle_is_made_good_by_the_next_process(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The fact is acknowledged after the last grant: it is heard again, and goes on."""
        seen = [await granted(office) for _ in range(3)]
        change, done = office.documents.update, 0

        async def dies(*given: object, **more: object) -> bool:
            nonlocal done
            if getattr(given[0], "name", "") == "scans":
                done += 1
                if done == 2:
                    raise OSError("killed")
            return await change(*given, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(office.documents, "update", dies)
        await office.remove_operator("w001")
        for one in seen:
            await comes_about(office, one, "operator_removed")

    async def test_racing_the_tap_leaves_no_grant(self, sensitive: Office) -> None:
        seen = await pending(sensitive)
        sensitive.clock.forward(seconds=1)
        token = await mine(sensitive)
        await asyncio.gather(
            tap(sensitive, seen["scan_id"], "approve", token),
            sensitive.call("POST", "/v1/me/freeze", token, json={"reason": "丢了"}),
        )
        await comes_about(sensitive, seen, "holder_not_active")


class TestAScanOnItsWay:
    """What ends between its reads and its write finds no grant to withdraw: the scan looks once more."""

    @pytest.mark.parametrize("sensitive_item", [False, True])
    async def test_is_taken_back_when_the_holder_was_frozen_meanwhile(
        self, office: Office, monkeypatch: pytest.MonkeyPatch, *, sensitive_item: bool
    ) -> None:
        if sensitive_item:
            await office.publish_type("11100000MB9999900G902", sensitive=True, version=2)
        code, token = await office.code(), await office.resident(await office.holder_id())
        seen = await self.scanned_while(
            office, monkeypatch, code, office.call("POST", "/v1/me/freeze", token, json={"reason": "丢了"})
        )
        assert seen == ((403, "holder_frozen"), "withdrawn", "holder_not_active")

    async def test_is_taken_back_when_the_operator_was_removed_meanwhile(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await office.operator()
        seen = await self.scanned_while(
            office, monkeypatch, await office.code(), office.remove_operator("w001")
        )
        assert seen == ((403, "operator_removed"), "withdrawn", "operator_removed")

    async def test_is_taken_back_when_the_mandate_was_ended_meanwhile(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        code, *_ = await mandated(office, role="agent")
        ending = office.call("POST", f"/v1/mandates/{MANDATE}/end", await mine(office, ENTERPRISE))
        seen = await self.scanned_while(office, monkeypatch, code, ending)
        assert seen == ((410, "mandate_ended"), "withdrawn", "mandate_ended")

    async def scanned_while(
        self,
        office: Office,
        monkeypatch: pytest.MonkeyPatch,
        code: str,
        meanwhile: Awaitable[object],
    ) -> tuple[tuple[int, str], str, str]:
        """Everything is read; then this happens and is heard; then the scan is written."""
        write = KeptScans.add

        async def late(scans: KeptScans, scan: Scan) -> bool:
            monkeypatch.setattr(KeptScans, "add", write)
            await meanwhile
            await office.heard_all()
            return await write(scans, scan)

        monkeypatch.setattr(KeptScans, "add", late)
        answer = await office.scan(code)
        (kept,) = office.documents._kept[SCANS.name].values()  # noqa: SLF001
        return told(answer), kept["state"], kept["withdrawn_reason"]
