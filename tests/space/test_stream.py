"""Certificates arriving: in any order, more than once, and broken."""

import json
from datetime import date, timedelta
from itertools import permutations

import pytest

from services.kernel.event import Record
from services.kernel.outbox.relay import Relay
from services.space.store.entries import ENTRIES
from tests.kernel.things import running
from tests.space.world import BARE, HOLDER, HOLDER_NAME, MASKED, NOW, NUMBER, OTHER_HOLDER, World


def versions_said(world: World) -> list[int]:
    return [event["version"] for event in world.said("space.entry.added.v1")]


async def entry_version(world: World) -> int:
    (entry,) = (await world.see("entries"))["entries"]
    whole = await world.see(f"entries/{entry['entry_id']}")
    assert whole["fields"] == {"business_scope": f"热食类食品制售 {entry['version']}"}
    return int(entry["version"])


class TestHearingACertificate:
    async def test_puts_it_into_its_holders_space_and_says_so(self, world: World) -> None:
        await world.hear(world.certificate(7))
        (said,) = world.said("space.entry.added.v1")
        assert said == {
            "entry_id": f"{7:032x}",
            "version": 1,
            "holder_id": HOLDER,
            "certificate_type": "11100000MB9999900G901",
            "certificate_name": "食品经营许可证",
            "state": "valid",
            "authority": "11420322YM0000002G",
            "authority_name": "郧西县市场监督管理局",
            "valid_to": "2031-02-28",
            "added_at": "2026-03-09T02:30:00Z",
            "audience": None,
        }

    async def test_changes_and_says_nothing_for_an_older_or_repeated_version(self, world: World) -> None:
        for version in (2, 1, 2, 3):
            await world.hear(world.certificate(version=version))
            assert await entry_version(world) == max(2, version)
        assert versions_said(world) == [2, 3]

    async def test_takes_versions_in_one_batch_as_one_by_one(self, world: World) -> None:
        batch = [world.certificate(version=version) for version in (2, 1, 2, 3)]
        await world.hear(*batch, world.certificate(5, holder=OTHER_HOLDER), *batch)
        assert await entry_version(world) == 3
        assert versions_said(world) == [2, 3, 1]

    async def test_keeps_every_version_of_a_batch_in_the_outbox(self, world: World) -> None:
        await world.hear(*(world.certificate(version=version) for version in (1, 2, 3)))
        assert versions_said(world) == [1, 2, 3]

    async def test_keeps_the_rest_of_a_batch_when_one_seal_is_broken(self, world: World) -> None:
        moved = world.certificate(2, sealed=json.loads(world.certificate(3).value)["sealed"][:-4] + "AAAA")
        await world.hear(world.certificate(1), moved, world.certificate(4))
        assert [entry["entry_id"] for entry in (await world.see("entries"))["entries"]] == [
            f"{4:032x}",
            f"{1:032x}",
        ]
        assert world.dead_letters() == ["seal_broken"]

    async def test_refuses_content_that_was_sealed_for_another_holder(self, world: World) -> None:
        theirs = json.loads(world.certificate(holder=OTHER_HOLDER).value)["sealed"]
        await world.hear(world.certificate(sealed=theirs))
        assert world.dead_letters() == ["seal_broken"]

    async def test_refuses_content_that_is_not_a_certificates(self, world: World) -> None:
        broken = [b"\xff", b"[]", b"{}", b'"text"', b"[" * 100_000]
        await world.hear(*(world.certificate(number, plain=plain) for number, plain in enumerate(broken)))
        await world.hear(
            world.certificate(9, content={"name": 9}),
            world.certificate(10, content={"fields": []}),
            world.certificate(11, content={"holder_name": "half a character: \ud800"}),
        )
        assert world.dead_letters() == ["event_malformed"] * 8
        assert world.documents.kept("entries") == []

    async def test_refuses_a_version_that_there_cannot_be(self, world: World) -> None:
        await world.hear(world.certificate(version=0))
        assert world.dead_letters() == ["event_malformed"]

    async def test_takes_a_certificate_without_number_and_end(self, world: World) -> None:
        await world.hear(world.certificate(valid_to=None, content={"number": None, "authority_name": None}))
        (entry,) = (await world.see("entries"))["entries"]
        assert (entry["state"], entry["valid_to"], entry["authority_name"]) == ("valid", None, "")


