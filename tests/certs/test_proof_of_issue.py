"""The proof of a certificate, as anyone can check it with what is published."""

import asyncio
import base64
import json
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.certs.domain import Status
from services.certs.proof import Shelf, Verdict, disclose, read_trust, verify
from services.certs.store import CERTIFICATES, BlockCounter, StatusLists
from services.kernel.store.memory import MemoryDocuments
from tests.certs.office import FOOD, MARKET, Office, an_office, eventually
from tests.certs.proof.test_sm2 import needs_sm2
from tests.certs.test_changes import CASE
from tests.world.people import a_shop, an_approval

CWT = "application/statuslist+cwt"
OF_ONE_TYPE = {"iss", "jti", "vct", "iat", "nbf", "exp", "status", "_sd", "_sd_alg", "fields"}


async def issued(office: Office) -> tuple[str, str]:
    """The certificate's id and its credential, as space gets it."""
    made = (await office.post(an_approval(a_shop("郧西县金銮餐馆")))).json()

    async def told() -> str:
        events = {one.certificate_id: one for one in await office.issued()}
        event = events.get(made["certificate_id"])
        return str(office.open(event)["credential"]) if event else ""

    return made["certificate_id"], await eventually(told)


async def change(office: Office, certificate_id: str, change: str, *, case: str = CASE) -> None:
    body = {"change": change, "reason": "复查", "case_number": case, "decided_on": "2026-05-06"}
    path = f"/v1/certificates/{certificate_id}/changes"
    answer = await office.client.post(path, json=body, headers=office.headers(MARKET))
    assert answer.status_code == 201, answer.text


def read_open(credential: str) -> dict[str, Any]:
    """What stands in the open."""
    said: dict[str, Any] = json.loads(_decoded(credential.split("~", maxsplit=1)[0].split(".")[1]))
    return said


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "==")


def path_of(uri: str) -> str:
    return uri.removeprefix("https://yima.example")


async def checked(office: Office, credential: str, *, accept: str = "*/*") -> Verdict:
    """As somebody does who fetches what the certificate names, and checks without us."""
    trust = read_trust((await office.client.get("/v1/trust-list")).text)
    uri = read_open(credential)["status"]["status_list"]["uri"]

    async def there() -> bytes | None:
        answer = await office.client.get(path_of(uri), headers={"Accept": accept})
        return answer.content if answer.status_code == 200 else None

    fetched = await eventually(there)
    assert fetched is not None
    content = fetched if accept == CWT else fetched.decode()
    return verify(credential, keys=trust, status=Shelf([content], trust), at=datetime.now(UTC))


class TestACertificate:
    async def test_holds_for_anyone_over_all_that_a_reader_sees(self, office: Office) -> None:
        certificate_id, credential = await issued(office)
        found = await checked(office, credential)
        assert found.state == "valid", found
        content = office.open((await office.issued())[0])
        shown = {**found.shown.claims, "fields": dict(found.shown.fields)} if found.shown else {}
        assert len(shown.pop("printed_code")) == 20
        said = {name: value for name, value in content.items() if name != "credential"}
        assert shown == {name: value for name, value in said.items() if value is not None}
        assert found.shown
        assert found.shown.id == certificate_id

    async def test_names_its_authority_whose_own_keys_stand_where_its_name_leads(
        self, office: Office
    ) -> None:
        _, credential = await issued(office)
        said = read_open(credential)
        assert said["iss"] == f"https://yima.example/authorities/{MARKET}"
        assert said["vct"] == f"https://yima.example/certificate-types/{FOOD}"
        answer = await office.client.get(f"/.well-known/jwt-vc-issuer/authorities/{MARKET}")
        keys = answer.json()["jwks"]["keys"]
        header = json.loads(_decoded(credential.split(".")[0]))
        assert header["kid"] in {key["kid"] for key in keys}
        assert all("d" not in key for key in keys)

    async def test_shows_in_the_open_nothing_of_its_holder(self, office: Office) -> None:
        _, credential = await issued(office)
        assert read_open(credential).keys() <= OF_ONE_TYPE
        assert read_open(credential)["fields"].keys() == {"_sd"}

    async def test_is_valid_with_single_fields_shown_and_the_others_kept_back(self, office: Office) -> None:
        _, credential = await issued(office)
        found = await checked(office, disclose(credential, {"identifier"}))
        assert found.state == "valid"
        assert found.shown
        assert found.shown.claims.keys() == {"identifier"}
        assert found.shown.kept_back > 5

    async def test_of_another_authority_has_another_key(self, office: Office) -> None:
        await issued(office)
        answer = await office.client.get("/.well-known/jwt-vc-issuer/authorities/11420322011445678X")
        assert (answer.status_code, answer.json()["code"]) == (404, "authority_keys_unknown")

    @pytest.mark.parametrize("path", [f"certs/authorities/{MARKET}", MARKET, "authorities/..%2fstatus"])
    async def test_has_no_keys_at_an_address_that_is_not_its_own(self, office: Office, path: str) -> None:
        await issued(office)
        assert (await office.client.get(f"/.well-known/jwt-vc-issuer/{path}")).status_code == 404


