"""People sign in at their own log-in; what they hold of ours ends when they, or who guards them, say so."""

from typing import Any

from deploy.local.actors import Operator, Resident, Session
from tests.world.people import a_person
from tests.world.town import Town, eventually, refused

PURPOSE = "办理食品经营许可证延续"


def hotline(town: Town) -> Operator:
    return town.operator("hotline-01", "12345 热线", "hotline")


async def freeze(operator: Operator, person: dict[str, str]) -> dict[str, Any]:
    said = {
        "id_type": person["id_type"],
        "id_number": person["id_number"],
        "reason": "手机遗失",
        "checked": "核对姓名和证件号码",
    }
    return await operator.ask("identity", "POST", "/v1/holders:freeze", json=said)


def session_of(resident: Resident) -> Session:
    assert isinstance(resident.session, Session)
    return resident.session


class TestTheFirstSignIn:
    async def test_registers_the_holder_who_can_show_a_code_at_once(self, town: Town) -> None:
        person = a_person()
        resident = await town.resident(person)
        me = await resident.ask("identity", "GET", "/v1/me")
        assert me["kind"] == "person"
        shown = await resident.show_code()
        item = await town.item("食品经营许可证")
        scanned = await town.operator().scan(shown["code"], item=item, purpose=PURPOSE)
        assert scanned["holder"] == {"kind": "person", "name_masked": "张**"}

    async def test_at_the_staff_directory_never_makes_a_resident(self, town: Town) -> None:
        county = town.county
        person = {"cert_type": "111", "cert_number": a_person()["id_number"], "name": "张晓禾", "acr": "face"}
        through_the_portal = Session(county.portal, county.log_ins.staff, person)
        problem = await refused(through_the_portal.sign_in())
        assert problem.code == "issuer_not_for_client"

    async def test_needs_the_real_name_and_not_the_password_alone(self, town: Town) -> None:
        county = town.county
        person = {"cert_type": "111", "cert_number": a_person()["id_number"], "name": "张晓禾"}
        weak = Session(county.portal, county.log_ins.province, {**person, "acr": "password"})
        assert (await refused(weak.sign_in())).code == "assurance_too_low"


class TestASession:
    async def test_goes_on_by_its_refresh_token_each_of_which_is_good_once(self, town: Town) -> None:
        session = session_of(await town.resident(a_person()))
        first = session.answer
        await session.refresh()
        assert session.answer["refresh_token"] != first["refresh_token"]
        stolen = Session(session.through, session.log_in, session.claims, answer=first)
        assert (await refused(stolen.refresh())).code == "refresh_token_rejected"
        # Whoever used it twice: nobody can tell the thief from the owner, so both are out.
        assert (await refused(session.refresh())).code == "refresh_token_rejected"

    async def test_ends_at_the_log_out(self, town: Town) -> None:
        session = session_of(await town.resident(a_person()))
        await session.sign_out()
        assert (await refused(session.refresh())).code == "refresh_token_rejected"


class TestALostPhone:
    async def test_is_reported_to_the_hotline_which_stops_codes_and_sessions(self, town: Town) -> None:
        person = a_person()
        resident = await town.resident(person)
        code = (await resident.show_code())["code"]
        await freeze(hotline(town), person)
        item = await town.item("食品经营许可证")
        problem = await refused(town.operator().scan(code, item=item, purpose=PURPOSE))
        assert problem.code == "holder_frozen"
        assert (await refused(resident.show_code())).code == "holder_frozen"
        assert (await refused(session_of(resident).refresh())).code == "refresh_token_rejected"
        # With a new phone: sign in again, thaw, and the next code works.
        again = await town.resident(person)
        assert (await refused(again.show_code())).code == "holder_frozen"
        await again.ask("identity", "POST", "/v1/me/unfreeze", json={"reason": "手机找回"})
        fresh = (await again.show_code())["code"]
        assert (await town.operator().scan(fresh, item=item, purpose=PURPOSE))["state"] == "pending"

    async def test_is_told_to_the_holder(self, town: Town) -> None:
        person = a_person()
        await freeze(hotline(town), person)
        resident = await town.resident(person)
        messages = await eventually(resident.messages)
        assert any("冻结" in one["text_zh"] for one in messages)

    async def test_of_somebody_unknown_is_answered_in_the_same_words(self, town: Town) -> None:
        known = a_person()
        await town.resident(known)
        operator = hotline(town)
        assert await freeze(operator, known) == await freeze(operator, a_person())
