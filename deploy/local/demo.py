"""`make demo`: the whole road once, told as a story; then it stays up until Ctrl-C."""

import asyncio
import io
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack
from csv import DictReader
from pathlib import Path

from deploy.local.actors import Json, System
from deploy.local.county import PARTNER, County, settle
from deploy.local.neighbour import Neighbour
from deploy.local.places import SERVICES
from deploy.local.program import ProgramFailed
from deploy.local.providers import Providers
from deploy.local.reaching import reach
from deploy.local.sample.authorities import DATA_BUREAU
from deploy.local.sample.make import CSV
from deploy.local.terminal import chapter, columns, say, show_progress
from deploy.local.tokens import leave_tokens, note_addresses
from deploy.local.visit import ARRIVES_WITHIN_S, visit
from deploy.local.waiting import until
from deploy.local.world import LocalWorld

ENV = {"NOTIFY_ALLOWED_NETWORKS": "127.0.0.0/8"}  # the sample partner listens on this machine
LOOK_EVERY_S = 0.2
REFUSALS_SHOWN = 25
PROGRESS = "  {rows} rows 已读: {issued} issued 发证, {already} already there 已有, {refused} refused 退回"


async def run(folder: Path, *, first_port: int | None) -> None:
    """Set up, tell, stay."""
    say("Yima 一码: one approval in, a certificate in the holder's space and a notice out 批一次，证自到")
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(
            LocalWorld(folder, first_port=first_port, env=ENV, say=lambda line: say(f"  … {line}"))
        )
        platform = await reach(world, stack)
        neighbour = await stack.enter_async_context(Neighbour(folder, fixed_ports=first_port is not None))
        providers = await stack.enter_async_context(
            Providers(world.folder, fixed_ports=first_port is not None)
        )
        county = await settle(platform, providers.log_ins)
        await neighbour.subscribe(county.partner)
        await work_through(county, neighbour)
        resident, operator = await visit(platform, county)
        note_addresses(world.folder, {name: world.url(name) for name in SERVICES} | providers.urls)
        tokens = await leave_tokens(
            world.folder, resident=resident.session, operator=operator.session, machine=county.source
        )
        where_to_look(world, neighbour, providers, tokens)
        await world.watch()


async def work_through(county: County, neighbour: Neighbour) -> None:
    """The county's file of licences, from the first row to the last webhook."""
    chapter(1, f"{DATA_BUREAU.name} hands in {CSV.name} 数据局报送许可公示表")
    before, begun = await neighbour.distinct(), time.monotonic()
    source = county.source
    params = {"filename": CSV.name}
    made = await source.ask("certs", "POST", "/v1/approvals:import", params=params, content=CSV.read_bytes())
    state = await _followed(source, f"/v1/imports/{made['import_id']}")
    issued = int(state["issued"])
    if not issued:
        say(f"  Every good row is already there 每一行都已在库: {state['already']} rows.")
        say("  Nothing was issued twice 没有重复发证.")
    elif not await until(lambda: neighbour.has(before + issued), within=ARRIVES_WITHIN_S):
        raise TimeoutError(f"the partner has {await neighbour.distinct() - before} of {issued} events")
    took = time.monotonic() - begun
    if issued:
        say(f"  {issued} rows -> {issued} certificates -> {issued} entries, and")
        say(f"  {PARTNER.name} got {issued} signed events; {took:.1f} s in all, {issued / took:.0f} rows/s.")
        say("  Holders are told as soon as they are known 持证主体首次登录时即收到通知.")
    await _refusals(county, made["import_id"], state)


async def _followed(source: System, path: str) -> Json:
    """A progress line until the import has ended; ProgramFailed unless every row was dealt with."""
    while (state := await source.ask("certs", "GET", path))["state"] == "running":
        show_progress(PROGRESS.format(**state))
        await asyncio.sleep(LOOK_EVERY_S)
    show_progress(PROGRESS.format(**state))
    say("" if sys.stdout.isatty() else PROGRESS.format(**state))
    if state["state"] != "done":
        raise ProgramFailed(
            f"the import has not come to its end but {state['state']}: {state.get('problem')}"
        )
    return state


async def _refusals(county: County, import_id: str, state: Json) -> None:
    if not state["refused"]:
        return
    path = f"/v1/imports/{import_id}/report"
    token = await county.source.token()
    answer = await county.source.platform.call("certs", "GET", path, token=token)
    rows = list(DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    say(f"  Refused alone 单独退回 ({state['refused']}); the others went through:")
    shown = [(f"line {row['line']:>4}", row["column"], row["code"], row["reason"]) for row in rows]
    for line in columns(shown[:REFUSALS_SHOWN]):
        say(f"    {line}")
    for code, number in Counter(row["code"] for row in rows[REFUSALS_SHOWN:]).items():
        say(f"    … and {number} more {code}")


def where_to_look(
    world: LocalWorld, neighbour: Neighbour, providers: Providers, tokens: Mapping[str, Path]
) -> None:
    """For those who want to know more."""
    chapter(4, "Where to look next 接下来看哪里")
    for service in SERVICES:
        say(f"  {service:<9} {world.url(service)}/docs")
    say(f"  partner   {neighbour.url}/received   all of its events, the visit's too: {neighbour.received}")
    for name, url in providers.urls.items():
        say(f"  {name:<9} {url}   the sandbox log-in; any OpenID Connect issuer in its place")
    say(f"  engines   Kafka {world.engines.kafka_bootstrap}, database {world.engines.mongo_url}")
    say(f"  logs      {world.logs}/<service>-0.log, one JSON object a line")
    say("  As the holder, for ten minutes 以持证主体身份查看:")
    say(f'    curl -H "Authorization: Bearer $(cat {tokens["resident"]})" {world.url("space")}/v1/entries')
    say(f"  As who sits at the counter 以窗口工作人员身份扫码: {tokens['operator']}")
    say(f"  As a system that hands in approvals 以报送系统身份: {tokens['machine']}")
    say("  README.md has the whole visit in curl; `make tokens` signs all three in for ten more minutes.")
    say("  Run `make demo` again: nothing is issued twice. README.md says how to go on.")
    say("Everything stays up. Ctrl-C ends it all within 10 s. 按 Ctrl-C 结束。")