class TestARemoval:
    @pytest.mark.parametrize("content", [BARE, None], ids=["as_it_comes", "with_content_by_mistake"])
    async def test_leaves_the_reason_and_no_content(
        self, world: World, content: dict[str, str] | None
    ) -> None:
        await world.hear(world.certificate(1))
        await world.pull()
        gone = world.status(version=2, change="correct", state="removed", content=content)
        await world.hear(gone)
        shown = await world.see(f"entries/{1:032x}")
        assert (shown["state"], shown["change"], shown["order"]["reason"]) == ("removed", "correct", "检查")
        assert (shown["certificate_name"], shown["authority_name"]) == tuple(BARE.values())[:2]
        assert (shown["holder_name"], shown["identifier"], shown["number"], shown["fields"]) == (
            "",
            "",
            None,
            {},
        )
        (entry,) = (await world.see("entries"))["entries"]
        assert entry["state"] == "removed"
        (access,) = (await world.see("accesses"))["accesses"]
        assert access["outcome"] == "pulled"
        (said,) = world.said("space.entry.changed.v1")
        assert (said["state"], said["change"]) == ("removed", "correct")

    async def test_leaves_nothing_to_match_or_to_pull(self, world: World) -> None:
        await world.hear(world.certificate(1), world.status(version=2, change="correct", state="removed"))
        (found,) = [
            one
            for one in (await world.match()).json()["matches"]
            if one["certificate_type"] == "11100000MB9999900G901"
        ]
        assert (found["result"], found["entry_ids"]) == ("missing", [])
        assert (await world.pull()).json()["code"] == "nothing_to_pull"

    async def test_is_for_good_unless_it_is_issued_again(self, world: World) -> None:
        await world.hear(world.certificate(1), world.status(version=2, change="correct", state="removed"))
        await world.hear(world.certificate(1))
        assert (await world.see(f"entries/{1:032x}"))["state"] == "removed"
        await world.hear(world.certificate(1, version=3))
        assert (await world.see(f"entries/{1:032x}"))["state"] == "valid"

    async def test_that_is_heard_before_the_issue_tells_nobody_of_what_nobody_saw(self, world: World) -> None:
        """Whose it was cannot be known then; once it is, the space is as if they had come in order."""
        gone = world.status(version=2, change="correct", state="removed", content=BARE)
        await world.hear(gone)
        assert (await world.see("entries"))["entries"] == []
        answer = await world.http.get(f"/v1/entries/{1:032x}", headers=world.resident())
        assert answer.json()["code"] == "entry_unknown"
        await world.hear(world.certificate(1), gone)
        await world.hear(world.registered())
        assert [one["state"] for one in (await world.see("entries"))["entries"]] == ["removed"]
        for fact in ("added", "changed", "disputed"):
            assert world.said(f"space.entry.{fact}.v1") == []
        await world.hear(world.status(version=3, change="correct", state="removed", content=BARE))
        assert world.said("space.entry.changed.v1") == []
        await world.hear(world.certificate(1, version=4))
        assert (await world.see(f"entries/{1:032x}"))["state"] == "valid"


class TestACertificateOfSeveralHolders:
    async def test_is_an_entry_in_the_space_of_each(self, world: World) -> None:
        others = [{"name": "林望舒", "id_type": "111", "id_number_masked": MASKED}]
        await world.hear(
            world.certificate(1, content={"joint_holders": others}),
            world.certificate(1, holder=OTHER_HOLDER, place=1),
        )
        assert [one["entry_id"] for one in world.said("space.entry.added.v1")] == [
            f"{1:032x}",
            f"{1:032x}-1",
        ]
        assert (await world.see(f"entries/{1:032x}"))["joint_holders"] == others
        answer = await world.http.get(f"/v1/entries/{1:032x}-1", headers=world.resident())
        assert answer.json()["code"] == "entry_unknown"


