"""The sample partner of a local world."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from deploy.local.actors import Platform, System
from deploy.local.neighbour import Neighbour
from deploy.local.partner import Partner
from services.notify.webhooks import secret_text
from services.notify.webhooks.signing import signed_headers

SECRET = b"s" * 32


def signed(event_id: str) -> dict[str, Any]:
    body = json.dumps({"id": event_id}).encode()
    headers = signed_headers(SECRET, event_id=event_id, at=datetime.now(UTC), body=body)
    return {"data": body, "headers": headers}


class Asked(System):
    """Answers a subscription as notify does: one secret for one key."""

    async def ask(self, service: str, method: str, path: str, **request: Any) -> dict[str, Any]:
        return {"secret": f"{request['json']['url']} {request['key']}"}


class TestTheNeighbour:
    async def test_has_the_secret_of_the_address_that_it_listens_at(self, tmp_path: Path) -> None:
        partner = Asked(Platform({}, issuer="", keys=tmp_path), "partner")
        here, elsewhere = Neighbour(tmp_path), Neighbour(tmp_path)
        elsewhere.url = "http://127.0.0.1:9"
        secrets = []
        for one in (here, elsewhere, here):
            await one.subscribe(partner)
            secrets.append((tmp_path / "partner.secret").read_text())
        assert secrets[0] == secrets[2] != secrets[1]
        assert stat.S_IMODE((tmp_path / "partner.secret").stat().st_mode) == 0o600


class TestThePartner:
    async def test_keeps_each_genuine_event_also_over_a_restart(self, tmp_path: Path) -> None:
        secret, out = tmp_path / "secret", tmp_path / "received.jsonl"
        async with TestClient(TestServer(Partner(secret, out).app())) as client:
            assert (await client.get("/readyz")).status == 200
            assert (await client.post("/webhook", **signed("e1"))).status == 503
            secret.write_text(secret_text(SECRET))
            for event_id in ("e1", "e2", "e1"):
                assert (await client.post("/webhook", **signed(event_id))).status == 204
        async with TestClient(TestServer(Partner(secret, out).app())) as client:
            received = await (await client.get("/received?ids=1")).json()
        assert received == {"count": 3, "distinct": 2, "ids": ["e1", "e2"]}

    async def test_refuses_what_is_not_signed_with_its_secret(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text(secret_text(b"o" * 32))
        async with TestClient(TestServer(Partner(secret, tmp_path / "received.jsonl").app())) as client:
            assert (await client.post("/webhook", **signed("e1"))).status == 400
            assert (await client.post("/webhook", data=b"{}")).status == 400
            garbage = signed("e1")["headers"] | {"webhook-signature": "nonsense"}
            assert (await client.post("/webhook", data=b"{}", headers=garbage)).status == 400
            assert await (await client.get("/received")).json() == {"count": 0, "distinct": 0}
