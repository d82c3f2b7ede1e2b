"""`make demo`: the whole road once, told as a story; then it stays up until Ctrl-C."""

import asyncio
import io
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack
from csv import DictReader
from pathlib import Path

from deploy.local.actors import Json, Operator, Platform, Resident, System, register_holder
from deploy.local.county import PARTNER, County, settle
from deploy.local.neighbour import Neighbour
from deploy.local.program import ProgramFailed
from deploy.local.reaching import reach
from deploy.local.sample.authorities import DATA_BUREAU, MARKET_REGULATION
from deploy.local.sample.holders import GROCERY_NAME, uscc
from deploy.local.sample.make import CSV
from deploy.local.terminal import chapter, clock_of, draw, say, show_progress
from deploy.local.waiting import until
from deploy.local.world import SERVICES, LocalWorld

ENV = {"NOTIFY_ALLOWED_NETWORKS": "127.0.0.0/8"}  # the sample partner listens on this machine
LOOK_EVERY_S = 0.2
ARRIVES_WITHIN_S = 300.0
REFUSALS_SHOWN = 25
PROGRESS = "  {rows} rows 已读: {issued} issued 发证, {already} already there 已有, {refused} refused 退回"
PURPOSE = "办理食品经营许可证延续"
STAFF = "sg-0317"  # a staff number: it goes on topics and into logs, where no name belongs


async def run(folder: Path) -> None:
    """Set up, tell, stay."""
    say("Yima 一码: one approval in, a certificate in the holder's space and a notice out 批一次，证自到")
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(
            LocalWorld(folder, fixed_ports=True, env=ENV, say=lambda line: say(f"  … {line}"))
        )
        platform = await reach(world, stack)
        neighbour = await stack.enter_async_context(Neighbour(folder))
        county = await settle(platform)
        await neighbour.subscribe(county.partner)
        await work_through(county, neighbour)
        resident = await visit(platform, county)
        token = world.secrets_dir / "clients" / "resident.token"
        token.touch(mode=0o600)
        token.write_text(await resident.front_desk.vouch(resident.holder_id, "resident"))
        where_to_look(world, neighbour, token)
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
        say(f"  {issued} rows -> {issued} certificates -> {issued} entries -> {issued} messages, and")
        say(f"  {PARTNER.name} got {issued} signed events; {took:.1f} s in all, {issued / took:.0f} rows/s.")
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
    for row in rows[:REFUSALS_SHOWN]:
        say("    line {line:>4}  {column}  {code}: {reason}".format(**row))
    for code, number in Counter(row["code"] for row in rows[REFUSALS_SHOWN:]).items():
        say(f"    … and {number} more {code}")


async def _told(resident: Resident) -> list[Json]:
    """The holder's messages: after a run that was cut off, the last of them may still be on their way."""

    async def any_there() -> bool:
        return bool(await resident.messages())

    if not await until(any_there, within=ARRIVES_WITHIN_S):
        raise TimeoutError(f"no message came within {ARRIVES_WITHIN_S:.0f} s")
    return await resident.messages()


async def visit(platform: Platform, county: County) -> Resident:
    """One holder at one counter."""
    chapter(2, f"{GROCERY_NAME} at the counter 到窗口办事")
    shop = {"id_type": "001", "id_number": uscc("92", 1), "name": GROCERY_NAME}
    resident = await register_holder(county.front_desk, **shop)
    entries = await resident.entries()
    messages = await _told(resident)
    say(f"  The space 专属空间 {resident.holder_id[:8]}… holds, without anybody asking, {len(entries)}:")
    for entry in entries:
        say(f"    {entry['certificate_name']}  {entry['state']}  until {entry['valid_to'] or '长期'}")
    say(f"  The newest of {len(messages)} messages 消息: {messages[0]['text_zh']}")
    shown = await resident.show_code()
    say(f"  The code 企业码, good once, until {clock_of(shown['expires_at'])}:")
    draw(shown["code"])
    begun = time.perf_counter()
    operator = Operator(county.counter, STAFF, "3 号窗口")
    item = await _item(platform)
    scanned = await operator.scan(shown["code"], item=item["item"], purpose=PURPOSE)
    say(f"  {MARKET_REGULATION.name} {operator.counter}, {operator.staff_id} scans it for {item['name']}:")
    say(f"    {scanned['holder']['name_masked']}, grant until {clock_of(scanned['grant_expires_at'])}")
    matched = await operator.match(scanned["grant"])
    listed = await platform.ask("certs", "GET", "/v1/certificate-types")
    names = {one["certificate_type"]: one["name"] for one in listed["certificate_types"]}
    for one in matched["matches"]:
        say(f"    {one['result']:<8} {names[one['certificate_type']]}")
    pulled = await operator.pull(scanned["grant"])
    took = (time.perf_counter() - begun) * 1000
    for one in pulled["certificates"]:
        say(f"    pulled 已调用 {one['certificate_name']} {one['identifier']}")
    say(f"  Scanned, matched and pulled in {took:.0f} ms. What the holder sees 谁用过我的数据:")
    accesses = await resident.accesses()
    newest = accesses[0] | {"at": clock_of(accesses[0]["recorded_at"])}
    say("    {at}  {counter}, {operator}: {purpose} -> {outcome}".format(**newest))
    if len(accesses) > 1:
        say(f"    … and {len(accesses) - 1} of earlier visits")
    return resident


async def _item(platform: Platform) -> Json:
    items: list[Json] = (await platform.ask("space", "GET", "/v1/items"))["items"]
    return next(one for one in items if "食品经营许可证" in one["name"])


def where_to_look(world: LocalWorld, neighbour: Neighbour, token: Path) -> None:
    """For those who want to know more."""
    chapter(3, "Where to look next 接下来看哪里")
    for service in SERVICES:
        say(f"  {service:<9} {world.url(service)}/docs")
    say(f"  partner   {neighbour.url}/received   all of its events, the visit's too: {neighbour.received}")
    say(f"  engines   Kafka {world.engines.kafka_bootstrap}, database {world.engines.mongo_url}")
    say(f"  logs      {world.logs}/<service>-0.log, one JSON object a line")
    say("  As the holder, for ten minutes 以持证主体身份查看:")
    say(f'    curl -H "Authorization: Bearer $(cat {token})" {world.url("space")}/v1/entries')
    say("  Run `make demo` again: nothing is issued twice. README.md says how to go on.")
    say("Everything stays up. Ctrl-C ends it all within 10 s. 按 Ctrl-C 结束。")
