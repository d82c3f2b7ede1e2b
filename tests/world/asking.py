"""Asks a service for all that its OpenAPI document describes, and holds it to that document."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode, checks

# They last as long as somebody listens; tests/identity has them elsewhere.
STREAMS = "/events"
# What takes from the world is asked last, in this order: a freeze ends the session that asked for it.
LAST = ("delete", "end", "unfreeze", "erasure", "freeze", "close")
# How many requests of each operation: at a closed door there is less to learn.
KNOCKS, EXAMPLES = 2, 16
CLOSED = {401, 403}
Operation = APIOperation[Any, Any, Any, Any]
checks.load_all_checks()
CHECKS: list[Any] = checks.CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A service over HTTP, with somebody of each kind to call it, and things that are really there."""

    url: str
    document: dict[str, Any]
    tokens: Mapping[str, str]
    there: Mapping[str, object]


def operations(document: dict[str, Any]) -> list[Operation]:
    schema = schemathesis.openapi.from_dict(document)
    found: list[Operation] = [one.ok() for one in schema.get_all_operations()]  # type: ignore[union-attr]
    asked = [one for one in found if not one.path.endswith(STREAMS)]
    return sorted(asked, key=_turn)


def _turn(one: Operation) -> int:
    name = f"{one.method} {one.path}".lower()
    return next((turn for turn, word in enumerate(LAST, start=1) if word in name), 0)


def really(case: Case[Any], there: Mapping[str, object]) -> None:
    """Name things that are there instead of things made up."""
    named = {**there, "name": "staff"}  # in a path it is a log-in's
    for said, real in ((case.path_parameters, named), (case.body, there)):
        if isinstance(said, dict):
            said |= {name: value for name, value in real.items() if name in said}


class Asker:
    """One caller, and what Schemathesis makes it send: the same at every run."""

    def __init__(self, served: Served, session: requests.Session, token: str | None) -> None:
        self._served, self._session = served, session
        self._count = itertools.count()
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, operation: Operation, examples: int) -> set[int]:
        """Give the statuses seen, of good requests for real things and of all sorts."""
        good, bad = (
            operation.as_strategy(generation_mode=mode)
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        )
        seen = self._ask(good, st.just(value=True), examples)
        return seen | self._ask(st.one_of(good, bad), st.booleans(), examples)

    def _ask(self, cases: st.SearchStrategy[Case[Any]], real: st.SearchStrategy[bool], most: int) -> set[int]:
        """A status that is not described fails the test."""
        seen: set[int] = set()

        @settings(
            max_examples=most,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases, is_real=real)
        def ask(case: Case[Any], is_real: bool) -> None:  # noqa: FBT001 - Hypothesis names its arguments
            if is_real:
                really(case, self._served.there)
            case.headers.setdefault("Idempotency-Key", f"key-{next(self._count):08}")
            case.headers.update(self._headers)
            answer = case.call_and_validate(
                base_url=self._served.url, session=self._session, checks=CHECKS, timeout=30
            )
            seen.add(answer.status_code)

        ask()
        return seen


def ask_all(served: Served, caller: str) -> dict[str, set[int]]:
    """The statuses of every operation for a caller of this kind; one that is not described fails the test."""
    answers: dict[str, set[int]] = {}
    with requests.Session() as session:
        asker = Asker(served, session, served.tokens.get(caller))
        for operation in operations(served.document):
            seen = asker.ask(operation, KNOCKS)
            if seen - CLOSED:
                seen |= asker.ask(operation, EXAMPLES)
            answers[f"{operation.method} {operation.path}"] = seen
    return answers
