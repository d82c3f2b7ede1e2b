"""Refresh tokens: what keeps a session alive, and everything that ends it."""

import asyncio
from typing import Any

import httpx
import pytest

from services.identity.store import SESSIONS
from services.kernel.store.documents import Collection, DatabaseUnavailable, Document
from tests.identity.log_ins import RESIDENTS, STAFF, LogIns, put_issuer
from tests.identity.office import ELSEWHERE, HERE, Json, Office, claims_of


@pytest.fixture
async def log_ins(office: Office) -> LogIns:
    opened = LogIns(office)
    await opened.open()
    return opened


def dead(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()["code"]) == (401, "refresh_token_rejected")


class TestASession:
    async def test_goes_on_with_the_last_token(self, log_ins: LogIns) -> None:
        told = await log_ins.resident()
        first = claims_of(told["access_token"])
        for _ in range(5):
            log_ins.office.clock.forward(minutes=20)
            answer = await log_ins.office.refresh("portal", told["refresh_token"])
            assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
            assert answer.json()["refresh_token"] != told["refresh_token"]
            told = answer.json()
        last = claims_of(told["access_token"])
        assert {name: last[name] for name in ("sub", "kind", "holder_ids", "client_id")} == {
            name: first[name] for name in ("sub", "kind", "holder_ids", "client_id")
        }

    async def test_keeps_nothing_that_opens_it(self, log_ins: LogIns) -> None:
        told = await log_ins.resident()
        session_id, secret = told["refresh_token"].split(".")
        kept = log_ins.office.kept(SESSIONS, session_id)
        assert secret not in str(kept)
        assert told["access_token"] not in str(kept)

    async def test_dies_when_a_token_is_brought_a_second_time(self, log_ins: LogIns) -> None:
        office, stolen = log_ins.office, (await log_ins.resident())["refresh_token"]
        fresh = (await office.refresh("portal", stolen)).json()["refresh_token"]
        assert dead(await office.refresh("portal", stolen))
        assert dead(await office.refresh("portal", fresh))

    async def test_gives_one_of_two_who_race_and_then_dies(self, log_ins: LogIns) -> None:
        office, token = log_ins.office, (await log_ins.resident())["refresh_token"]
        async with Office(office.keys, office.clock, office.documents, office.bus) as other:
            answers = await asyncio.gather(
                *(one.refresh("portal", token) for one in (office, other) for _ in range(8))
            )
            won = [one for one in answers if one.status_code == 200]
            assert len(won) == 1
            assert all(dead(one) for one in answers if one is not won[0])
            assert dead(await other.refresh("portal", won[0].json()["refresh_token"]))

    async def test_of_a_resident_lasts_thirty_days(self, log_ins: LogIns) -> None:
        office, token = log_ins.office, (await log_ins.resident())["refresh_token"]
        office.clock.forward(days=29, hours=23)
        token = (await office.refresh("portal", token)).json()["refresh_token"]
        office.clock.forward(hours=1)
        assert dead(await office.refresh("portal", token))

    async def test_of_an_operator_lasts_twelve_hours_and_half_an_hour_idle(self, log_ins: LogIns) -> None:
        office, token = log_ins.office, (await log_ins.operator())["refresh_token"]
        for _ in range(24):
            office.clock.forward(minutes=29, seconds=59)
            token = (await office.refresh("counter", token)).json()["refresh_token"]
        office.clock.forward(seconds=24)
        assert dead(await office.refresh("counter", token))
        idle = (await log_ins.operator())["refresh_token"]
        office.clock.forward(minutes=30)
        assert dead(await office.refresh("counter", idle))

    async def test_is_nobody_elses(self, log_ins: LogIns) -> None:
        office, token = log_ins.office, (await log_ins.resident())["refresh_token"]
        assert dead(await office.refresh("front-desk", token))
        assert dead(await office.refresh("portal", token))  # whoever had it, it was out of its hands

    @pytest.mark.parametrize(
        "odd", ["", ".", "x", "x.y", "a.b.c", "\u0000.x", "é.x", "x" * 1000, "../x.y", "$where.y"]
    )
    async def test_is_not_opened_by_what_is_no_token(self, log_ins: LogIns, odd: str) -> None:
        assert dead(await log_ins.office.refresh("portal", odd))

    async def test_of_a_guessed_secret_dies_rather_than_be_guessed_at(self, log_ins: LogIns) -> None:
        token = (await log_ins.resident())["refresh_token"]
        session_id, _ = token.split(".")
        assert dead(await log_ins.office.refresh("portal", f"{session_id}.{'A' * 43}"))
        assert dead(await log_ins.office.refresh("portal", token))


