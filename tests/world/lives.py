"""Everything that can happen to a person here, mistakes included."""

import asyncio
import itertools
from collections.abc import Awaitable, Mapping, Sequence
from random import Random

from deploy.local.actors import Answered, Json, Resident, Session, present
from tests.world.people import a_person, an_approval
from tests.world.town import Town

PURPOSE = "办理食品经营许可证延续"
_AT_ONCE = 8
_chance = Random(420322)
_phones = itertools.count(13_900_000_000)


def a_crowd(number: int) -> list[dict[str, str]]:
    """People whose names nobody else has, so that where one is read it is they."""
    return [a_person(_rare_name()) | {"phone": str(next(_phones))} for _ in range(number)]


def _rare_name() -> str:
    return "欧阳" + "".join(chr(_chance.randint(0x5000, 0x9000)) for _ in range(3))


async def live_all(town: Town, people: Sequence[Mapping[str, str]]) -> None:
    """A few at a time."""
    queue = list(enumerate(people))

    async def work() -> None:
        while queue:
            number, person = queue.pop()
            await live(town, person, neighbour=people[number - 1])

    await asyncio.gather(*(work() for _ in range(_AT_ONCE)))


async def live(town: Town, person: Mapping[str, str], *, neighbour: Mapping[str, str]) -> None:
    """One of them."""
    document = {name: person[name] for name in ("id_type", "id_number", "name")}
    await town.approve(an_approval(document))
    resident = await _signed_in(town, person)
    await _at_the_counter(town, resident, person)
    await _on_paper(town, document)
    await _with_a_helper(resident, neighbour)
    await resident.ask("identity", "POST", "/v1/me/emergency-codes", json={"concessions": ["elderly"]})
    await _frozen(town, document)


async def _signed_in(town: Town, person: Mapping[str, str]) -> Resident:
    """The log-in says more than we ask for: the telephone."""
    session = town.county.resident_session(person)
    claims = {**session.claims, "phone_number": person["phone"]}
    return await Resident.signed_in(Session(session.through, session.log_in, claims))


async def _at_the_counter(town: Town, resident: Resident, person: Mapping[str, str]) -> None:
    operator, item = town.operator(), await town.item("食品经营许可证")
    scanned = await present(resident, operator, item=item, purpose=PURPOSE)
    await operator.pull(scanned["grant"])
    code = (await resident.show_code())["code"]
    # What a clerk types into the wrong field.
    for typed in (person["id_number"], person["name"], person["phone"]):
        await _refused(operator.scan(typed, item=item, purpose=PURPOSE))
        await _refused(operator.scan(code, item=typed, purpose=PURPOSE))
    await _refused(operator.scan(code, item=item, purpose=f"为 {person['id_number']} 办理"))
    waiting = await operator.scan(code, item=item, purpose=PURPOSE)
    await resident.decline(waiting["scan_id"])


async def _on_paper(town: Town, document: Json) -> None:
    printer, item = town.operator("registrar-01", "1 号窗口", "registrar"), await town.item("食品经营许可证")
    said = {**document, "checked": "核对身份证原件和本人"}
    paper = await printer.ask("identity", "POST", "/v1/paper-codes", json=said)
    last_four = document["id_number"][-4:]
    for typed in ("0000", last_four):
        asking = printer.scan(paper["url"], item=item, purpose=PURPOSE, last_four=typed, oral_consent=True)
        await _either(asking)


async def _with_a_helper(resident: Resident, neighbour: Mapping[str, str]) -> None:
    agent = {name: neighbour[name] for name in ("id_type", "id_number", "name")}
    for number in (agent["id_number"], agent["id_number"][:-1] + "?"):
        said = {"agent": agent | {"id_number": number}, "role": "helper", "items": []}
        await _either(resident.ask("identity", "POST", "/v1/mandates", json=said))


async def _frozen(town: Town, document: Json) -> None:
    hotline = town.operator("hotline-01", "12345 热线", "hotline")
    notice = {"reason": "手机遗失", "checked": "核对姓名和证件号码"}
    for number in (document["id_number"], document["id_number"][::-1]):
        said = {"id_type": document["id_type"], "id_number": number, **notice}
        await _either(hotline.ask("identity", "POST", "/v1/holders:freeze", json=said))


async def _refused(asking: Awaitable[Json]) -> None:
    try:
        await asking
    except Answered:
        return
    raise AssertionError("what a clerk mistyped was taken")


async def _either(asking: Awaitable[Json]) -> None:
    """What it answers is for other tests; here it is overheard."""
    try:
        await asking
    except Answered:
        return
