"""Every operation with an object's id against everybody who might try it: "not yours" is "not there".

The operations are those of the OpenAPI document: a new one without a row here fails.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.space.world import FOOD, HOLDER, ORGANISATION, OTHER_HOLDER, World

ELSEWHERE = "11420322YM0000009X"
ROLES = (
    *("owner", "other_holder", "operator_without_scan", "with_expired_grant", "with_anothers_grant"),
    *("with_grant_of_another_organisation", "supervisor", "supervisor_elsewhere", "administrator"),
    *("partner", "anonymous"),
)
# In the order of the roles: what each is answered.
HOLDERS_OWN = (200, 404, 403, 403, 403, 403, 403, 403, 403, 403, 401)
ORGANISATIONS = (403, 403, 403, 403, 403, 403, 200, 404, 403, 403, 401)
BY_GRANT = (403, 403, 400, 403, 403, 403, 400, 400, 403, 403, 401)
ADMINISTRATORS = (403, 403, 403, 403, 403, 403, 403, 403, 200, 403, 401)
# Each of the grants is answered for itself: refused, for whom it is not.
SETTLED = (403, 403, 422, 200, 200, 200, 422, 422, 403, 403, 401)
PUBLIC = (200,) * len(ROLES)


@dataclass(frozen=True, kw_only=True)
class Row:
    """What an operation is sent, and what each role is answered; ids in braces are put in."""

    answers: tuple[int, ...]
    body: Mapping[str, object] | None = None
    query: Mapping[str, str] = field(default_factory=dict)


MATRIX: Mapping[str, Row] = {
    "get /v1/entries/{entry_id}": Row(answers=HOLDERS_OWN),
    "get /v1/accesses/{access_id}/evidence": Row(answers=HOLDERS_OWN),
    "post /v1/accesses/{access_id}/disputes": Row(answers=HOLDERS_OWN, body={"reason": "why"}),
    "post /v1/entries/{entry_id}/corrections": Row(answers=HOLDERS_OWN, body={"reason": "why"}),
    "get /v1/cases/{case_id}": Row(answers=HOLDERS_OWN),
    "post /v1/cases/{case_id}/withdrawal": Row(answers=HOLDERS_OWN),
    "get /v1/organisation/cases/{case_id}": Row(answers=ORGANISATIONS),
    "post /v1/organisation/cases/{case_id}/answers": Row(
        answers=ORGANISATIONS, body={"outcome": "upheld", "answer": "so"}
    ),
    "get /v1/holders/{holder_id}/accesses": Row(answers=ADMINISTRATORS, query={"reason": "complaint"}),
    "post /v1/matches": Row(answers=BY_GRANT, body={}),
    "post /v1/pulls": Row(answers=BY_GRANT, body={}),
    "post /v1/concessions/{concession}/checks": Row(answers=BY_GRANT, body={}),
    "post /v1/concessions/{concession}/uses": Row(answers=BY_GRANT, body={}),
    "post /v1/concessions/{concession}/settlements": Row(answers=SETTLED, body={}),
    "get /v1/log/inclusion": Row(answers=PUBLIC, query={"ce_id": "{access_id}"}),
}
NOBODYS = {
    "entry_id": f"{99:032x}",
    "access_id": "e" * 32,
    "case_id": "d" * 32,
    "holder_id": "Z" * 26,
    "concession": "bus",
}


def with_an_object(document: Mapping[str, Any]) -> Iterator[str]:
    """Those operations that name somebody's object: in the address, the query or the body."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            names = [one["name"] for one in operation.get("parameters", ())]
            names += _fields(operation.get("requestBody", {}), document)
            if any(name in {"grant", "grants"} or name.endswith("_id") for name in names):
                yield f"{method} {path}"


