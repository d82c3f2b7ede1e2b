"""The audit trail: who changed what in the registry, once for each change, also when heard twice or late."""

import asyncio
from typing import Any

import httpx
import pytest

from services.identity.store import AUDIT
from services.kernel.stream.memory_bus import MemoryBus
from tests.identity.log_ins import STAFF, put_issuer
from tests.identity.office import ELSEWHERE, FOOD, HERE, Office
from tests.identity.test_handlers_organisations import TOPIC


async def trail(office: Office, **asked: object) -> dict[str, Any]:
    answer = await ask(office, **asked)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def ask(office: Office, **asked: object) -> httpx.Response:
    return await office.call("GET", "/v1/audit", await office.token("admin"), params=asked)


async def heard_all(office: Office) -> None:
    """Everything that was said is on the trail."""
    await office.service.relay.drained()
    told = {one.header("ce_id") for one in office.bus.topics[TOPIC]}
    await office.until(lambda: all(office.kept(AUDIT, one) for one in told))


@pytest.fixture
async def changed(bare: Office) -> Office:
    """Six changes after the administrator's own, each a second after the other."""

    async def later(answer: httpx.Response) -> None:
        assert answer.status_code == 200
        bare.clock.forward(seconds=1)

    await later(await put_issuer(bare, "staff", STAFF))
    bare.clock.forward(seconds=59)
    admin = await bare.token("admin")
    await later(await bare.put_organisation())
    await later(await bare.put_client("source", scopes=["approvals:write"]))
    body = {"organisation": HERE, "roles": ["statutory"]}
    await later(await bare.call("PUT", "/v1/operators/w001@staff", admin, json=body))
    await later(await bare.put_organisation(items=[]))
    await later(await bare.call("DELETE", "/v1/clients/source", admin))
    await heard_all(bare)
    return bare


class TestTheTrail:
    async def test_tells_of_every_change_newest_first(self, changed: Office) -> None:
        shown = await trail(changed)
        assert [(one["subject"], one["version"]) for one in shown["changes"]] == [
            ("source", 2),
            (HERE, 2),
            ("w001@staff", 1),
            ("source", 1),
            (HERE, 1),
            ("staff", 1),
            ("admin", 1),
        ]
        assert shown["next"] is None

    async def test_tells_who_when_what_and_how_it_stood_then(self, changed: Office) -> None:
        first = (await trail(changed, subject=HERE))["changes"][-1]
        assert first["changed_by"] == "admin"
        assert first["what"] == "identity.organisation.registered.v1"
        assert first["at"] == "2026-03-01T08:01:00Z"
        assert (first["said"]["certificate_types"], first["said"]["version"]) == ([FOOD], 1)

    async def test_tells_of_one_subject_alone(self, changed: Office) -> None:
        found = (await trail(changed, subject="source"))["changes"]
        assert [one["said"]["removed"] for one in found] == [True, False]
        assert (await trail(changed, subject=ELSEWHERE)) == {"changes": [], "next": None}

    async def test_tells_of_a_time_from_its_first_moment_until_just_before_its_last(
        self, changed: Office
    ) -> None:
        asked = {"since": "2026-03-01T08:01:01Z", "before": "2026-03-01T16:01:03+08:00"}
        found = (await trail(changed, **asked))["changes"]
        assert [one["subject"] for one in found] == ["w001@staff", "source"]

    async def test_is_read_page_by_page_though_all_happened_at_the_same_moment(self, bare: Office) -> None:
        for number in range(7):
            await bare.put_organisation(name=f"第{number}个名字")
        await heard_all(bare)
        seen, asked = [], {"limit": 2}
        while True:
            page = await trail(bare, **asked)
            assert len(page["changes"]) <= 2
            seen += [one["event_id"] for one in page["changes"]]
            if page["next"] is None:
                break
            asked |= {"after": page["next"]}
        assert len(seen) == len(set(seen)) == 8

    async def test_keeps_each_event_once_however_often_it_is_heard(self, changed: Office) -> None:
        """Another process of ours that hears everything from the beginning, in another order."""
        told = list(changed.bus.topics[TOPIC])
        async with Office(changed.keys, changed.clock, changed.documents, MemoryBus()) as second:
            await second.bus.publish([*reversed(told), *told])
            await second.put_organisation(ELSEWHERE)
            await heard_all(second)
        assert len((await trail(changed))["changes"]) == 8

    async def test_loses_nothing_while_the_broker_is_away(self, bare: Office) -> None:
        bare.bus.down = True
        await bare.put_organisation()
        await bare.put_organisation(items=[])
        assert (await trail(bare, subject=HERE))["changes"] == []
        bare.bus.down = False
        await bare.until(lambda: len(bare.documents._kept.get(AUDIT.name, {})) == 3)  # noqa: SLF001
        assert [one["version"] for one in (await trail(bare, subject=HERE))["changes"]] == [2, 1]

    async def test_tells_of_every_one_of_changes_at_the_same_time(self, bare: Office) -> None:
        await asyncio.gather(*(bare.put_organisation(name=f"第{number}个名字") for number in range(8)))
        await heard_all(bare)
        found = (await trail(bare, subject=HERE))["changes"]
        assert sorted(one["version"] for one in found) == list(range(1, 9))

    async def test_tells_nothing_of_a_change_that_was_refused(self, bare: Office) -> None:
        await bare.put_organisation(HERE[:-1] + "0")
        await bare.put_client("source")
        await bare.put_organisation()
        await heard_all(bare)
        assert len((await trail(bare))["changes"]) == 2

    async def test_is_shown_to_an_administrator_alone(self, office: Office) -> None:
        for token in (await office.token("front-desk"), await office.operator("w001", "supervisor")):
            assert (await office.call("GET", "/v1/audit", token)).status_code == 403

    @pytest.mark.parametrize(
        "asked",
        [
            {"since": "2026-03-01T08:00:00"},
            {"since": "0001-01-01T00:00:00+14:00"},
            {"before": "9999-12-31T23:59:59-14:00"},
            {"after": "x"},
            {"limit": 0},
            {"limit": 201},
            {"subject": "x" * 129},
        ],
    )
    async def test_refuses_a_question_that_cannot_be_answered(
        self, bare: Office, asked: dict[str, Any]
    ) -> None:
        answer = await ask(bare, **asked)
        assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
