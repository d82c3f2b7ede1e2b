"""A revocation does not stand in the queue behind a file: neither in certs, nor on its way to the space."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import pytest
from pymongo import MongoClient

from tests.journeys.test_a_file import HEADINGS, row
from tests.world.people import a_shop, an_approval
from tests.world.town import Town, eventually, send_to_certs

pytestmark = pytest.mark.real

ROWS = 1_500
Stores = MongoClient[dict[str, Any]]
T = TypeVar("T")


@contextmanager
def stores(town: Town) -> Iterator[Stores]:
    assert town.world is not None
    with MongoClient[dict[str, Any]](town.world.engines.mongo_url) as client:
        yield client


async def revoke(town: Town, certificate_id: str) -> None:
    order = {"change": "revoke", "reason": "检查", "case_number": "1号", "decided_on": "2026-05-06"}
    answer = await send_to_certs(town, "POST", f"/v1/certificates/{certificate_id}/changes", json=order)
    assert answer.status_code == 201, answer.text


async def send_file(town: Town, rows: int) -> str:
    async def lines() -> AsyncIterator[bytes]:
        yield HEADINGS.encode()
        for number in range(rows):
            yield ("\n" + row(shops[number % len(shops)], number)).encode()

    shops = [a_shop() for _ in range(rows // 5)]
    made = await town.county.source.ask(
        "certs", "POST", "/v1/approvals:import", params={"filename": "large.csv"}, content=lines()
    )
    return str(made["import_id"])


async def is_running(town: Town, import_id: str) -> bool:
    shown = await town.county.source.ask("certs", "GET", f"/v1/imports/{import_id}")
    return bool(shown["state"] == "running")


async def look(at: Callable[[], T]) -> T:
    return await asyncio.to_thread(at)


class TestARevocation:
    async def test_sent_while_a_file_is_worked_through_is_in_the_space_before_most_of_its_rows(
        self, broken_town: Town
    ) -> None:
        """By the order in which space wrote them down: no clock of the test's is in it."""
        certificate_id = str((await broken_town.approve(an_approval(a_shop())))["certificate_id"])
        with stores(broken_town) as client:
            certificates, entries = client["yima_certs"]["certificates"], client["yima_space"]["entries"]
            import_id = await send_file(broken_town, ROWS)
            await eventually(lambda: look(lambda: certificates.estimated_document_count() > 1))
            await revoke(broken_town, certificate_id)
            assert await is_running(broken_town, import_id)
            arrived = {"_id": certificate_id, "state": "revoked"}
            revoked = await eventually(lambda: look(partial(entries.find_one, arrived)))
            assert revoked
            before = {"changed_at": {"$lt": revoked["changed_at"]}}
            assert await look(partial(entries.count_documents, before)) < ROWS / 2