class TestLogOut:
    async def revoke(self, office: Office, client: str, token: str) -> httpx.Response:
        form = {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": office.assertion(client),
            "token": token,
            "token_type_hint": "refresh_token",
        }
        return await office.http.post("/v1/token/revoke", data=form)

    async def test_ends_the_session_by_any_token_of_it(self, log_ins: LogIns) -> None:
        office, first = log_ins.office, (await log_ins.resident())["refresh_token"]
        last = (await office.refresh("portal", first)).json()["refresh_token"]
        assert (await self.revoke(office, "portal", first)).status_code == 200
        assert dead(await office.refresh("portal", last))

    async def test_answers_alike_for_whatever_token(self, log_ins: LogIns) -> None:
        told = await log_ins.resident()
        bodies = {
            (answer.status_code, answer.content)
            for token in (told["refresh_token"], told["refresh_token"], "x", "", told["access_token"], "a.b")
            for answer in [await self.revoke(log_ins.office, "portal", token)]
        }
        assert bodies == {(200, b"{}")}

    async def test_ends_no_other_clients_session(self, log_ins: LogIns) -> None:
        office, token = log_ins.office, (await log_ins.resident())["refresh_token"]
        assert (await self.revoke(office, "front-desk", token)).status_code == 200
        assert (await office.refresh("portal", token)).status_code == 200

    async def test_is_for_clients_that_prove_themselves(self, log_ins: LogIns) -> None:
        answer = await log_ins.office.http.post("/v1/token/revoke", data={"token": "x"})
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