def _fields(body: Mapping[str, Any], document: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for content in body.get("content", {}).values():
        name = content["schema"].get("$ref", "/").rpartition("/")[2]
        found += document["components"]["schemas"].get(name, content["schema"]).get("properties", {})
    return found


@dataclass(frozen=True, kw_only=True)
class Callers:
    """Each role's header and, where it has one, its grant."""

    world: World

    def __getitem__(self, role: str) -> tuple[dict[str, str], str | None]:
        world, late = self.world, int((self.world.clock.at - timedelta(minutes=1)).timestamp())
        clerk = world.operator()
        reviewing = {"roles": "supervisor"}
        made: dict[str, tuple[dict[str, str], str | None]] = {
            "owner": (world.resident(), world.grant()),
            "other_holder": (world.resident(OTHER_HOLDER), world.grant()),
            "operator_without_scan": (clerk, None),
            "with_expired_grant": (clerk, world.grant(iat=late - 600, exp=late)),
            "with_anothers_grant": (world.operator("op-0018"), world.grant()),
            "with_grant_of_another_organisation": (world.operator(organisation=ELSEWHERE), world.grant()),
            "supervisor": (world.operator("op-0099", **reviewing), None),
            "supervisor_elsewhere": (world.operator(organisation=ELSEWHERE, **reviewing), None),
            "administrator": (world.machine("admin"), world.grant()),
            "partner": (world.machine("events:subscribe", organisation=ORGANISATION), world.grant()),
            "anonymous": ({}, world.grant()),
        }
        return made[role]


async def theirs(world: World) -> dict[str, str]:
    """One object of each kind, all of them the owner's; without their log, evidence would be refused."""
    await world.hear(world.certificate(), world.certificate(2))
    access_id = (await world.pull(certificate_types=[FOOD])).json()["access_id"]
    headers = world.resident() | {"Idempotency-Key": "dispute-01"}
    other = (await world.pull(key="visit-0002")).json()["access_id"]
    path = f"/v1/accesses/{other}/disputes"
    opened = await world.http.post(path, json={"reason": "why"}, headers=headers)
    await world.log_all()
    case_id = opened.json()["case_id"]
    return {"entry_id": f"{1:032x}", "access_id": access_id, "case_id": case_id, "holder_id": HOLDER} | {
        "concession": "bus"
    }


async def asked(world: World, operation: str, role: str, ids: Mapping[str, str]) -> httpx.Response:
    method, _, path = operation.partition(" ")
    row, (headers, grant) = MATRIX[operation], Callers(world=world)[role]
    body = None if row.body is None else dict(row.body)
    if body is not None and row.answers is BY_GRANT and grant is not None:
        body["grant"] = grant
    if body is not None and row.answers is SETTLED:
        body["grants"] = [grant] if grant else []
    return await world.http.request(
        method,
        path.format(**ids),
        json=body,
        params={name: value.format(**ids) for name, value in row.query.items()},
        headers=headers | {"Idempotency-Key": f"matrix-{role}"},
    )


def told(answer: httpx.Response) -> tuple[int, object]:
    """All of a refusal but the number of the request."""
    return answer.status_code, {name: said for name, said in answer.json().items() if name != "instance"}


class TestTheMatrix:
    def test_has_every_operation_that_names_an_object_and_no_other(self, world: World) -> None:
        assert set(with_an_object(world.service.http().openapi())) == set(MATRIX)

    def test_finds_an_operation_that_names_an_object_wherever_it_does(self) -> None:
        schema: dict[str, Any] = {
            "content": {"application/json": {"schema": {"properties": {"case_id": {}}}}}
        }
        paths = {
            "/a/{thing_id}": {"get": {"parameters": [{"name": "thing_id", "in": "path"}]}},
            "/b": {"get": {"parameters": [{"name": "limit"}]}, "post": {"requestBody": schema}},
        }
        found = with_an_object({"paths": paths, "components": {"schemas": {}}})
        assert list(found) == ["get /a/{thing_id}", "post /b"]

    @pytest.mark.parametrize("operation", MATRIX)
    async def test_lets_in_whom_it_says_and_nobody_else(self, world: World, operation: str) -> None:
        ids = await theirs(world)
        expected = dict(zip(ROLES, MATRIX[operation].answers, strict=True))
        # Whoever is let in comes last: it may change what the others would meet.
        order = sorted(ROLES, key=lambda role: expected[role] == httpx.codes.OK)
        found = {role: (await asked(world, operation, role, ids)).status_code for role in order}
        assert found == expected

    @pytest.mark.parametrize("operation", [one for one in MATRIX if "_id}" in one])
    async def test_tells_nobody_who_is_refused_whether_it_is_there(
        self, world: World, operation: str
    ) -> None:
        ids = await theirs(world)
        refused = [
            role
            for role, status in zip(ROLES, MATRIX[operation].answers, strict=True)
            if status != httpx.codes.OK
        ]
        for role in refused:
            there, nowhere = [await asked(world, operation, role, each) for each in (ids, NOBODYS)]
            assert told(there) == told(nowhere), role
            assert set(there.headers) == set(nowhere.headers)

    async def test_settles_nothing_for_whom_the_grant_is_not(self, world: World) -> None:
        ids = await theirs(world)
        operation = "post /v1/concessions/{concession}/settlements"
        for role in ("with_expired_grant", "with_anothers_grant", "with_grant_of_another_organisation"):
            (settled,) = (await asked(world, operation, role, ids)).json()["uses"]
            assert settled["outcome"] == "refused", role

    @pytest.mark.parametrize("operation", ["post /v1/matches", "post /v1/pulls"])
    async def test_lets_in_who_has_scanned(self, world: World, operation: str) -> None:
        """So that the refusals above are for the want of a scan, and for nothing else."""
        await theirs(world)
        method, _, path = operation.partition(" ")
        headers = world.operator() | {"Idempotency-Key": "the-matrix"}
        answer = await world.http.request(method, path, json={"grant": world.grant()}, headers=headers)
        assert answer.status_code == httpx.codes.OK