class TestItsStatus:
    async def test_is_published_when_it_is_suspended_resumed_and_revoked(self, office: Office) -> None:
        certificate_id, credential = await issued(office)
        _, other = await issued(office)
        for order, code in (
            ("suspend", "proof_suspended"),
            ("resume", "proof_in_force"),
            ("revoke", "proof_revoked"),
        ):
            await change(office, certificate_id, order)
            await eventually(says(office, credential, code))
        assert (await checked(office, other)).status.code == "proof_in_force"

    async def test_is_the_same_as_cwt(self, office: Office) -> None:
        certificate_id, credential = await issued(office)
        await change(office, certificate_id, "revoke")
        await eventually(says(office, credential, "proof_revoked", accept=CWT))

    async def test_is_kept_by_caches_and_asked_for_again(self, office: Office) -> None:
        _, credential = await issued(office)
        await checked(office, credential)
        answer = await office.client.get("/status-lists/0")
        assert answer.headers["content-type"] == "application/statuslist+jwt"
        assert "max-age" in answer.headers["cache-control"]
        again = await office.client.get("/status-lists/0", headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")

    async def test_of_a_list_that_nobody_has_a_place_in_is_not_there(self, office: Office) -> None:
        for number in (0, 7, -1):
            answer = await office.client.get(f"/status-lists/{number}")
            assert (answer.status_code, answer.json()["code"]) == (404, "status_list_unknown")

    async def test_does_not_tell_who_was_issued_when(self, office: Office) -> None:
        places = [read_open((await issued(office))[1])["status"]["status_list"]["idx"] for _ in range(6)]
        assert len(set(places)) == 6
        assert sorted(places) != places or max(places) - min(places) > 100


def says(office: Office, credential: str, code: str, *, accept: str = "*/*") -> Callable[[], Awaitable[bool]]:
    async def said() -> bool:
        return (await checked(office, credential, accept=accept)).status.code == code

    return said


@needs_sm2
class TestByTheNationalSuite:
    async def test_authorities_sign_with_sm2_and_everybody_who_has_it_can_check(self, tmp_path: Path) -> None:
        async with an_office(tmp_path, suite="SM2") as office:
            _, credential = await issued(office)
            header = json.loads(_decoded(credential.split(".")[0]))
            assert header["alg"] == "SM2"
            assert (await checked(office, credential)).state == "valid"


class TestPlaces:
    async def test_are_given_once_by_however_many_processes(self) -> None:
        documents = MemoryDocuments()
        processes = [BlockCounter(documents, "places") for _ in range(4)]
        given = await asyncio.gather(*(one.take(count) for one in processes * 25 for count in (1, 3, 300)))
        numbers = [number for part in given for number in part]
        assert len(set(numbers)) == len(numbers) == 100 * 304
        assert max(numbers) < await processes[0].given()

    async def test_of_a_process_that_ended_are_given_to_nobody(self) -> None:
        documents = MemoryDocuments()
        before = await BlockCounter(documents, "places").take(1)
        after = await BlockCounter(documents, "places").take(1)
        assert set(before).isdisjoint(after)


NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)


def kept(number: int, state: str, at: datetime) -> dict[str, Any]:
    """A certificate as the lists read it; the edition before it gave way."""
    editions = [{"status_list": 0, "status_index": 2 * number + turn} for turn in (0, 1)]
    return {
        "_id": str(number),
        "version": 1,
        "state": state,
        "ever_off": True,
        "changed_at": at,
        "versions": editions,
    }


