"""The administrator's command, against identity over real HTTP."""

import asyncio
import io
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from services.identity.administration import administer
from services.identity.store import AUDIT
from services.kernel.clock import SystemClock
from services.kernel.keys.secrets import SecretUnusable
from services.kernel.store.memory import MemoryDocuments
from services.kernel.stream.memory_bus import MemoryBus
from tests.identity.office import FOOD, HERE, ISSUER, HandClock, Office

ORGANISATION = {
    "name": "郧西县市场监督管理局",
    "certificate_types": [FOOD],
    "source_for": [],
    "items": [],
    "may_ask_for": [FOOD],
}
LOG_IN = {
    "kind": "operator",
    "issuer": "https://staff.example.cn",
    "clients": {"counter": "yima-counter"},
    "claims": {"staff_id": "sub", "organisation": "org"},
}


class WallClock(HandClock):
    """The command signs by the machine's clock."""

    def now(self) -> datetime:
        return SystemClock().now()


class Server(uvicorn.Server):
    """Leaves the signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Terminal:
    """Where the administrator types."""

    def __init__(self, office: Office, url: str, capture: pytest.CaptureFixture[str]) -> None:
        self.office, self.url, self._capture = office, url, capture
        self.key_file = office.keys / "clients" / "admin.jwk"

    async def types(self, *words: str) -> tuple[int, str, str]:
        """Exit status, stdout and stderr."""
        status = await administer(["--url", self.url, *words], issuer=ISSUER, key_file=self.key_file)
        return status, *self._capture.readouterr()

    async def gets(self, *words: str) -> Any:  # noqa: ANN401 - what is shown is JSON
        """What a command shows that must succeed."""
        status, out, err = await self.types(*words)
        assert (status, err) == (0, ""), err
        return json.loads(out)

    async def is_told(self, *words: str) -> str:
        """What a command says that must not succeed; nothing goes to stdout."""
        status, out, err = await self.types(*words)
        assert (status, out) == (1, "")
        return err


@pytest.fixture
async def terminal(keys: Path, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Terminal]:
    async with Office(keys, WallClock(), MemoryDocuments(), MemoryBus()) as office:
        config = uvicorn.Config(
            office.service.http(), host="127.0.0.1", port=0, log_config=None, access_log=False, lifespan="off"
        )
        server = Server(config)
        serving = asyncio.create_task(server.serve())
        await office.until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        capsys.readouterr()
        yield Terminal(office, f"http://127.0.0.1:{port}", capsys)
        server.should_exit = True
        await serving


def a_file(folder: Path, content: object) -> str:
    file = folder / "said.json"
    file.write_text(json.dumps(content, ensure_ascii=False))
    return str(file)


@pytest.fixture
async def registered(terminal: Terminal, tmp_path: Path) -> Terminal:
    await terminal.gets("organisation", "put", HERE, a_file(tmp_path, ORGANISATION))
    return terminal


class TestTheCommand:
    async def test_registers_shows_and_removes_an_organisation(
        self, terminal: Terminal, tmp_path: Path
    ) -> None:
        put = await terminal.gets("organisation", "put", HERE, a_file(tmp_path, ORGANISATION))
        unheard_of = sorted([*ORGANISATION["items"], *ORGANISATION["certificate_types"]])
        stands = {"organisation": HERE, "version": 1, "removed": False, "not_published": unheard_of}
        assert put == ORGANISATION | stands
        assert await terminal.gets("organisation", "get", HERE) == put
        assert (await terminal.gets("organisation", "remove", HERE))["removed"] is True

    async def test_registers_shows_and_removes_a_system(self, registered: Terminal, tmp_path: Path) -> None:
        public = {name: value for name, value in registered.office.jwk("source").items() if name != "d"}
        said = {"organisation": HERE, "jwks": {"keys": [public]}, "scopes": ["approvals:write"]}
        put = await registered.gets("client", "put", "source", a_file(tmp_path, said))
        assert (put["client_id"], put["scopes"]) == ("source", ["approvals:write"])
        assert await registered.gets("client", "get", "source") == put
        assert (await registered.gets("client", "remove", "source"))["removed"] is True

    async def test_registers_shows_and_removes_a_member_of_staff(
        self, registered: Terminal, tmp_path: Path
    ) -> None:
        await registered.gets("issuer", "put", "staff", a_file(tmp_path, LOG_IN))
        said = {"organisation": HERE, "roles": ["statutory"]}
        put = await registered.gets("operator", "put", "w001@staff", a_file(tmp_path, said))
        assert put == said | {"operator_id": "w001@staff", "version": 1, "removed": False}
        assert await registered.gets("operator", "get", "w001@staff") == put
        assert (await registered.gets("operator", "remove", "w001@staff"))["removed"] is True

    async def test_registers_shows_and_removes_a_log_in(self, registered: Terminal, tmp_path: Path) -> None:
        put = await registered.gets("issuer", "put", "staff", a_file(tmp_path, LOG_IN))
        assert (put["name"], put["version"]) == ("staff", 1)
        assert await registered.gets("issuer", "get", "staff") == put
        assert (await registered.gets("issuer", "remove", "staff"))["removed"] is True

    async def test_lists_page_by_page(self, registered: Terminal, tmp_path: Path) -> None:
        await registered.gets("issuer", "put", "staff", a_file(tmp_path, LOG_IN))
        for staff_id in ("w001", "w002", "w003"):
            said = a_file(tmp_path, {"organisation": HERE, "roles": []})
            await registered.gets("operator", "put", f"{staff_id}@staff", said)
        first = await registered.gets("operator", "list", "--organisation", HERE, "--limit", "2")
        rest = await registered.gets("operator", "list", "--organisation", HERE, "--after", first["next"])
        shown = [one["operator_id"] for one in first["operators"] + rest["operators"]]
        assert (shown, rest["next"]) == (["w001@staff", "w002@staff", "w003@staff"], None)
        assert (await registered.gets("operator", "list", "--organisation", "nobody"))["operators"] == []
        for noun, key in (("organisation", "organisation"), ("client", "client_id"), ("issuer", "name")):
            (one,) = (await registered.gets(noun, "list"))[f"{noun}s"][-1:]
            assert one == await registered.gets(noun, "get", one[key])

    @pytest.mark.parametrize("noun", ["organisation", "client", "operator", "issuer"])
    async def test_undoes_no_change_that_was_made_since_it_was_read(
        self, registered: Terminal, tmp_path: Path, noun: str
    ) -> None:
        await registered.gets("issuer", "put", "staff", a_file(tmp_path, LOG_IN))
        public = {name: value for name, value in registered.office.jwk("source").items() if name != "d"}
        name, said, change = {
            "organisation": (HERE, ORGANISATION, {"name": "新名"}),
            "client": ("source", {"organisation": HERE, "jwks": {"keys": [public]}}, {"scopes": ["admin"]}),
            "operator": ("w001@staff", {"organisation": HERE}, {"roles": ["hotline"]}),
            "issuer": ("staff", LOG_IN, {"clients": {}}),
        }[noun]
        await registered.gets(noun, "put", name, a_file(tmp_path, said))
        read = await registered.gets(noun, "get", name)
        changed = a_file(tmp_path, read | change)
        for _ in range(2):  # a lost answer does no harm
            assert (await registered.gets(noun, "put", name, changed))["version"] == 2
        told = await registered.is_told(noun, "put", name, a_file(tmp_path, read))
        assert "version_differs" in told

    async def test_takes_from_stdin_what_it_showed(
        self, registered: Terminal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """`get`, an editor, `put`: what is shown is what is taken."""
        shown = await registered.gets("organisation", "get", HERE)
        for changed, version in ((shown, 1), (shown | {"may_ask_for": []}, 2)):
            typed = io.TextIOWrapper(io.BytesIO(json.dumps(changed).encode()))
            monkeypatch.setattr(sys, "stdin", typed)
            assert (await registered.gets("organisation", "put", HERE))["version"] == version

    async def test_shows_the_trail_page_by_page(self, registered: Terminal) -> None:
        kept = registered.office.documents._kept  # noqa: SLF001
        await registered.office.until(lambda: len(kept.get(AUDIT.name, {})) == 2)
        first = await registered.gets("audit", "--limit", "1")
        second = await registered.gets("audit", "--limit", "1", "--after", first["next"])
        assert [one["changes"][0]["subject"] for one in (first, second)] == [HERE, "admin"]
        assert (await registered.gets("audit", "--subject", HERE))["changes"] == first["changes"]

    async def test_shows_chinese_as_it_is_read(self, registered: Terminal) -> None:
        _, out, _ = await registered.types("organisation", "get", HERE)
        assert "郧西县市场监督管理局" in out


class TestTroubleIsToldWithTheNextStep:
    async def test_when_it_is_refused(self, terminal: Terminal) -> None:
        told = await terminal.is_told("organisation", "get", HERE)
        assert "没有登记这家单位" in told
        assert "下一步" in told
        assert "organisation_unknown" in told

    async def test_when_a_name_has_odd_characters(self, terminal: Terminal) -> None:
        """No name leads to another address."""
        for name in ("../clients/admin", "a?b=c", "a/b", "%2e%2e", "郧西", "#"):
            told = await terminal.is_told("client", "remove", name)
            assert "not_found" in told or "request_invalid" in told, name
        assert (await terminal.gets("client", "get", "admin"))["removed"] is False

    async def test_when_what_is_typed_is_not_json(self, terminal: Terminal, tmp_path: Path) -> None:
        file = tmp_path / "said.json"
        file.write_text("{name: 郧西}")
        assert "is not JSON" in await terminal.is_told("organisation", "put", HERE, str(file))
        missing = str(tmp_path / "missing.json")
        assert "No such file" in await terminal.is_told("organisation", "put", HERE, missing)

    async def test_when_the_key_is_another_clients(self, terminal: Terminal) -> None:
        terminal.key_file = terminal.office.keys / "clients" / "source.jwk"
        assert "client_assertion_rejected" in await terminal.is_told("audit")

    async def test_when_the_key_is_no_key(self, terminal: Terminal, tmp_path: Path) -> None:
        terminal.key_file = tmp_path / "key.jwk"
        for content in ('{"kty": "oct", "d": "x", "kid": "y"}', '{"kty": "EC", "d": 1, "kid": 2}'):
            terminal.key_file.write_text(content)
            terminal.key_file.chmod(0o600)
            assert "no EC key on P-256" in await terminal.is_told("audit")
        terminal.key_file.chmod(0o644)
        with pytest.raises(SecretUnusable):  # which the program's start tells
            await terminal.types("audit")

    async def test_when_only_the_public_half_is_there(self, terminal: Terminal) -> None:
        terminal.key_file = terminal.office.keys / "identity" / "admin.jwk"
        assert "no private key with a kid" in await terminal.is_told("audit")

    async def test_when_identity_is_not_there(self, terminal: Terminal) -> None:
        terminal.url = "http://127.0.0.1:1"
        assert "identity does not answer at http://127.0.0.1:1" in await terminal.is_told("audit")


async def run(terminal: Terminal, *words: str) -> tuple[int | None, str, str]:
    """The program itself."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.identity", "admin", "--url", terminal.url, *words),
        env={**os.environ, "YIMA_SECRETS": str(terminal.office.keys), "YIMA_ISSUER": ISSUER},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


class TestTheProgram:
    async def test_gives_0_for_what_was_done_1_for_what_was_refused_2_for_what_it_cannot_read(
        self, registered: Terminal
    ) -> None:
        done, refused, misspelt = await asyncio.gather(
            run(registered, "organisation", "get", HERE),
            run(registered, "client", "get", "nobody"),
            run(registered, "organisation", "destroy", HERE),
        )
        assert (done[0], json.loads(done[1])["organisation"], done[2]) == (0, HERE, "")
        assert (refused[0], refused[1]) == (1, "")
        assert "client_not_registered" in refused[2]
        assert (misspelt[0], misspelt[1]) == (2, "")
        assert "Traceback" not in misspelt[2]
