"""Whatever is sent to whichever address: an answer with a reason code, and never a defect."""

import json
import random
from collections.abc import Iterator
from typing import Any

from deploy.local.places import SERVICES
from services.kernel.reasons import reasons
from tests.world.people import a_person
from tests.world.town import Town

JUNK: list[Any] = [
    None,
    [],
    {},
    "",
    "\x00",
    "\ud800",
    "张" * 5_000,
    -1,
    10**30,
    1e308,
    True,
    {"$gt": ""},
    {"a": {"b": [{}] * 100}},
    ["x"] * 1_000,
    "2026-02-30",
    "../../etc/passwd",
    "http://a..b/",
]
BODIES = [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 5_000, b"null", b"0", b'""', b"\x00" * 1_000]


def fields_of(operation: dict[str, Any], schemas: dict[str, Any]) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    reference = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return list(schemas.get(reference, {}).get("properties", {}))


class TestHostileInput:
    async def test_never_meets_a_defect(self, town: Town) -> None:
        chance = random.Random(420322)
        tokens = await tokens_of_everybody(town)
        seen: set[tuple[str, int]] = set()
        for service in SERVICES:
            description = await town.platform.ask(service, "GET", "/openapi.json")
            schemas = description.get("components", {}).get("schemas", {})
            for path, method, operation in operations(description):
                for request in requests(chance, fields_of(operation, schemas)):
                    where = path.replace("{", "").replace("}", chance.choice(["", "%00", "'", "é" * 300]))
                    for token in tokens:
                        answer = await town.platform.call(service, method, where, token=token, **request)
                        code = answer.json()["code"] if answer.is_error else ""
                        seen.add((code, answer.status_code))
                        assert code in {"", *reasons()}, (method, where, code)
                        assert code != "unexpected", (method, where, request)
        assert len(seen) >= 10, seen


async def tokens_of_everybody(town: Town) -> list[str]:
    county = town.county
    systems = [county.admin, county.source, county.front_desk, county.portal, county.counter, county.partner]
    resident = await town.resident(a_person())
    staff = county.operator("hostile", "3", "statutory", "supervisor", "hotline", "authority", "registrar")
    return [
        "",
        "x.y.z",
        *[await one.token() for one in systems],
        await staff.session.token(),
        await resident.session.token(),
    ]


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """All but the streams, which answer whoever is entitled for as long as they listen."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            if not path.endswith("/events"):
                yield path, method.upper(), operation


def requests(chance: random.Random, names: list[str]) -> list[dict[str, Any]]:
    """Bodies that are no JSON, JSON of a wrong shape, and each field with junk in it."""
    made: list[dict[str, Any]] = [
        {"content": body, "headers": {"Content-Type": "application/json"}} for body in BODIES
    ]
    made += [{"content": b"a=b&a=c", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}]
    made += [{"params": {"limit": "-1", "before": "\x00", "filename": "x" * 3_000}}]
    ends = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
    made += [{"params": {"before": end, "since": end}} for end in ends]
    for name in names:
        body = {one: chance.choice(JUNK) for one in names} | {name: chance.choice(JUNK)}
        made.append({"content": json.dumps(body).encode(), "headers": {"Content-Type": "application/json"}})
    return made
