"""The demo's second and third chapter: a holder signs in, and visits a counter."""

import time

from deploy.local.actors import Json, Operator, Platform, Resident
from deploy.local.county import County
from deploy.local.sample.authorities import MARKET_REGULATION
from deploy.local.sample.holders import GROCERY_NAME, uscc
from deploy.local.terminal import chapter, clock_of, columns, draw, say
from deploy.local.waiting import until

ARRIVES_WITHIN_S = 300.0
PURPOSE = "办理食品经营许可证延续"
STAFF = "sg-0317"  # a staff number: it goes on topics and into logs, where no name belongs
COUNTER = "3号窗口"


async def the_holder(county: County) -> Resident:
    """Sign in whose visit it is, as the province knows them."""
    return await county.resident({"id_type": "001", "id_number": uscc("92", 1), "name": GROCERY_NAME})


def the_operator(county: County) -> Operator:
    """Whoever sits at that counter; signs in at the first call."""
    return county.operator(STAFF, COUNTER)


async def visit(platform: Platform, county: County) -> tuple[Resident, Operator]:
    """One holder, from the log-in to the list of who used what, and who served them."""
    resident = await _sign_in(county)
    chapter(3, f"{GROCERY_NAME} at the counter 到窗口办事")
    shown = await resident.show_code()
    say(f"  The code 企业码, good once, until {clock_of(shown['expires_at'])}:")
    draw(shown["code"])
    operator, item = the_operator(county), await _item(platform)
    await operator.session.token()
    say(f"  {operator.staff_id} of {MARKET_REGULATION.name} signed in at the staff directory 工作人员已登录.")
    scanned = await operator.scan(shown["code"], item=item["item"], purpose=PURPOSE)
    say(f"  At {operator.counter} it is scanned for {item['name']}: {scanned['holder']['name_masked']}")
    granted = await _tap(resident, operator, scanned)
    await _pull(platform, operator, granted["grant"])
    await _looked_back(resident)
    return resident, operator


async def _sign_in(county: County) -> Resident:
    chapter(2, f"{GROCERY_NAME} signs in at the province 用省级统一身份认证登录")
    begun = time.perf_counter()
    resident = await the_holder(county)
    took = (time.perf_counter() - begun) * 1000
    say(f"  Its page, its ID token, and ours for it 换取本平台令牌: {took:.0f} ms. The first time registers.")
    entries, messages = await resident.entries(), await _told(resident)
    say(f"  The space 专属空间 {resident.holder_id[:8]}… holds, without anybody asking, {len(entries)}:")
    held = [(one["certificate_name"], one["state"], f"until {one['valid_to'] or '长期'}") for one in entries]
    for line in columns(held):
        say(f"    {line}")
    say(f"  The newest of {len(messages)} messages 消息: {messages[0]['text_zh']}")
    return resident


async def _tap(resident: Resident, operator: Operator, scanned: Json) -> Json:
    """What the phone shows, the tap, and the counter that hears of it."""
    say(f"    {scanned['state']} 等待本人确认 until {clock_of(scanned['consent_until'])}; no grant yet")
    asked = next(one for one in await resident.scans() if one["scan_id"] == scanned["scan_id"])
    say("  The phone asks 手机提示:")
    say(f"    {asked['organisation_name']} {asked['counter']}, {asked['operator']}: {asked['purpose']}")
    for line in columns(
        [
            (one["name"], "、".join(field["term"] for field in one["fields"]))
            for one in asked["certificate_types"]
        ]
    ):
        say(f"    {line}")
    begun = time.perf_counter()
    await resident.approve(scanned["scan_id"])
    granted = await operator.wait(scanned["scan_id"])
    took = (time.perf_counter() - begun) * 1000
    say(f"  Tapped yes 本人点了同意; {took:.0f} ms later the counter has")
    say(f"    a grant 授权 until {clock_of(granted['grant_expires_at'])}")
    return granted


async def _pull(platform: Platform, operator: Operator, grant: str) -> None:
    begun = time.perf_counter()
    matched = await operator.match(grant)
    listed = await platform.ask("certs", "GET", "/v1/certificate-types")
    names = {one["certificate_type"]: one["name"] for one in listed["certificate_types"]}
    for line in columns([(one["result"], names[one["certificate_type"]]) for one in matched["matches"]]):
        say(f"    {line}")
    pulled = await operator.pull(grant)
    for one in pulled["certificates"]:
        say(f"    pulled 已调用 {one['certificate_name']} {one['identifier']}")
    say(f"  Matched and pulled in {(time.perf_counter() - begun) * 1000:.0f} ms.")


async def _looked_back(resident: Resident) -> None:
    say("  What the holder sees 谁用过我的数据:")
    accesses = [one for one in await resident.accesses() if one["action"] == "pull"]
    newest = accesses[0] | {"at": clock_of(accesses[0]["recorded_at"])}
    say("    {at}  {counter}, {operator}: {purpose} -> {outcome}".format(**newest))
    if len(accesses) > 1:
        say(f"    … and {len(accesses) - 1} of earlier visits")


async def _told(resident: Resident) -> list[Json]:
    """The holder's messages: after a run that was cut off, the last of them may still be on their way."""

    async def any_there() -> bool:
        return bool(await resident.messages())

    if not await until(any_there, within=ARRIVES_WITHIN_S):
        raise TimeoutError(f"no message came within {ARRIVES_WITHIN_S:.0f} s")
    return await resident.messages()


async def _item(platform: Platform) -> Json:
    items: list[Json] = (await platform.ask("space", "GET", "/v1/items"))["items"]
    return next(one for one in items if "食品经营许可证" in one["name"])
