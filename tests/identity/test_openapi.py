"""identity does as its OpenAPI document says, whoever asks and whatever is sent."""

import asyncio
import copy
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import requests
import uvicorn
from schemathesis.core.failures import FailureGroup

from services.kernel.errors import HTTP_STATUS
from services.kernel.keys.tokens import Caller
from services.kernel.store.memory import MemoryDocuments
from services.kernel.stream.memory_bus import MemoryBus
from tests.identity.office import ENTERPRISE, HERE, ITEM, PERSON, HandClock, Office
from tests.world.asking import KNOCKS, Asker, Served, ask_all, operations

LIMITS = ("SCANS_A_MINUTE", "LOOKUPS_A_MINUTE", "TOKENS_A_MINUTE", "REGISTRATIONS_A_MINUTE")
ROLES = ("statutory", "supervisor", "hotline", "authority", "registrar")
# In this order: who may end a holder or remove an organisation comes after those who need them.
CALLERS = ("nobody", "forger", "machine", "agent", "resident", "operator", "admin")
LOG_IN = {
    "kind": "operator",
    "issuer": "https://staff.example.cn",
    "discovery_url": "",
    "clients": {"counter": "yima-counter"},
    "claims": {"staff_id": "sub", "organisation": "org"},
    "levels": [],
    "least": "",
}
# So many operations at least must have done what they are for: else nothing but refusals was tried.
DONE = {"nobody": 3, "forger": 3, "machine": 5, "agent": 3, "resident": 16, "operator": 10, "admin": 14}


async def open_for_all(office: Office) -> tuple[Mapping[str, str], Mapping[str, object]]:
    """A caller of each kind, and what a path or a body may name."""
    await office.open_counter()
    holder_id, shop_id = await office.holder_id(), await office.holder_id(ENTERPRISE)
    await office.put_client("front-desk", scopes=["holders:write", "holders:state"])
    machine = Caller(
        subject="front-desk",
        kind="machine",
        client_id="front-desk",
        organisation=HERE,
        scopes=frozenset({"holders:write", "holders:state"}),
    )
    tokens = {
        "forger": "eyJhbGciOiJub25lIn0.e30.",
        "admin": await office.token("admin"),
        "machine": office.mint(machine),
        "operator": await office.operator("w001", *ROLES),
        "resident": await office.resident(holder_id),
        "agent": await office.resident(shop_id, kind="agent", actor="a" * 26, mandate_id="m" * 26),
    }
    scanned = (await office.scan(await office.code(), token=tokens["operator"])).json()
    there = {
        "organisation": HERE,
        "client_id": "counter",
        "operator_id": "w002@staff",
        "holder_id": holder_id,
        "scan_id": scanned["scan_id"],
        "item": ITEM,
        "code": await office.code(),
        "access_token": tokens["resident"],
        "checked": "看过身份证原件",
        "purpose": "办理食品经营许可变更",
        "jwks": {"keys": [{name: value for name, value in office.jwk("counter").items() if name != "d"}]},
    }
    return tokens, there | LOG_IN | PERSON


class Server:
    """An event loop of its own: Schemathesis asks from a thread that waits."""

    def __init__(self, keys: Path) -> None:
        self._keys = keys
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self.served: Served

    async def _serve(self) -> None:
        async with Office(self._keys, HandClock(), MemoryDocuments(), MemoryBus()) as office:
            tokens, there = await open_for_all(office)
            document = (await office.http.get("/openapi.json")).json()
            app = office.service.http()
            config = uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off")
            self._server = uvicorn.Server(config)
            serving = asyncio.create_task(self._server.serve())
            await office.until(lambda: self._server.started)
            port = self._server.servers[0].sockets[0].getsockname()[1]
            url = f"http://127.0.0.1:{port}"
            self.served = Served(url=url, document=document, tokens=tokens, there=there)
            self._ready.set()
            await serving

    def __enter__(self) -> Served:
        self._thread.start()
        assert self._ready.wait(30), "identity did not start"
        return self.served

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(30)


@pytest.fixture(scope="module")
def served(keys: Path) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        for limit in LIMITS:  # so many that every request gets past them
            patch.setenv(f"YIMA_{limit}", "1000000")
        with Server(keys) as served:
            yield served


class TestEveryAnswer:
    @pytest.mark.parametrize("caller", CALLERS)
    def test_is_one_that_the_document_names(self, served: Served, caller: str) -> None:
        """No 5xx, no status, body or header that is not described, for each kind of caller."""
        answers = ask_all(served, caller)
        done = [name for name, seen in answers.items() if seen & {200, 201, 204}]
        assert len(done) >= DONE[caller], answers

    def test_is_looked_at(self, served: Served) -> None:
        """An answer that the document does not name would be found."""
        document = copy.deepcopy(served.document)
        del document["paths"]["/v1/me"]["get"]["responses"]["401"]
        (operation,) = (one for one in operations(document) if one.path == "/v1/me")
        with (
            requests.Session() as session,
            pytest.raises(FailureGroup, match="Undocumented status code"),
        ):
            Asker(served, session, None).ask(operation, KNOCKS)


class TestTheDocument:
    def test_names_every_refusal_at_every_operation(self, served: Served) -> None:
        for path, methods in served.document["paths"].items():
            for method, operation in methods.items():
                named = {int(status) for status in operation["responses"]}
                assert set(HTTP_STATUS.values()) <= named, (method, path)
                for status in HTTP_STATUS.values():
                    assert list(operation["responses"][str(status)]["content"]) == [
                        "application/problem+json"
                    ]