class TestWhatItRestsOn:
    async def test_a_freeze_ends_it_for_good(self, log_ins: LogIns) -> None:
        office, told = log_ins.office, await log_ins.resident()
        office.clock.forward(seconds=1)
        answer = await office.call("POST", "/v1/me/freeze", told["access_token"], json={})
        assert answer.status_code == 200, answer.text
        assert dead(await office.refresh("portal", told["refresh_token"]))
        office.clock.forward(seconds=1)
        later = await log_ins.resident()  # to thaw
        assert (await office.refresh("portal", later["refresh_token"])).status_code == 200

    @pytest.mark.parametrize(
        "change", [{"clients": {"front-desk": "x"}}, {"issuer": "https://elsewhere.test"}], ids=str
    )
    async def test_a_log_in_that_is_trusted_otherwise_ends_it(self, log_ins: LogIns, change: Json) -> None:
        office, token = log_ins.office, (await log_ins.resident())["refresh_token"]
        assert (await put_issuer(office, "province", RESIDENTS, **change)).status_code == 200
        assert dead(await office.refresh("portal", token))

    async def test_a_log_in_that_was_removed_ends_it_even_when_trusted_again(self, log_ins: LogIns) -> None:
        """Nobody refreshed in between, and what a stolen key of the log-in had vouched for stays dead."""
        office, admin = log_ins.office, await log_ins.office.token("admin")
        told = [await log_ins.resident(), await log_ins.resident()]
        assert (await office.call("DELETE", "/v1/issuers/province", admin)).status_code == 200
        assert dead(await office.refresh("portal", told[0]["refresh_token"]))
        answer = await office.exchange("portal", log_ins.of_resident())
        assert (answer.status_code, answer.json()["code"]) == (401, "issuer_unknown")
        await put_issuer(office, "province", RESIDENTS)
        assert dead(await office.refresh("portal", told[1]["refresh_token"]))
        office.clock.forward(seconds=1)
        again = await log_ins.resident()
        assert (await office.refresh("portal", again["refresh_token"])).status_code == 200

    @pytest.mark.parametrize("who", ["resident", "operator"])
    @pytest.mark.parametrize("removed", ["organisation", "client", "operator"])
    async def test_a_removal_ends_it_even_when_nobody_refreshed_meanwhile(
        self, log_ins: LogIns, who: str, removed: str
    ) -> None:
        """Taken back in a hurry and given again: what a stolen phone or key had opened stays dead."""
        if (who, removed) == ("resident", "operator"):
            return
        office = log_ins.office
        client = {"resident": "portal", "operator": "counter"}[who]
        told = await (log_ins.resident() if who == "resident" else log_ins.operator())
        admin = await office.token("admin")
        address = {
            "organisation": f"/v1/organisations/{HERE}",
            "client": f"/v1/clients/{client}",
            "operator": "/v1/operators/w001@staff",
        }[removed]
        assert (await office.call("DELETE", address, admin)).status_code == 200
        office.clock.forward(seconds=1)
        await office.put_organisation()
        if removed == "client":
            await office.put_client(client)
        if removed == "operator":
            await office.call("PUT", address, admin, json={"organisation": HERE})
        assert dead(await office.refresh(client, told["refresh_token"]))
        office.clock.forward(seconds=1)
        again = await (log_ins.resident() if who == "resident" else log_ins.operator())
        assert (await office.refresh(client, again["refresh_token"])).status_code == 200

    @pytest.mark.parametrize("removed", ["/v1/issuers/staff", "/v1/operators/w001@staff"])
    async def test_a_removal_ends_one_that_was_just_beginning(self, log_ins: LogIns, removed: str) -> None:
        """Who signs in without a pause with a stolen key slips through at no moment."""
        office, admin = log_ins.office, await log_ins.office.token("admin")
        await log_ins.operator()
        office.clock.forward(seconds=1)
        insert = office.documents.insert

        async def interrupted(collection: Collection, document: Document) -> None:
            if collection is SESSIONS:  # everything was asked, and found good
                office.clock.forward(seconds=1)
                assert (await office.call("DELETE", removed, admin)).status_code == 200
                office.clock.forward(seconds=1)
                await put_issuer(office, "staff", STAFF)
                said = {"organisation": HERE, "roles": []}
                await office.call("PUT", "/v1/operators/w001@staff", admin, json=said)
            await insert(collection, document)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(office.documents, "insert", interrupted)
            told = await log_ins.operator()
        assert dead(await office.refresh("counter", told["refresh_token"]))

    @pytest.mark.parametrize(
        "change",
        [
            {"claims": RESIDENTS["claims"] | {"assurance": "amr"}},
            {"claims": RESIDENTS["claims"] | {"id_number": "sub"}},
            {"id_types": {"身份证": "111"}},
        ],
        ids=["assurance", "number", "types"],
    )
    async def test_a_log_in_that_is_read_otherwise_ends_it(self, log_ins: LogIns, change: Json) -> None:
        office, told = log_ins.office, await log_ins.resident()
        assert (await put_issuer(office, "province", RESIDENTS, **change)).status_code == 200
        assert dead(await office.refresh("portal", told["refresh_token"]))

    async def test_a_move_ends_it_even_when_it_is_undone(self, log_ins: LogIns) -> None:
        office, told, admin = log_ins.office, await log_ins.operator(), await log_ins.office.token("admin")
        await office.put_organisation(ELSEWHERE)
        for where in (ELSEWHERE, HERE):
            said = {"organisation": where, "roles": []}
            await office.call("PUT", "/v1/operators/w001@staff", admin, json=said)
        assert dead(await office.refresh("counter", told["refresh_token"]))

    async def test_a_sign_in_from_another_organisation_ends_those_of_before_alone(
        self, log_ins: LogIns
    ) -> None:
        office, told = log_ins.office, await log_ins.operator()
        await office.put_organisation(ELSEWHERE)
        office.clock.forward(seconds=1)
        moved = await log_ins.operator(org=ELSEWHERE)
        assert dead(await office.refresh("counter", told["refresh_token"]))
        assert (await office.refresh("counter", moved["refresh_token"])).status_code == 200

    async def test_a_stricter_level_ends_it_and_a_laxer_does_not(self, log_ins: LogIns) -> None:
        office, told = log_ins.office, await log_ins.resident()
        await put_issuer(office, "province", RESIDENTS, least="password")
        told = (await office.refresh("portal", told["refresh_token"])).json()
        await put_issuer(office, "province", RESIDENTS, least="face")
        assert dead(await office.refresh("portal", told["refresh_token"]))

    async def test_an_operator_who_moved_has_none(self, log_ins: LogIns) -> None:
        """Its counter is one of the organisation left behind."""
        office, told = log_ins.office, await log_ins.operator()
        await office.put_organisation(ELSEWHERE)
        said = {"organisation": ELSEWHERE, "roles": []}
        await office.call("PUT", "/v1/operators/w001@staff", await office.token("admin"), json=said)
        assert dead(await office.refresh("counter", told["refresh_token"]))

    async def test_an_operator_who_left_has_none(self, log_ins: LogIns) -> None:
        office, token = log_ins.office, (await log_ins.operator())["refresh_token"]
        office.documents._kept["operators"]["w001@staff"]["removed"] = True  # noqa: SLF001
        assert dead(await office.refresh("counter", token))
        office.documents._kept["operators"]["w001@staff"]["removed"] = False  # noqa: SLF001
        assert dead(await office.refresh("counter", token))

    async def test_roles_are_those_of_now(self, log_ins: LogIns) -> None:
        office, token = log_ins.office, (await log_ins.operator())["refresh_token"]
        office.documents._kept["operators"]["w001@staff"]["roles"] = ["hotline"]  # noqa: SLF001
        said = claims_of((await office.refresh("counter", token)).json()["access_token"])
        assert (said["roles"], said["counter"]) == ("hotline", "3号窗口")

    async def test_an_organisation_that_was_removed_ends_it(self, log_ins: LogIns) -> None:
        office, token = log_ins.office, (await log_ins.operator())["refresh_token"]
        await put_issuer(office, "staff", STAFF, clients={"counter": "yima-counter"})
        office.documents._kept["organisations"][HERE]["removed"] = True  # noqa: SLF001
        answer = await office.refresh("counter", token)
        assert answer.status_code == 401  # the client falls with its organisation too

    async def test_an_erased_holder_has_none(self, log_ins: LogIns) -> None:
        office, told = log_ins.office, await log_ins.resident()
        office.clock.forward(seconds=1)
        answer = await office.call("POST", "/v1/me/erasure", told["access_token"])
        assert answer.status_code < 300, answer.text
        assert dead(await office.refresh("portal", told["refresh_token"]))

    async def test_a_database_that_is_away_ends_nothing(self, log_ins: LogIns) -> None:
        office, token = log_ins.office, (await log_ins.resident())["refresh_token"]
        find = office.documents.get

        async def away(*_: Any) -> None:
            raise DatabaseUnavailable("away")

        assertion = office.assertion("portal")
        office.documents.get = away  # type: ignore[assignment,method-assign]
        answer = await office.ask_as_client(assertion, grant_type="refresh_token", refresh_token=token)
        assert answer.status_code == 503
        office.documents.get = find  # type: ignore[method-assign]
        assert (await office.refresh("portal", token)).status_code == 200
