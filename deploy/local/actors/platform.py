"""The services as everybody reaches them."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from deploy.local.waiting import until

Json = dict[str, Any]
PATIENCE_S = 60.0


class Answered(Exception):
    """A service answered with a problem: its status, reason code and detail."""

    def __init__(self, response: httpx.Response) -> None:
        is_problem = response.headers.get("content-type", "").startswith("application/problem+json")
        self.problem: Json = response.json() if is_problem else {}
        self.status = response.status_code
        self.code = str(self.problem.get("code", ""))
        path, detail = response.request.url.path, self.problem.get("detail", "")
        super().__init__(f"{path}: {self.status} {self.code} {detail}")


class Platform:
    """The services' addresses; several copies of a service are called in turn."""

    def __init__(
        self, clients: Mapping[str, Sequence[httpx.AsyncClient]], *, issuer: str, keys: Path
    ) -> None:
        self._turns = {service: cycle(copies) for service, copies in clients.items()}
        self.issuer = issuer
        self.keys = keys

    async def call(
        self, service: str, method: str, path: str, *, token: str = "", key: str = "", **request: Any
    ) -> httpx.Response:
        """One request as it is, with a new Idempotency-Key unless one is given."""
        headers = {**request.pop("headers", {})}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if method == "POST":
            headers.setdefault("Idempotency-Key", key or uuid4().hex)
        return await next(self._turns[service]).request(method, path, headers=headers, **request)

    async def ask(self, service: str, method: str, path: str, **request: Any) -> Json:
        """The answer's JSON, or `Answered`; an answer without a body is {}.

        A space that has not heard of its holder yet is asked again, as its answer says.
        """
        answers: list[httpx.Response] = []

        async def answered() -> bool:
            answers[:] = [await self.call(service, method, path, **request)]
            return answers[0].is_success or Answered(answers[0]).code != "holder_not_yet_known"

        await until(answered, within=PATIENCE_S)
        (response,) = answers
        if response.is_error:
            raise Answered(response)
        answer: Json = response.json() if response.content else {}
        return answer
