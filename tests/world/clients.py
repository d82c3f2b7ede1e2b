"""Clients that issue, change and read the same certificates at once, and write down what they are told."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

import httpx

from services.certs.domain.lifecycle import Change
from tests.world.histories import Call, Got, How, What
from tests.world.people import a_shop, an_approval

CLIENTS = 4
# Few decisions for many calls: so the same one is sent by several, and again later.
_CASES = ("1号", "2号", "3号", "4号", "5号")
_WHATS: Sequence[What] = ("read", "read", "read", "suspend", "resume", "suspend", "resume", "issue")
_FINAL: Sequence[Change] = ("revoke", "withdraw", "cancel")
_BETWEEN_TRIES_S = 0.1
_HOW: dict[int, How] = {200: "repeated", 201: "done", 409: "refused"}


class Send(Protocol):
    """One request to certs, as a machine that may send for the authority."""

    def __call__(self, method: str, path: str, **body: Any) -> Awaitable[httpx.Response]: ...


# By the certificate's id; None where the answer says nothing (it timed out, the service was away).
Reader = Callable[[str], Awaitable[Got | None]]


@dataclass(slots=True)
class Clients:
    """`read` is how they look a certificate up: by its state, unless another way is to be tried."""

    send: Send
    chance: Random
    read: Reader | None = None
    history: list[Call] = field(default_factory=list)

    async def play(self, *, certificates: int, calls: int) -> list[Call]:
        """One certificate after the other, all clients at it; each makes so many calls."""
        for _ in range(certificates):
            certificate = _Certificate(an_approval(a_shop()))
            await asyncio.gather(*(self._client(one, certificate, calls) for one in range(CLIENTS)))
        return self.history

    async def _client(self, client: int, certificate: "_Certificate", calls: int) -> None:
        while not certificate.id:
            await self._call(client, certificate, "issue")
        last = self.chance.randrange(calls // 2, calls * CLIENTS)
        for number in range(calls):
            what = self.chance.choice(_FINAL if number == last else _WHATS)
            await self._call(client, certificate, what)

    async def _call(self, client: int, certificate: "_Certificate", what: What) -> None:
        case = "" if what in {"read", "issue"} else self.chance.choice(_CASES)
        called = time.monotonic()
        got = await self._ask(certificate, what, case)
        returned = time.monotonic()
        sure = {"returned": returned, "got": got} if got else {}
        about = certificate.approval["document_number"]
        if got or what != "read":
            self.history.append(
                Call(client=client, about=about, what=what, called=called, case=case, **sure)  # type: ignore[arg-type]
            )

    async def _ask(self, certificate: "_Certificate", what: What, case: str) -> Got | None:
        if what == "issue":
            return await self._issue(certificate)
        if what == "read":
            return await (self.read or self.look_up)(certificate.id)
        body = {"change": what, "reason": "检查", "case_number": case, "decided_on": "2026-05-06"}
        return await self._answered("POST", f"/v1/certificates/{certificate.id}/changes", json=body)

    async def _issue(self, certificate: "_Certificate") -> Got | None:
        answer = await self._answer("POST", "/v1/approvals", json=certificate.approval)
        if answer is None or answer.is_server_error:
            await asyncio.sleep(_BETWEEN_TRIES_S)
            return None
        certificate.known(answer.json()["certificate_id"])
        return Got(how=_HOW[answer.status_code], state=answer.json()["state"])

    async def look_up(self, certificate_id: str) -> Got | None:
        """As the authority reads it."""
        answer = await self._answer("GET", f"/v1/certificates/{certificate_id}")
        return Got(how="seen", **_standing(answer)) if answer and answer.is_success else None

    async def _answered(self, method: str, path: str, **body: Any) -> Got | None:
        answer = await self._answer(method, path, **body)
        if answer is None or answer.is_server_error:
            return None
        shown = {} if answer.is_error else _standing(answer)
        assert answer.is_success or answer.json()["code"] == "certificate_move_illegal", answer.text
        return Got(how=_HOW[answer.status_code], **shown)

    async def _answer(self, method: str, path: str, **body: Any) -> httpx.Response | None:
        """None: whether it was done nobody knows. Where nobody listens it was not, and is tried again."""
        while True:
            try:
                return await self.send(method, path, **body)
            except httpx.ConnectError:
                await asyncio.sleep(_BETWEEN_TRIES_S)
            except httpx.TransportError:
                return None


@dataclass(slots=True)
class _Certificate:
    approval: dict[str, Any]
    id: str = ""

    def known(self, certificate_id: str) -> None:
        assert self.id in {"", certificate_id}, "one approval has given rise to two certificates"
        self.id = certificate_id


def _standing(answer: httpx.Response) -> dict[str, Any]:
    return {name: answer.json()[name] for name in ("state", "version")}
