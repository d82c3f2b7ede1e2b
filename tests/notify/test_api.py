"""The whole service on memory engines, over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from standardwebhooks import Webhook

from deploy.local.waiting import until
from deploy.secrets import make_secrets
from services.kernel.clock import SystemClock
from services.kernel.event import Heard, Record, entry, record
from services.kernel.process.engines import Engines
from services.kernel.store.memory import MemoryDocuments
from services.kernel.stream.broadcast import MemoryEars
from services.kernel.stream.memory_bus import MemoryBus, MemoryHearing, MemoryTail
from services.notify.app import build
from services.notify.domain import Told
from services.notify.events import PulledEntry
from services.notify.settings import NotifySettings
from tests.notify.parts import ALICE, BOB, BUREAU, PATIENCE_S, a_change, an_access, an_entry, endpoint

ISSUER = "http://identity.test"
KEY = ec.generate_private_key(ec.SECP256R1())


async def jwks() -> Mapping[str, Any]:
    jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key()))
    return {"keys": [jwk | {"kid": "k"}]}


def bearer(**claims: Any) -> dict[str, str]:
    now = int(SystemClock().now().timestamp())
    whole = {
        "iss": ISSUER,
        "aud": "yima",
        "sub": "x",
        "jti": "j",
        "client_id": "c",
        "iat": now,
        "exp": now + 60,
    }
    token = jwt.encode(whole | claims, KEY, "ES256", {"typ": "at+jwt", "kid": "k"})
    return {"Authorization": f"Bearer {token}"}


def resident(*holder_ids: str) -> dict[str, str]:
    return bearer(kind="resident", holder_ids=holder_ids)


def machine(organisation: str | None = BUREAU, scope: str = "events:subscribe") -> dict[str, str]:
    more = {"organisation": organisation} if organisation else {}
    return bearer(kind="machine", scope=scope, client_id=f"partner of {organisation}", **more)


@dataclass
class Running:
    client: httpx.AsyncClient
    bus: MemoryBus

    async def publish(self, *heard: Heard[Told]) -> None:
        await self.bus.publish([a_record(one) for one in heard])

    async def get(self, path: str, headers: dict[str, str]) -> dict[str, Any]:
        answer = await self.client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def subscribe(
        self, headers: dict[str, str], key: str = "key-00001", **asked: Any
    ) -> httpx.Response:
        body = {"url": "http://127.0.0.1:9/webhook", "event_types": ["space.entry.added.v1"], **asked}
        return await self.client.post(
            "/v1/subscriptions", json=body, headers=headers | {"Idempotency-Key": key}
        )

    async def messages(self, headers: dict[str, str], count: int) -> list[dict[str, Any]]:
        return await self.shown("messages", headers, lambda found: len(found) >= count)

    async def shown(
        self, what: str, headers: dict[str, str], enough: Callable[[list[dict[str, Any]]], bool]
    ) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []

        async def there() -> bool:
            found[:] = (await self.get(f"/v1/{what}", headers))[what]
            return enough(found)

        assert await until(there, within=PATIENCE_S)
        return found


def a_record(heard: Heard[Told]) -> Record:
    return record(entry(heard.event, version=heard.event.version, at=heard.time))


def engines(documents: MemoryDocuments) -> Engines:
    bus = MemoryBus()
    return Engines(
        documents=documents,
        bus=bus,
        hear=lambda name, listeners, _: MemoryHearing(name, listeners, bus=bus),
        clock=SystemClock(),
        fetch_jwks=lambda _: jwks,
        ears=MemoryEars(bus),
        tail=MemoryTail(bus),
    )


@pytest.fixture
async def notify(tmp_path: Path, documents: MemoryDocuments) -> AsyncIterator[Running]:
    make_secrets(tmp_path)
    on = engines(documents)
    settings = NotifySettings(secrets_dir=tmp_path, issuer=ISSUER, allowed_networks="127.0.0.0/8")
    service = build(settings, on)
    transport = httpx.ASGITransport(service.http())
    running = asyncio.create_task(service.run())
    async with httpx.AsyncClient(transport=transport, base_url="http://notify.test") as client:
        assert isinstance(on.bus, MemoryBus)
        yield Running(client, on.bus)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


class TestMessages:
    async def test_are_shown_to_their_own_holder_only(self, notify: Running) -> None:
        await notify.publish(an_entry(1), an_entry(2, holder_id=BOB))
        (mine,) = await notify.messages(resident(ALICE), 1)
        assert set(mine) == {"message_id", "at", "kind", "text_zh", "text_en", "subject", "version"}
        assert (mine["kind"], mine["subject"], mine["version"]) == ("entry_added", "entry-1", 1)
        assert len(await notify.messages(resident(ALICE, BOB), 2)) == 2
        assert await notify.get("/v1/messages", resident("A" * 26)) == {"messages": []}

    async def test_of_before_a_time_are_the_next_page(self, notify: Running) -> None:
        await notify.publish(an_entry(1))
        await notify.publish(an_access(1))
        newest, oldest = await notify.messages(resident(ALICE), 2)
        page = await notify.client.get(
            "/v1/messages", params={"before": newest["at"], "limit": 1}, headers=resident(ALICE)
        )
        assert page.json() == {"messages": [oldest]}

    @pytest.mark.parametrize("before", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "now"])
    async def test_of_before_no_time_are_refused(self, notify: Running, before: str) -> None:
        for path, headers in (("messages", resident(ALICE)), ("deliveries", machine())):
            answer = await notify.client.get(f"/v1/{path}", params={"before": before}, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")

    async def test_are_not_for_machines(self, notify: Running) -> None:
        answer = await notify.client.get("/v1/messages", headers=machine())
        assert (answer.status_code, answer.json()["code"]) == (403, "caller_kind_wrong")


class TestOutdatedPulls:
    async def test_are_shown_to_the_organisation_that_pulled_and_to_no_other(self, notify: Running) -> None:
        pulled = (PulledEntry(entry_id="entry-1", version=1),)
        # On their two topics at once, in any order.
        await notify.publish(a_change(state="revoked", change="revoke"), an_access(entries=pulled))
        found: list[dict[str, Any]] = []

        async def told() -> bool:
            found[:] = (await notify.get("/v1/outdated-pulls", machine()))["outdated_pulls"]
            return bool(found)

        assert await until(told, within=PATIENCE_S)
        (one,) = found
        assert (one["entry_id"], one["version"], one["state"], one["change"]) == (
            "entry-1",
            2,
            "revoked",
            "revoke",
        )
        assert ALICE not in str(one)
        stranger = machine("11420322MB0A00003J")
        assert await notify.get("/v1/outdated-pulls", stranger) == {"outdated_pulls": []}
        answer = await notify.client.get("/v1/outdated-pulls", headers=resident(ALICE))
        assert (answer.status_code, answer.json()["code"]) == (403, "caller_kind_wrong")


class TestSubscriptions:
    async def test_give_the_same_secret_to_the_same_request_and_show_it_nowhere_else(
        self, notify: Running
    ) -> None:
        made, again = [await notify.subscribe(machine()) for _ in range(2)]
        assert made.status_code == again.status_code == 201
        assert made.json() == again.json()
        assert made.json()["secret"].startswith("whsec_")
        shown = await notify.get("/v1/subscriptions", machine())
        assert [one["subscription_id"] for one in shown["subscriptions"]] == [made.json()["subscription_id"]]
        assert "secret" not in shown["subscriptions"][0]

    async def test_of_another_organisation_are_not_shown(self, notify: Running) -> None:
        made = (await notify.subscribe(machine())).json()
        stranger = machine("11420322MB0A00003J")
        assert await notify.get("/v1/subscriptions", stranger) == {"subscriptions": []}
        answer = await notify.client.get(
            "/v1/deliveries", params={"subscription_id": made["subscription_id"]}, headers=stranger
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "subscription_unknown")

    @pytest.mark.parametrize(
        ("asked", "code"),
        [
            ({"url": "http://169.254.169.254/"}, "webhook_url_invalid"),
            ({"url": "http://10.0.0.1/"}, "webhook_url_invalid"),
            ({"url": "not an address"}, "webhook_url_invalid"),
            ({"event_types": []}, "event_type_unknown"),
            ({"event_types": ["certs.certificate.issued.v1"]}, "event_type_unknown"),
        ],
    )
    async def test_with_something_wrong_are_refused(
        self, notify: Running, asked: dict[str, Any], code: str
    ) -> None:
        answer = await notify.subscribe(machine(), **asked)
        assert (answer.status_code, answer.json()["code"]) == (422, code)

    async def test_are_not_given_for_the_key_of_another_however_old(
        self, notify: Running, documents: MemoryDocuments
    ) -> None:
        await notify.subscribe(machine())
        documents._kept["request_keys"].clear()  # noqa: SLF001 - as the engine does after two days
        answer = await notify.subscribe(machine(), url="http://127.0.0.1:9/elsewhere")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")

    async def test_are_so_many_for_a_partner_and_no_more(self, notify: Running) -> None:
        answers = [await notify.subscribe(machine(), f"key-{number:05}") for number in range(11)]
        assert [one.status_code for one in answers] == [201] * 10 + [409]
        assert answers[-1].json()["code"] == "subscriptions_too_many"
        assert (await notify.subscribe(machine(), "key-00003")).status_code == 201
        assert (await notify.subscribe(machine("11420322MB0A00003J"), "key-00010")).status_code == 201

    async def test_repeat_nothing_of_what_was_asked_for(self, notify: Running) -> None:
        asked = await notify.subscribe(machine(), event_types=["420322198002290011"])
        shown = await notify.client.get(
            "/v1/deliveries", params={"subscription_id": "420322198002290011"}, headers=machine()
        )
        for answer, code in ((asked, "event_type_unknown"), (shown, "subscription_unknown")):
            assert answer.json()["code"] == code
            assert "420322198002290011" not in answer.text
        assert (await notify.subscribe(machine(), "key-00002", event_types=["x" * 101])).status_code == 422
        assert (await notify.subscribe(machine(), "key-00003", event_types=["x"] * 51)).status_code == 422

    async def test_need_the_scope_and_an_organisation(self, notify: Running) -> None:
        for headers, code in (
            (machine(scope="other"), "scope_missing"),
            (machine(None), "organisation_unknown"),
        ):
            answer = await notify.subscribe(headers)
            assert (answer.status_code, answer.json()["code"]) == (403, code)


class TestDeliveries:
    async def test_reach_the_endpoint_verified_and_are_on_record(self, notify: Running) -> None:
        got: list[tuple[bytes, dict[str, str]]] = []

        async def take(request: web.Request) -> web.Response:
            got.append((await request.read(), dict(request.headers)))
            return web.Response(status=500 if len(got) == 1 else 204)

        async with endpoint(take) as url:
            made = (await notify.subscribe(machine(), url=url)).json()
            await notify.publish(an_entry(1))
            (mine,) = await notify.messages(resident(ALICE), 1)
            (delivery,) = await notify.shown(
                "deliveries", machine(), lambda found: bool(found and found[0]["attempts"])
            )
        body, headers = got[0]
        event = Webhook(made["secret"]).verify(body, headers)
        assert f"{event['id']}:inbox" == mine["message_id"]
        assert delivery["delivery_id"] == f"{event['id']}:{made['subscription_id']}"
        assert (delivery["last_status"], delivery["last_error"]) == (500, "refused")
        assert delivery["next_at"]
        assert ALICE not in body.decode() + json.dumps(delivery)
        assert await notify.get("/v1/deliveries?state=failed", machine()) == {"deliveries": []}
