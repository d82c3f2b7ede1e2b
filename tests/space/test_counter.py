"""What an operator gets with a grant: a match without content, and a pull that is on record first."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.certs.domain.ticket import TicketExpired
from services.certs.tickets import TicketReader
from services.kernel.event import entry, record
from services.kernel.store.documents import DatabaseUnavailable
from services.space.events import TypePublished
from tests.space.world import (
    FOOD,
    HOLDER,
    HOLDER_NAME,
    HYGIENE,
    ITEM,
    MASKED,
    NOW,
    NUMBER,
    OTHER_HOLDER,
    ROAD,
    STRANGER,
    World,
)

BEGUN = int(NOW.timestamp()) - 700  # ten minutes end before now


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def records(world: World, *holders: str) -> list[tuple[str, str | None]]:
    page = await world.see("accesses", *holders)
    return [(one["outcome"], one["reason"]) for one in page["accesses"]]


def without_tickets(answer: httpx.Response) -> dict[str, Any]:
    """What a pull answers, but for what is signed anew each time."""
    pulled: dict[str, Any] = answer.json()
    for one in pulled["certificates"]:
        assert one.pop("ticket").count(".") == 2
    return pulled


class TestMatch:
    async def test_tells_for_each_type_of_the_grant_how_far_the_space_serves(self, world: World) -> None:
        await world.hear(world.certificate(1))
        matched = (await world.match()).json()
        assert {name: matched[name] for name in ("item", "matches")} == {
            "item": ITEM,
            "matches": [
                {
                    "certificate_type": FOOD,
                    "result": "have",
                    "state": "valid",
                    "reason": None,
                    "entry_ids": [f"{1:032x}"],
                },
                {
                    "certificate_type": HYGIENE,
                    "result": "missing",
                    "state": None,
                    "reason": "certificate_missing",
                    "entry_ids": [],
                },
            ],
        }

    @pytest.mark.parametrize(
        ("kept", "result", "reason"),
        [
            ({"valid_to": date(2026, 3, 8)}, "expired", "certificate_expired"),
            ({"state": "suspended"}, "not_valid", "certificate_not_valid"),
            ({"valid_from": date(2026, 3, 10)}, "not_valid", "certificate_not_valid"),
        ],
    )
    async def test_tells_what_is_there_and_does_not_serve(
        self, world: World, kept: dict[str, Any], result: str, reason: str
    ) -> None:
        await world.hear(world.certificate(**kept))
        found = (await world.match()).json()["matches"][0]
        assert (found["result"], found["reason"]) == (result, reason)

    async def test_prefers_the_valid_one_of_several_and_then_the_lapsed_one(self, world: World) -> None:
        lapsed = world.certificate(1, valid_to=date(2026, 1, 1))
        await world.hear(lapsed, world.certificate(2, state="revoked"))
        assert (await world.match()).json()["matches"][0]["entry_ids"] == [f"{1:032x}"]
        await world.hear(world.certificate(3), world.certificate(4), world.certificate(5, state="revoked"))
        assert (await world.match()).json()["matches"][0]["entry_ids"] == [f"{4:032x}", f"{3:032x}"]

    async def test_sees_an_old_certificate_behind_very_many_new_ones_of_another_type(
        self, world: World
    ) -> None:
        await world.hear(world.certificate(0, certificate_type=HYGIENE))
        await world.hear(*(world.certificate(number) for number in range(1, 220)))
        results = [one["result"] for one in (await world.match()).json()["matches"]]
        assert results == ["have", "have"]

    async def test_never_shows_content(self, world: World) -> None:
        await world.hear(world.certificate())
        text = (await world.match()).text
        assert not any(personal in text for personal in (HOLDER_NAME, NUMBER, MASKED, HOLDER, "signature"))

    async def test_refuses_what_a_pull_refuses(self, world: World) -> None:
        assert told(await world.match(grant=None)) == (400, "grant_missing")
        assert told(await world.match(grant=world.grant(STRANGER))) == (403, "grant_rejected")
        assert told(await world.match(grant=world.grant(operator="op-0099"))) == (403, "grant_other_operator")
        assert told(await world.match(certificate_types=[ROAD])) == (403, "certificate_type_not_granted")


class TestPull:
    async def test_hands_over_what_is_valid_and_names_what_is_missing(self, world: World) -> None:
        await world.hear(world.certificate(1), world.certificate(2, certificate_type=ROAD))
        answer = await world.pull()
        assert answer.status_code == 200
        pulled = without_tickets(answer)
        assert pulled["certificates"] == [
            {
                "entry_id": f"{1:032x}",
                "certificate_type": FOOD,
                "certificate_name": "食品经营许可证",
                "identifier": f"1.2.156.3005.2.{FOOD}.11420322YM0000002G.1.001.X",
                "number": f"{NUMBER}1",
                "holder_name": HOLDER_NAME,
                "joint_holders": None,
                "valid_from": "2026-03-01",
                "valid_to": "2031-02-28",
                "fields": {"business_scope": "热食类食品制售 1"},
                "credential": "header.payload.signature~",
            }
        ]
        assert [(one["certificate_type"], one["reason"]) for one in pulled["missing"]] == [
            (HYGIENE, "certificate_missing")
        ]

    async def test_says_who_pulled_and_nothing_of_what_was_in_it(self, world: World) -> None:
        await world.hear(world.certificate())
        access_id = (await world.pull()).json()["access_id"]
        assert world.said("space.access.recorded.v1") == [
            {
                "access_id": access_id,
                "version": 1,
                "holder_id": HOLDER,
                "operator": "op-0017",
                "organisation": "11420322YM0000002G",
                "counter": "3号窗口",
                "item": ITEM,
                "purpose": "办理食品经营许可证延续",
                "outcome": "pulled",
                "reason": None,
                "certificate_types": [FOOD],
                "recorded_at": "2026-03-09T02:30:00Z",
                "entries": [{"entry_id": f"{1:032x}", "version": 1}],
                "action": "pull",
            }
        ]

    async def test_takes_only_the_types_asked_for(self, world: World) -> None:
        await world.hear(world.certificate(1), world.certificate(2, certificate_type=HYGIENE))
        pulled = (await world.pull(certificate_types=[HYGIENE])).json()["certificates"]
        assert [one["entry_id"] for one in pulled] == [f"{2:032x}"]

    async def test_gives_nothing_when_the_record_cannot_be_written(self, world: World) -> None:
        await world.hear(world.certificate())
        world.documents.failing["accesses"] = DatabaseUnavailable("gone")
        body: dict[str, Any] = {"grant": world.grant()}
        answer = await world.pull(**body)
        assert told(answer) == (503, "database_unavailable")
        assert answer.headers["Retry-After"]
        assert not any(personal in answer.text for personal in (HOLDER_NAME, NUMBER, MASKED, "signature"))
        world.documents.failing.clear()
        assert (await world.pull(**body)).status_code == 200
        assert await records(world) == [("pulled", None)]

    async def test_answers_a_repeat_alike_and_keeps_one_record(self, world: World) -> None:
        await world.hear(world.certificate(1))
        body: dict[str, Any] = {"grant": world.grant()}
        first = await world.pull(**body)
        await world.hear(world.certificate(2))
        world.clock.at += timedelta(minutes=1)
        again = await world.pull(**body)
        assert (first.status_code, without_tickets(first)) == (again.status_code, without_tickets(again))
        assert await records(world) == [("pulled", None)]

    async def test_gives_a_ticket_that_says_what_is_on_record(self, world: World) -> None:
        await world.hear(world.certificate(1, version=3))
        pulled = (await world.pull()).json()
        (record,) = (await world.see("accesses"))["accesses"]
        (one,) = pulled["certificates"]
        reader = TicketReader(world.secrets / "tickets.jwks", world.clock)
        ticket = await reader.read(one["ticket"])
        assert (ticket.certificate_id, ticket.version) == (one["entry_id"], 3)
        assert (ticket.access_id, ticket.purpose) == (pulled["access_id"], record["purpose"])
        assert (ticket.operator, ticket.organisation) == (record["operator"], record["organisation"])
        assert record["operator"] in ticket.made_by

    async def test_gives_a_ticket_that_is_good_for_a_minute_as_often_as_it_is_brought(
        self, world: World
    ) -> None:
        await world.hear(world.certificate(1, version=3))
        (one,) = (await world.pull()).json()["certificates"]
        reader = TicketReader(world.secrets / "tickets.jwks", world.clock)
        for _ in range(2):
            world.clock.at += timedelta(seconds=29)
            assert (await reader.read(one["ticket"])).certificate_id == one["entry_id"]
        # With the few seconds by which two clocks may differ.
        world.clock.at += timedelta(seconds=8)
        with pytest.raises(TicketExpired):
            await reader.read(one["ticket"])

    async def test_repeats_a_refusal_too(self, world: World) -> None:
        body: dict[str, Any] = {"grant": world.grant()}
        assert told(await world.pull(**body)) == (404, "nothing_to_pull")
        await world.hear(world.certificate(1))
        assert told(await world.pull(**body)) == (404, "nothing_to_pull")
        assert await records(world) == [("refused", "nothing_to_pull")]

    async def test_gives_no_repeat_after_the_grant_has_ended(self, world: World) -> None:
        await world.hear(world.certificate(1))
        body: dict[str, Any] = {"grant": world.grant()}
        await world.pull(**body)
        world.clock.at += timedelta(minutes=11)
        assert told(await world.pull(**body)) == (403, "grant_expired")

    async def test_gives_no_repeat_of_what_is_no_longer_valid(self, world: World) -> None:
        await world.hear(world.certificate(1))
        body: dict[str, Any] = {"grant": world.grant()}
        await world.pull(**body)
        await world.hear(world.certificate(1, version=2, state="revoked"), world.certificate(2))
        assert told(await world.pull(**body)) == (404, "nothing_to_pull")

    async def test_is_on_record_also_when_its_key_is_an_old_one_that_was_forgotten(
        self, world: World
    ) -> None:
        await world.hear(world.certificate(1), world.certificate(2, holder=OTHER_HOLDER))
        await world.pull(grant=world.grant(jti="grant-1"))
        world.clock.at += timedelta(days=3)
        world.documents.forget_keys()
        later = {"same holder": HOLDER, "another holder": OTHER_HOLDER}
        for what, holder in later.items():
            world.documents.forget_keys()
            answer = await world.pull(grant=world.grant(jti=what, sub=holder))
            assert told(answer) == (422, "idempotency_key_reused"), what
            assert NUMBER not in answer.text
        assert await records(world, HOLDER, OTHER_HOLDER) == [("pulled", None)]

    async def test_that_is_refused_does_not_hide_behind_an_old_key_either(self, world: World) -> None:
        await world.hear(world.certificate(1))
        await world.pull(grant=world.grant(jti="grant-1"))
        world.documents.forget_keys()
        answer = await world.pull(grant=world.grant(jti="grant-2", operator="op-0099"))
        assert told(answer) == (422, "idempotency_key_reused")

    async def test_needs_an_idempotency_key_for_one_body(self, world: World) -> None:
        await world.hear(world.certificate(1))
        body: dict[str, Any] = {"grant": world.grant()}
        answer = await world.http.post("/v1/pulls", json=body, headers=world.operator())
        assert told(answer) == (400, "idempotency_key_missing")
        await world.pull(**body)
        assert told(await world.pull(**body, item=ITEM)) == (422, "idempotency_key_reused")


class TestARefusedPull:
    @pytest.mark.parametrize(
        ("claims", "body", "refusal"),
        [
            (
                {"iat": int(NOW.timestamp()) - 700, "exp": int(NOW.timestamp()) - 100},
                {},
                (403, "grant_expired"),
            ),
            ({"operator": "op-0099"}, {}, (403, "grant_other_operator")),
            ({"organisation": "11420322YM0000003K"}, {}, (403, "grant_other_operator")),
            ({}, {"item": "11420322YM0000004N4420118007002"}, (403, "grant_other_item")),
            ({}, {"holder_id": OTHER_HOLDER}, (403, "grant_other_holder")),
            ({}, {"certificate_types": [FOOD, ROAD]}, (403, "certificate_type_not_granted")),
            ({"certificate_types": [HYGIENE]}, {}, (404, "nothing_to_pull")),
            ({"certificate_types": []}, {}, (404, "nothing_to_pull")),
        ],
    )
    async def test_is_on_the_holders_record_with_its_reason(
        self, world: World, claims: dict[str, Any], body: dict[str, Any], refusal: tuple[int, str]
    ) -> None:
        await world.hear(world.certificate())
        answer = await world.pull(grant=world.grant(**claims), **body)
        assert told(answer) == refusal
        assert NUMBER not in answer.text
        assert await records(world) == [("refused", refusal[1])]
        assert [one["reason"] for one in world.said("space.access.recorded.v1")] == [refusal[1]]

    async def test_names_the_operator_who_tried_and_not_the_one_who_scanned(self, world: World) -> None:
        await world.pull(headers=world.operator("op-0099"))
        assert [one["operator"] for one in (await world.see("accesses"))["accesses"]] == ["op-0099"]

    async def test_is_on_nobodys_record_when_the_grant_is_not_believed(self, world: World) -> None:
        await world.hear(world.certificate())
        unbelievable = {
            "by another key": world.grant(STRANGER),
            "unsigned": world.unsigned(typ="yima-grant+jwt", aud="space", sub=HOLDER),
            "of another type": world.grant(typ="at+jwt"),
            "for another audience": world.grant(aud="yima"),
            "by another issuer": world.grant(iss="https://elsewhere.test"),
            "without a scan": world.grant(scan_id=None),
            "with types that are no list": world.grant(certificate_types="all"),
            "with an end that no calendar has": world.grant(exp=1e308),
            "no token": "grant",
        }
        for number, (what, grant) in enumerate(unbelievable.items()):
            answer = await world.pull(key=f"visit-{number:04}", grant=grant)
            assert told(answer) == (403, "grant_rejected"), what
        assert told(await world.pull(key="visit-none", grant=None)) == (400, "grant_missing")
        assert await records(world, HOLDER, OTHER_HOLDER) == []

    async def test_waits_rather_than_judge_a_grant_whose_key_is_not_known(self, world: World) -> None:
        answer = await world.pull(grant=world.grant({**STRANGER, "kid": "next-key"}))
        assert told(answer) == (503, "key_unknown")

    async def test_is_refused_for_a_field_that_is_misspelt(self, world: World) -> None:
        await world.hear(world.certificate())
        assert told(await world.pull(certificate_type=[HYGIENE])) == (422, "request_invalid")


class TestCallers:
    async def test_residents_machines_and_nobody_pull_and_match_nothing(self, world: World) -> None:
        await world.hear(world.certificate())
        machine = {"Authorization": f"Bearer {world.token(kind='machine', client_id='m')}"}
        for path in ("pulls", "matches"):
            for headers, refusal in (
                (world.resident(), (403, "caller_kind_wrong")),
                (machine, (403, "caller_kind_wrong")),
                ({}, (401, "token_missing")),
            ):
                sent = {"grant": world.grant()}
                answer = await world.http.post(
                    f"/v1/{path}", json=sent, headers={**headers, "Idempotency-Key": "visit-0001"}
                )
                assert told(answer) == refusal

    async def test_with_an_expired_or_unsigned_token_pull_nothing(self, world: World) -> None:
        past = int(NOW.timestamp()) - 60
        assert told(await world.pull(headers=world.operator(iat=past - 600, exp=past))) == (
            401,
            "token_expired",
        )
        unsigned = world.unsigned(typ="at+jwt", sub="op-0017", kind="operator")
        headers = {"Authorization": f"Bearer {unsigned}"}
        assert told(await world.pull(headers=headers)) == (401, "token_rejected")


class TestASwappedCode:
    """A provisional code gave way to the official one; items and grants go on to name the old one."""

    OFFICIAL = "11100000000099127D001"

    @pytest.mark.parametrize("first", ["type", "certificate"])
    async def test_of_a_type_hides_no_certificate(self, world: World, first: str) -> None:
        swap = TypePublished(certificate_type=self.OFFICIAL, version=2, formerly=(FOOD,))
        events = [
            record(entry(swap, version=2, at=NOW)),
            world.certificate(1, certificate_type=self.OFFICIAL),
        ]
        for event in events if first == "type" else reversed(events):
            await world.hear(event)
        matches = {one["certificate_type"]: one for one in (await world.match()).json()["matches"]}
        assert matches[FOOD]["result"] == "have"
        (pulled,) = (await world.pull()).json()["certificates"]
        assert (pulled["entry_id"], pulled["certificate_type"]) == (f"{1:032x}", self.OFFICIAL)

    async def test_of_another_type_opens_nothing(self, world: World) -> None:
        swap = TypePublished(certificate_type=self.OFFICIAL, version=2, formerly=("11100000000099127D002",))
        await world.hear(record(entry(swap, version=2, at=NOW)))
        await world.hear(world.certificate(1, certificate_type=self.OFFICIAL))
        assert (await world.pull()).json()["code"] == "nothing_to_pull"