class TestWhatIsKept:
    async def test_holds_no_personal_data_in_the_clear_nor_says_any(self, world: World) -> None:
        await world.hear(world.certificate())
        await world.pull()
        kept = world.documents.everything()
        assert '"holder_id":"' in kept  # the outbox was looked at too
        for personal in (HOLDER_NAME, NUMBER, MASKED, "热食类"):
            assert personal not in kept
            assert personal.encode().hex() not in kept
            assert repr(personal.encode())[2:-1] not in kept

    async def test_opens_for_no_other_entry(self, world: World) -> None:
        await world.hear(world.certificate(1), world.certificate(2))
        first, second = world.documents._kept["entries"].values()  # noqa: SLF001 - as an intruder would
        first["content"] = second["content"]
        answer = await world.http.get(f"/v1/entries/{first['_id']}", headers=world.resident())
        assert (answer.status_code, answer.json()["code"]) == (503, "unexpected")
        assert NUMBER not in answer.text

    async def test_is_gone_for_good_when_the_holders_key_is(self, world: World) -> None:
        await world.hear(world.certificate(1))
        world.documents._kept["keys"].clear()  # noqa: SLF001 - as erasure does
        fresh = World(world.secrets)
        fresh.documents._kept = world.documents._kept  # noqa: SLF001
        answer = await fresh.http.get(f"/v1/entries/{1:032x}", headers=fresh.resident())
        assert (answer.status_code, answer.json()["code"]) == (410, "content_erased")
        refused = await fresh.pull()
        assert (refused.status_code, refused.json()["code"]) == (410, "content_erased")
        assert (await fresh.see("accesses"))["accesses"][0]["reason"] == "content_erased"


class TestTheOutbox:
    async def test_leaves_as_records_keyed_by_the_holder(self, world: World) -> None:
        await world.hear(world.certificate(1))
        world.clock.at = NOW + timedelta(minutes=1)
        relay: Relay = world.service.relay
        assert relay.backlog == 1
        async with running(relay.publish_forever):
            await relay.drained()
        (record,) = world.bus.topics["space-entry"]
        assert isinstance(record, Record)
        assert (record.key, record.header("ce_subject")) == (HOLDER, f"{1:032x}")


class TestAStatus:
    async def test_that_is_heard_before_the_issue_stands_whole_and_the_issue_changes_nothing(
        self, world: World
    ) -> None:
        """The two travel on topics of their own: a revocation overtakes the import that it is about."""
        await world.hear(world.status(version=2))
        await world.hear(world.certificate(version=1))
        shown = await world.see(f"entries/{1:032x}")
        assert (shown["state"], shown["version"], shown["order"]["change"]) == ("revoked", 2, "revoke")
        assert shown["holder_name"]
        assert versions_said(world) == []
        (said,) = world.said("space.entry.changed.v1")
        assert (said["state"], said["change"]) == ("revoked", "revoke")

    async def test_in_any_order_with_others_ends_as_the_newest_says(self, world: World) -> None:
        steps = [
            world.certificate(version=1),
            world.status(version=2, change="suspend", state="suspended"),
            world.status(version=3, change="resume", state="valid"),
            world.status(version=4),
        ]
        for order in permutations(steps):
            fresh = [*order, *order]
            await world.hear(*fresh)
            assert (await world.see(f"entries/{1:032x}"))["state"] == "revoked"
            await world.documents.delete(ENTRIES, f"{1:032x}")

    async def test_of_a_renewal_stands_in_the_place_of_the_edition_before(self, world: World) -> None:
        await world.hear(world.certificate(version=1))
        await world.hear(world.certificate(version=2, change="renew", valid_to=date(2036, 3, 4)))
        shown = await world.see(f"entries/{1:032x}")
        assert (shown["version"], shown["change"], shown["valid_to"]) == (2, "renew", "2036-03-04")
        assert versions_said(world) == [1]
        (said,) = world.said("space.entry.changed.v1")
        assert (said["version"], said["state"], said["change"]) == (2, "valid", "renew")

    async def test_of_the_new_version_forgets_the_change_before(self, world: World) -> None:
        await world.hear(world.status(version=2, change="suspend", state="suspended"))
        await world.hear(world.certificate(version=3))
        shown = await world.see(f"entries/{1:032x}")
        assert (shown["state"], shown["change"], shown["order"]) == ("valid", None, None)