@asynccontextmanager
async def lists_of(*documents: dict[str, Any]) -> AsyncIterator[tuple[StatusLists, MemoryDocuments]]:
    store = MemoryDocuments()
    await store.insert_many(CERTIFICATES, list(documents))
    counter = BlockCounter(store, "places")
    await counter.take(1)
    yield StatusLists(store, counter, places=1 << 17), store


class TestTheListsOfAProcess:
    async def test_hold_every_certificate_that_is_not_valid_and_editions_that_gave_way(self) -> None:
        states = {0: "suspended", 1: "revoked", 2: "valid", 3: "expired", 4: "cancelled", 5: "withdrawn"}
        async with lists_of(*(kept(number, state, NOON) for number, state in states.items())) as (lists, _):
            assert await lists.bring_up_to_date(at=NOON) == range(1)
            found = lists.not_valid(0)
        last: dict[int, Status] = {1: "suspended", 3: "invalid", 9: "invalid", 11: "invalid"}
        assert found == last | {2 * number: "superseded" for number in states}

    async def test_hold_thousands_that_changed_in_one_second(self) -> None:
        moments = [NOON + timedelta(milliseconds=number // 3) for number in range(1_700)]
        changed = [kept(number, "revoked", at) for number, at in enumerate(moments)]
        async with lists_of(*changed) as (lists, _):
            await lists.bring_up_to_date(at=NOON)
            assert len(lists.not_valid(0)) == 3_400

    async def test_see_what_was_written_a_moment_earlier_by_another_process(self) -> None:
        async with lists_of(kept(0, "revoked", NOON)) as (lists, store):
            await lists.bring_up_to_date(at=NOON)
            await store.insert(CERTIFICATES, kept(1, "revoked", NOON - timedelta(seconds=5)))
            await lists.bring_up_to_date(at=NOON)
            assert lists.not_valid(0)[3] == "invalid"

    async def test_are_touched_by_what_changed_until_it_is_served(self) -> None:
        async with lists_of(kept(0, "revoked", NOON)) as (lists, store):
            await lists.bring_up_to_date(at=NOON)
            assert lists.touched() == {0}
            lists.settle(0)
            await lists.bring_up_to_date(at=NOON + timedelta(seconds=2))
            assert not lists.touched()
            await store.insert(CERTIFICATES, kept(1, "suspended", NOON))
            for _ in range(2):
                await lists.bring_up_to_date(at=NOON + timedelta(seconds=4))
                assert lists.touched() == {0}

    @pytest.mark.parametrize(("later", "anew"), [(timedelta(minutes=5), False), (timedelta(0), True)])
    async def test_read_everything_anew_after_a_time_and_after_another_process_had_the_lease(
        self, later: timedelta, *, anew: bool
    ) -> None:
        """So a revocation is not hidden for ever whose writer was held up, or has a clock that is behind."""
        async with lists_of(kept(0, "revoked", NOON)) as (lists, store):
            await lists.bring_up_to_date(at=NOON)
            await store.insert(CERTIFICATES, kept(1, "revoked", NOON - timedelta(hours=1)))
            await lists.bring_up_to_date(at=NOON + timedelta(minutes=4))
            assert 3 not in lists.not_valid(0)
            await lists.bring_up_to_date(at=NOON + later, anew=anew)
            assert lists.not_valid(0)[3] == "invalid"

    async def test_are_not_blind_until_the_time_of_a_clock_that_is_ahead(self) -> None:
        async with lists_of(kept(0, "revoked", NOON + timedelta(hours=1))) as (lists, store):
            await lists.bring_up_to_date(at=NOON)
            await store.insert(CERTIFICATES, kept(1, "revoked", NOON))
            await lists.bring_up_to_date(at=NOON + timedelta(seconds=2))
            assert lists.not_valid(0)[3] == "invalid"


class TestKeys:
    async def test_of_authorities_are_files_that_nobody_else_may_read(self, office: Office) -> None:
        await issued(office)
        made = office.secrets_dir / "certs" / "authorities" / f"{MARKET}.jwks"
        assert stat.S_IMODE((await asyncio.to_thread(made.stat)).st_mode) == 0o600
