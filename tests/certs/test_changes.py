"""What authorities decide about their certificates, over HTTP; and what the calendar does."""

import asyncio
import json
from datetime import date
from typing import Any

import httpx
import pytest

from services.certs.events import StatusChanged
from services.certs.expiry import expire_for_ever
from services.certs.handlers import expire_certificates
from services.certs.store import CERTIFICATES, standings
from services.kernel.event import decode
from services.kernel.outbox.aggregates import OutboxFull
from services.kernel.store.documents import DatabaseUnavailable
from services.kernel.store.lease import Lease
from tests.certs.office import BUREAU, HOSPITAL, MARKET, STREET, Office, eventually
from tests.world.people import a_shop, an_approval

CASE = "西市监罚〔2026〕7号"
REASON = "欧阳禾苗经营过期食品"


async def issue(office: Office, **changes: Any) -> str:
    """A certificate's id."""
    answer = await office.post(an_approval(a_shop(), **changes))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["certificate_id"])


async def change(
    office: Office, certificate_id: str, change: str = "suspend", *, sender: str | None = MARKET, **said: Any
) -> httpx.Response:
    body = {"change": change, "reason": REASON, "case_number": CASE, "decided_on": "2026-05-06"} | said
    path = f"/v1/certificates/{certificate_id}/changes"
    return await office.client.post(path, json=body, headers=office.headers(sender))


async def said(office: Office, *, count: int = 1) -> list[StatusChanged]:
    """What certs has told of changes, repeats left out."""

    async def enough() -> list[StatusChanged]:
        records = office.bus.topics[StatusChanged.topic()]
        heard = {one.header("ce_id"): decode(StatusChanged, one).event for one in records}
        return list(heard.values()) if len(heard) >= count else []

    return await eventually(enough)


