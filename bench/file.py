"""A file of rows, from the moment it is handed in until the last message is stored."""

import asyncio
import time
from typing import Any

from pymongo import AsyncMongoClient

from bench.driver import Driver, Json
from bench.holders import sheet
from bench.road import Lost
from deploy.local.actors import System
from deploy.local.world import LocalWorld

# To count costs the embedded database some 40 ms: often enough for a percent of the shortest run that counts.
_LOOK_S = 0.25
_WITHIN_S = 600.0


async def work_through(
    world: LocalWorld, driver: Driver, source: System, *, rows: int, holders: int
) -> tuple[float, float]:
    """Seconds until the last row was a certificate, and until the last message was stored."""
    content, token = sheet(rows, holders=holders), await source.token()
    async with AsyncMongoClient[Any](world.engines.mongo_url) as client:
        messages = client["yima_notify"]["messages"]
        before, begun = await messages.estimated_document_count(), time.perf_counter()
        path = "/v1/approvals:import?filename=bench.csv"
        made = await driver.post("certs", path, token, data=content)
        state = await _ended(driver, token, made["import_id"])
        if state["issued"] != rows:
            raise Lost(f"{rows} rows were handed in, and this came of them: {state}")
        issued = time.perf_counter()
        while await messages.estimated_document_count() < before + rows:
            if time.perf_counter() - begun > _WITHIN_S:
                raise Lost(f"not all of {rows} messages have arrived within {_WITHIN_S:.0f} s")
            await asyncio.sleep(_LOOK_S)
        return issued - begun, time.perf_counter() - begun


async def _ended(driver: Driver, token: str, import_id: str) -> Json:
    while True:
        state = await driver.get("certs", f"/v1/imports/{import_id}", token)
        if state["state"] != "running":
            return state
        await asyncio.sleep(_LOOK_S)
