"""One run: a world of its own, the bare engines first, then the road, a file and visits."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench import archive, bare, codes, faces, file, issuing, log, machine, proof, road, visits
from bench.crowd import make_known, sign_in
from bench.driver import Driver
from bench.figures import Aim, Figure, halves, in_a_row, spread
from bench.report import Report
from bench.size import Size
from bench.steps import read_steps
from deploy.local.actors import Platform
from deploy.local.county import County, settle
from deploy.local.log_in import minted_log_ins
from deploy.local.places import SERVICES
from deploy.local.reaching import reach
from deploy.local.world import CROWDS, LocalWorld

AIM_ROAD_P50, AIM_ROAD_P99 = Aim(50), Aim(150)
AIM_ROWS = Aim(150, ">=")
AIM_VISIT_P99, AIM_MEMORY = Aim(80), Aim(150)
# Nobody measures a machine that still compiles, connects and assigns partitions.
_WARM_UP = 40
_WARM_UP_SERIAL = 500_000
_LONGEST_S = 900.0
# A row makes three documents at least: certificate, entry, message.
_DOCUMENTS_A_ROW = 3

Say = Callable[[str], None]


@dataclass
class Run:
    """What the measurements of one run share, and what they have found so far."""

    world: LocalWorld
    platform: Platform
    county: County
    driver: Driver
    size: Size
    say: Say
    figures: list[Figure] = field(default_factory=list)
    steps: list[tuple[str, float, float]] = field(default_factory=list)
    cpu: dict[str, dict[str, float]] = field(default_factory=dict)

    async def all(self) -> None:
        self.say("the engines by themselves")
        engines = await bare.measure(self.world, tries=self.size.tries)
        await make_known(self.county, self.size, [(_WARM_UP_SERIAL, _WARM_UP), (1, self.size.approvals)])
        await self._travel(_WARM_UP, first=_WARM_UP_SERIAL)
        async with self._phase("idle"):
            await asyncio.sleep(self.size.idle_s)
        self.say(f"{self.size.approvals} approvals at {self.size.rate:g}/s")
        async with self._phase("road"):
            passages = await self._travel(self.size.approvals, first=1)
        self._road(passages, engines)
        self.steps = await read_steps(self.world, passages)
        self.say(f"a file of {self.size.rows} rows")
        async with self._phase("file"):
            await self._file(engines)
        self.say(f"{self.size.visits} visits, then as many at four counters")
        await self._visits(engines)
        self.say(f"{self.size.codes} codes, then {self.size.scans} scans at {codes.SCANS_A_SECOND:g}/s")
        await self._codes()
        self.say(f"{self.size.faces} faces of a certificate")
        drawn = await asyncio.to_thread(faces.drawn, count=self.size.faces)  # PDF signing has its own loop
        self.say(f"{self.size.leaves} leaves of the log")
        url = self.world.engines.mongo_url
        self.figures += [*drawn, *await log.measure(url, leaves=self.size.leaves)]
        self.say(f"{self.size.certificates} certificates by the handler, {self.size.entries} in one space")
        issued = await issuing.measure(url, count=self.size.certificates)
        applied = await archive.measure(url, entries=self.size.entries)
        self.figures += [*issued, *applied, *proof.measure(count=self.size.codes), *bare.figures(engines)]

    async def _travel(self, count: int, *, first: int) -> list[road.Passage]:
        source = self.county.source
        return await road.travel(
            self.world, self.driver, source, rate=self.size.rate, count=count, first=first
        )

    def _road(self, passages: list[road.Passage], engines: bare.Bare) -> None:
        least = in_a_row(*halves(engines.hops), *halves(engines.inserts))
        rate = f"at {self.size.rate:g}/s"
        self.figures += spread(
            f"approval accepted -> message stored {rate}",
            road.milliseconds(passages, "accepted", "stored"),
            p50=AIM_ROAD_P50,
            p99=AIM_ROAD_P99,
            bare=least,
            beside="2 hops, 2 inserts",
        )
        self.figures += spread(
            f"approval due to be sent -> message stored {rate}", road.milliseconds(passages, "due", "stored")
        )
        one_insert = in_a_row(engines.hellos, engines.inserts)
        self.figures += spread(
            f"approval due to be sent -> accepted {rate}",
            road.milliseconds(passages, "due", "accepted"),
            bare=one_insert,
            beside="hello, insert",
        )

    async def _file(self, engines: bare.Bare) -> None:
        rows = self.size.rows
        issued, told = await file.work_through(
            self.world, self.driver, self.county.source, rows=rows, holders=self.size.holders
        )
        least, beside = engines.bulk_rate / _DOCUMENTS_A_ROW, f"{_DOCUMENTS_A_ROW} inserts by hundreds"
        told_rate = Figure(
            name=f"file of {rows} rows -> last message stored",
            value=rows / told,
            unit="rows/s",
            aim=AIM_ROWS,
            bare=least,
            beside=beside,
        )
        name = f"file of {rows} rows -> last certificate"
        self.figures += [told_rate, Figure(name=name, value=rows / issued, unit="rows/s")]

    async def _visits(self, engines: bare.Bare) -> None:
        counter = await visits.Counter.open(self.driver, self.platform, self.county)
        serials = [
            1 + number for number in range(self.size.approvals) if road.serial_of_holder(number) == number
        ]
        wanted = 2 * self.size.visits
        tokens = await sign_in(self.driver, self.county, serials[:wanted])
        least = in_a_row(*halves(engines.hellos), *halves(engines.inserts))
        for at_once, phase in ((1, "1 counter"), (4, "4 counters")):
            mine, tokens = tokens[: self.size.visits], tokens[self.size.visits :]
            async with self._phase(phase):
                served = await visits.serve_all(counter, mine, at_once=at_once)
            self._visited(served, f"{at_once} at once", least)
        self.figures += await visits.steady(counter, mine[:16], count=self.size.scans)

    def _visited(self, served: list[visits.Visit], how: str, least: list[float]) -> None:
        both = [one.both for one in served]
        name, beside = f"code scanned -> certificates pulled, {how}", "2 hellos, 2 inserts"
        self.figures += spread(name, both, p99=AIM_VISIT_P99, bare=least, beside=beside)
        self.figures += spread(f"  of it the scan, {how}", [one.scan for one in served])
        self.figures += spread(f"  of it the pull, {how}", [one.pull for one in served])
        self.figures += spread(f"  before it the match, {how}", [one.match for one in served])
        self.figures += spread(f"holder taps -> counter has the grant, {how}", [one.tap for one in served])

    async def _codes(self) -> None:
        size, driver, county = self.size, self.driver, self.county
        tokens = await sign_in(driver, county, range(1, 1 + size.visits))
        async with self._phase("codes"):
            logs = self.world.logs
            self.figures.append(await codes.issued(driver, tokens[0], logs=logs, count=size.codes))
        self.figures.append(await codes.drawn(driver, tokens[0], count=size.codes))
        async with self._phase("scans"):
            self.figures += await codes.scanned(driver, self.platform, county, tokens, count=size.scans)
        self.figures.append(await codes.checked_offline(driver, tokens[0], count=size.codes))
        self.figures += await codes.told_apart(driver, county, count=size.tries // 2)

    @asynccontextmanager
    async def _phase(self, name: str) -> AsyncIterator[None]:
        """Note which process takes how much of the machine meanwhile."""
        before, begun = machine.cpu_seconds(self.world.pids()), time.perf_counter()
        yield
        took = time.perf_counter() - begun
        self.cpu[name] = machine.share(before, machine.cpu_seconds(self.world.pids()), took)


async def measure(folder: Path, size: Size, say: Say) -> Report:
    """Start everything in this folder, measure, and stop everything."""
    described, at = machine.describe(), datetime.now(UTC).astimezone()
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(LocalWorld(folder, env=CROWDS, say=say))
        log_ins = await stack.enter_async_context(minted_log_ins())
        platform = await reach(world, stack)
        driver = await stack.enter_async_context(Driver(world))
        run = Run(world, platform, await settle(platform, log_ins), driver, size, say)
        await asyncio.wait_for(run.all(), _LONGEST_S)
        memory = machine.memory(world.pids())
    run.figures += [
        Figure(name=f"memory of {service}", value=memory[f"{service}-0"], unit="MB", aim=AIM_MEMORY)
        for service in SERVICES
        if f"{service}-0" in memory
    ]
    return Report(
        at=f"{at:%Y-%m-%d %H:%M}",
        machine=described,
        figures=run.figures,
        steps=run.steps,
        memory=memory,
        cpu=run.cpu,
    )