class TestAChange:
    async def test_is_made_and_said_once_however_often_it_is_sent(self, office: Office) -> None:
        certificate_id = await issue(office)
        answers = [await change(office, certificate_id) for _ in range(3)]
        assert [one.status_code for one in answers] == [201, 200, 200]
        assert len({one.text for one in answers}) == 1
        shown = answers[0].json()
        assert (shown["state"], shown["version"]) == ("suspended", 2)
        (told,) = await said(office)
        assert (told.certificate_id, told.version, told.state, told.change) == (
            certificate_id,
            2,
            "suspended",
            "suspend",
        )

    async def test_says_all_that_the_issue_said(self, office: Office) -> None:
        """Whoever hears of the change first misses nothing."""
        certificate_id = await issue(office)
        (issued,) = await office.issued()
        await change(office, certificate_id, "revoke")
        (told,) = await said(office)
        for name in ("holder_id", "certificate_type", "authority", "issued_at", "valid_from", "valid_to"):
            assert getattr(told, name) == getattr(issued, name)
        before, after = office.open(issued), office.open(told)  # type: ignore[arg-type]
        assert {name: value for name, value in before.items() if value is not None} == {
            name: value for name, value in after.items() if name != "order"
        }
        order = {"change": "revoke", "reason": REASON, "case_number": CASE, "decided_on": "2026-05-06"}
        assert after["order"] == order

    async def test_keeps_its_reason_under_the_key_of_the_holder(self, office: Office) -> None:
        await change(office, await issue(office))
        await said(office)
        assert "欧阳禾苗" not in office.everything()
        assert CASE not in office.everything()

    async def test_leads_to_the_states_one_after_the_other(self, office: Office) -> None:
        certificate_id = await issue(office)
        for number, (one, state) in enumerate(
            [("suspend", "suspended"), ("resume", "valid"), ("suspend", "suspended"), ("cancel", "cancelled")]
        ):
            answer = await change(office, certificate_id, one, case_number=f"{number}号")
            assert answer.json()["state"] == state
        assert [one.version for one in await said(office, count=4)] == [2, 3, 4, 5]
        shown = await office.client.get(f"/v1/certificates/{certificate_id}", headers=office.headers(MARKET))
        assert [one["state"] for one in shown.json()["changes"]] == [
            "suspended",
            "valid",
            "suspended",
            "cancelled",
        ]

    async def test_that_is_illegal_says_what_was_found_and_what_is_needed(self, office: Office) -> None:
        certificate_id = await issue(office)
        await change(office, certificate_id, "revoke")
        problem = (await change(office, certificate_id, "resume", case_number="2号")).json()
        assert (problem["status"], problem["code"]) == (409, "certificate_move_illegal")
        assert "revoked" in problem["detail"]
        assert "suspended" in problem["detail"]

    async def test_of_many_at_once_has_one_winner_each_round(self, office: Office) -> None:
        certificate_id = await issue(office)
        answers = await asyncio.gather(
            *(change(office, certificate_id, "revoke", case_number=f"{number}号") for number in range(6))
        )
        assert sorted(one.status_code for one in answers) == [201] + [409] * 5
        assert len(await said(office)) == 1

    async def test_survives_an_answer_that_is_lost(self, office: Office) -> None:
        certificate_id = await issue(office)
        office.wavering.silent, office.wavering.lose_answers = 0, True
        office.wavering.silent_at = ("update", 1)
        assert (await change(office, certificate_id)).status_code == 503
        assert (await change(office, certificate_id)).status_code == 200
        assert len(await said(office)) == 1

    async def test_is_shown_by_the_answer_to_the_approval_that_comes_again(self, office: Office) -> None:
        """A late repeat of the approval resurrects nothing."""
        approval = an_approval(a_shop())
        made = (await office.post(approval)).json()
        await change(office, made["certificate_id"], "revoke")
        again = await office.post(approval)
        assert (again.status_code, again.json()) == (200, made | {"state": "revoked"})
        assert len(await office.issued()) == 1

    @pytest.mark.parametrize("sender", [HOSPITAL, STREET, "11420322YM0000009X"])
    async def test_is_no_other_organisations(self, office: Office, sender: str) -> None:
        """And they cannot tell whether there is such a certificate."""
        await office.register(HOSPITAL)
        await office.register(STREET)
        await office.register("11420322YM0000009X", own=["11100000MB9999900G902"])
        certificate_id = await issue(office)
        theirs = await change(office, certificate_id, sender=sender)
        nobodys = await change(office, "0" * 32, sender=sender)
        assert theirs.status_code == nobodys.status_code == 404
        hidden = ("instance", "trace_id")
        bodies = [
            {name: value for name, value in one.json().items() if name not in hidden}
            for one in (theirs, nobodys)
        ]
        assert bodies[0] == bodies[1]

    async def test_may_be_sent_by_the_data_source_of_the_authority(self, office: Office) -> None:
        assert (await change(office, await issue(office), sender=BUREAU)).status_code == 201

    @pytest.mark.parametrize(
        "odd",
        [
            {"change": "expire"},
            {"change": "delete"},
            {"reason": ""},
            {"case_number": " "},
            {"decided_on": "2999-01-01"},
            {"decided_on": "yesterday"},
            {"reason": "x" * 2001},
        ],
        ids=json.dumps,
    )
    async def test_that_is_odd_is_refused(self, office: Office, odd: dict[str, str]) -> None:
        answer = await change(office, await issue(office), **odd)
        assert answer.status_code == 422

    async def test_is_found_by_the_identifier(self, office: Office) -> None:
        made = (await office.post(an_approval(a_shop()))).json()
        query = {"identifier": made["identifier"]}
        found = await office.client.get("/v1/certificates", params=query, headers=office.headers(MARKET))
        assert found.json()["certificate_id"] == made["certificate_id"]
        other = {"identifier": made["identifier"][:-1] + "?"}
        answer = await office.client.get("/v1/certificates", params=other, headers=office.headers(MARKET))
        assert answer.status_code == 422


