"""A certificate in somebody's hand: downloaded, pulled with a note on it, and verified by anyone."""

from io import BytesIO

from pypdf import PdfReader

from deploy.local.actors.operators import Operator
from deploy.local.actors.platform import Json
from deploy.local.actors.residents import Resident, present
from services.certs.proof import shown_in
from tests.journeys.test_a_life import decide, pull_one
from tests.journeys.test_acting_for_another import an_owner
from tests.world.people import a_shop, an_approval
from tests.world.town import Town, eventually

PURPOSE = "办理食品经营许可变更"


async def face(
    town: Town, person: Resident | Operator, certificate_id: str, *, form: str = "pdf", ticket: str = ""
) -> bytes:
    """As the portal and the counter's program fetch it."""
    path = f"/v1/certificates/{certificate_id}/face"
    token = await person.session.token()
    headers = {"Pull-Ticket": ticket} if ticket else {}
    answer = await town.platform.call(
        "certs", "GET", path, token=token, params={"format": form}, headers=headers
    )
    assert answer.is_success, answer.text
    return answer.content


async def verified(town: Town, content: bytes | str) -> Json:
    """By somebody without an account."""
    body = content if isinstance(content, bytes) else content.encode()
    return await town.platform.ask("certs", "POST", "/v1/verifications", content=body)


def text_of(pdf: bytes) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)


class TestACopy:
    async def test_of_the_holder_is_genuine_to_anyone_until_the_certificate_is_revoked(
        self, town: Town
    ) -> None:
        shop = a_shop()
        made = await town.approve(an_approval(shop))
        resident = await town.resident(shop)
        await town.entries(resident)
        pdf = await face(town, resident, made["certificate_id"])
        ofd = await face(town, resident, made["certificate_id"], form="ofd")
        whole = await resident.ask("space", "GET", f"/v1/entries/{made['certificate_id']}")
        code = str(shown_in(whole["credential"])["printed_code"])
        for presented in (pdf, ofd, whole["credential"]):
            found = await verified(town, presented)
            assert found["state"] == "valid", found
            assert found["shown"]["claims"]["holder_name"] == shop["name"]
        by_code = await verified(town, code)
        assert by_code["status"]["code"] == "proof_in_force"
        assert by_code["shown"]["holder_name_masked"]
        assert shop["id_number"] not in str(by_code)
        await decide(town, made["certificate_id"], "revoke")
        # At once: nothing has to be waited for.
        for presented in (pdf, ofd, whole["credential"], code):
            assert (await verified(town, presented))["status"]["code"] == "proof_revoked"
        assert "本证照状态为“吊销”" in text_of(await face(town, resident, made["certificate_id"]))

    async def test_of_a_counter_has_a_note_of_the_pull_on_it(self, town: Town) -> None:
        shop = a_shop()
        made = await town.approve(an_approval(shop))
        resident, operator = await town.resident(shop), town.operator()
        await town.entries(resident)
        (pulled,) = (await pull_one(town, resident, operator))["certificates"]
        assert pulled["entry_id"] == made["certificate_id"]
        pdf = await face(town, operator, pulled["entry_id"], ticket=pulled["ticket"])
        text = text_of(pdf)
        for words in (PURPOSE, "本件仅供", "有效期至", "3号窗口"):
            assert words in text, words
        found = await verified(town, pdf)
        assert found["state"] == "valid"
        assert found["shown"]["claims"]["number"] == pulled["number"]

        async def recorded() -> bool:
            accesses = await resident.ask("space", "GET", "/v1/accesses")
            return any(one["purpose"] == PURPOSE for one in accesses["accesses"])

        assert await eventually(recorded)

    async def test_of_some_fields_shows_these_alone_and_is_genuine(self, town: Town) -> None:
        shop = a_shop()
        await town.approve(an_approval(shop))
        resident, operator = await town.resident(shop), town.operator()
        await town.entries(resident)
        item = await town.item("食品经营许可证")
        grant = (await present(resident, operator, item=item, purpose=PURPOSE))["grant"]
        few = [{"need": "food_licence", "fields": ["holder_name"]}]
        (part,) = (await operator.pull(grant, needs=few))["parts"]
        pdf = await face(town, operator, part["entry_id"], ticket=part["ticket"])
        for presented in (part["credential"], pdf):
            found = await verified(town, presented)
            assert (found["state"], found["shown"]["claims"]) == ("valid", {"holder_name": shop["name"]})

    async def test_is_not_given_to_a_counter_without_a_pull_or_for_anothers(self, town: Town) -> None:
        shop, other = a_shop(), a_shop()
        made = await town.approve(an_approval(shop))
        await town.approve(an_approval(other))
        resident, operator = await town.resident(other), town.operator()
        await town.entries(resident)
        (pulled,) = (await pull_one(town, resident, operator))["certificates"]
        token = await operator.session.token()
        path = f"/v1/certificates/{made['certificate_id']}/face"
        for headers, code in (({}, "ticket_missing"), ({"Pull-Ticket": pulled["ticket"]}, "ticket_other")):
            answer = await town.platform.call("certs", "GET", path, token=token, headers=headers)
            assert answer.json()["code"] == code
        holder = await resident.session.token()
        answer = await town.platform.call("certs", "GET", path, token=holder)
        assert (answer.status_code, answer.json()["code"]) == (404, "certificate_unknown")

    async def test_of_an_enterprise_is_for_whoever_acts_for_it(self, town: Town) -> None:
        _, acting, _ = await an_owner(town)
        entries = await town.entries(acting, count=2)
        pdf = await face(town, acting, entries[0]["entry_id"])
        assert (await verified(town, pdf))["state"] == "valid"

    async def test_can_be_fetched_again_for_the_same_pull(self, town: Town) -> None:
        shop = a_shop()
        await town.approve(an_approval(shop))
        resident, operator = await town.resident(shop), town.operator()
        await town.entries(resident)
        item = await town.item("食品经营许可证")
        scanned = await present(resident, operator, item=item, purpose=PURPOSE)
        answers = [await operator.pull(scanned["grant"], key="the-same-pull-again") for _ in range(2)]
        for answer in answers:
            (pulled,) = answer["certificates"]
            assert await face(town, operator, pulled["entry_id"], form="svg", ticket=pulled["ticket"])