class TestTheCalendar:
    async def test_ends_what_is_over_and_nothing_else(self, office: Office) -> None:
        over = await issue(office, decided_on="2020-01-01", valid_from="2020-01-01", valid_to="2021-01-01")
        stays = [await issue(office), await issue(office, valid_to=None, long_term=True)]
        gone = await issue(office, decided_on="2020-01-01", valid_from="2020-01-01", valid_to="2021-01-02")
        await change(office, gone, "cancel")
        await ticked(office)
        told = {one.certificate_id: one for one in await said(office, count=2)}
        assert (told[over].state, told[over].change) == ("expired", "expire")
        assert told[gone].state == "cancelled"
        assert not set(stays) & set(told)
        await ticked(office)
        assert len(await said(office, count=2)) == 2

    async def test_of_one_that_was_erased_is_written_down_and_keeps_no_other_from_its_end(
        self, office: Office
    ) -> None:
        days = {"decided_on": "2020-01-01", "valid_from": "2020-01-01", "valid_to": "2021-01-01"}
        erased = await issue(office, **days)
        (event,) = await office.issued()
        await office.parts.vault.forget(event.holder_id, "record")
        other = await issue(office, **days)
        await ticked(office)
        kept = vars(office.documents)["_kept"][CERTIFICATES.name]
        assert {kept[one]["state"] for one in (erased, other)} == {"expired"}
        assert [one.certificate_id for one in await said(office)] == [other]

    async def test_of_those_that_the_store_does_not_take_keeps_no_other_from_its_end(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """More of them than are looked at together, and all due before the others."""
        monkeypatch.setattr(standings, "_PAGE", 2)
        days = {"decided_on": "2020-01-01", "valid_from": "2020-01-01", "valid_to": "2021-01-01"}
        stuck = [await issue(office, **days) for _ in range(5)]
        kept = vars(office.documents)["_kept"][CERTIFICATES.name]

        async def told() -> bool:
            return not any(kept[one]["outbox"] for one in stuck)

        await eventually(told)
        for one in stuck:
            kept[one]["outbox"] = [{}] * 200
        others = [await issue(office, **days | {"valid_to": "2021-01-02"}) for _ in range(3)]
        pages = expire_certificates(office.parts.desk)
        assert [await anext(pages) for _ in range(4)] == [0, 0, 1, 2]
        assert [kept[one]["state"] for one in (*stuck, *others)] == ["valid"] * 5 + ["expired"] * 3
        with pytest.raises(OutboxFull):
            await anext(pages)

    async def test_waits_for_an_engine_that_is_away_and_says_so(
        self, office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A loop that ends over it is begun again each second, with a trace of a defect that there is not."""

        async def away(*_: object, **__: object) -> bool:
            raise DatabaseUnavailable("taken away by a test")

        lease = Lease(office.parts.service.documents, office.engines.clock)
        monkeypatch.setattr(lease, "hold", away)
        running = asyncio.create_task(expire_for_ever(office.parts.desk, lease, office.parts.relay))

        async def waits() -> bool:
            return running.done() or "the expiry waits" in caplog.messages

        await eventually(waits)
        assert not running.done()
        running.cancel()

    async def test_is_the_work_of_one_process(self, office: Office) -> None:
        await issue(office, decided_on="2020-01-01", valid_from="2020-01-01", valid_to="2021-01-01")
        await asyncio.gather(*(ticked(office) for _ in range(3)))
        assert len(await said(office)) == 1

    async def test_shows_the_end_before_it_is_written_down(self, office: Office) -> None:
        over = await issue(office, decided_on="2020-01-01", valid_from="2020-01-01", valid_to="2021-01-01")
        shown = await office.client.get(f"/v1/certificates/{over}", headers=office.headers(MARKET))
        assert (shown.json()["state"], shown.json()["valid_to"]) == ("expired", str(date(2021, 1, 1)))


async def ticked(office: Office) -> None:
    """One process more, until it has nothing to do."""
    lease = Lease(office.parts.service.documents, office.engines.clock)
    running = asyncio.create_task(expire_for_ever(office.parts.desk, lease, office.parts.relay))

    async def idle() -> bool:
        kept = vars(office.documents)["_kept"].get(CERTIFICATES.name, {}).values()
        today = str(date.today())  # noqa: DTZ011 - days are years apart here
        return not any(one.get("ends") and one["last_day"] < today for one in kept)

    await eventually(idle)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
