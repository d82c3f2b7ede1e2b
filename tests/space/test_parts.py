"""A pull gives what the item needs and no more: the whole, some fields, or a yes or no."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from openvc.proof.sd_jwt import SdJwtVcProofSuite

from services.certs.proof import disclose
from services.certs.tickets import TicketReader
from services.kernel.event import Record
from services.space.credentials import ShownInPart
from services.space.domain import CredentialUnreadable
from tests.certs.proof.desk import BUREAU, Desk
from tests.certs.proof.test_other_verifiers import issued
from tests.space.world import FOOD, HOLDER_NAME, HYGIENE, ITEM, World

CARD, REGISTER, HOME = "11100000000013127D001", "11100000MB9999900G911", "11100000MB03271699001"
SENIOR, SCHOOL = "11420322YM000000834422011003001", "11420322YM0000010B4422007001001"
BORN, STREET = "1950-05-17", "城关镇郧西大道9号"


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk.at(tmp_path_factory.mktemp("desk"))


def certificate(world: World, desk: Desk, kind: str, *, number: int = 1, **fields: str) -> Record:
    """Signed by an authority of the test."""
    claims = {"name": "证照", "holder_name": HOLDER_NAME, "number": "S-1"}
    credential = desk.issue(claims=claims, fields=fields)
    content = {"fields": fields, "credential": credential}
    return world.certificate(number, certificate_type=kind, content=content)


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class TestAPredicate:
    async def test_is_answered_and_nothing_is_shown(self, world: World, desk: Desk) -> None:
        await world.hear(certificate(world, desk, CARD, born_on=BORN))
        answer = await world.pull(grant=world.grant(item=SENIOR, certificate_types=[CARD]))
        pulled = answer.json()
        assert pulled == {
            "access_id": pulled["access_id"],
            "certificates": [],
            "parts": [],
            "answers": [{"need": "age", "certificate_type": CARD, "answer": "yes"}],
            "missing": [],
        }
        (record,) = (await world.see("accesses"))["accesses"]
        assert record["uses"] == [{"need": "age", "form": "predicate", "fields": []}]
        (said,) = world.said("space.access.recorded.v1")
        assert said["entries"] == []  # nobody has it, so nobody is told when it ends

    @pytest.mark.parametrize(
        ("fields", "answer"),
        [({"born_on": "1999-01-01"}, "no"), ({}, "unknown"), ({"born_on": "x"}, "unknown")],
    )
    async def test_is_no_or_unknown_by_what_the_certificate_says(
        self, world: World, desk: Desk, fields: dict[str, str], answer: str
    ) -> None:
        await world.hear(certificate(world, desk, CARD, number=1, **fields))
        pulled = await world.pull(grant=world.grant(item=SENIOR, certificate_types=[CARD]))
        assert [one["answer"] for one in pulled.json()["answers"]] == [answer]

    async def test_is_not_asked_of_a_certificate_that_is_not_valid(self, world: World, desk: Desk) -> None:
        await world.hear(world.certificate(1, certificate_type=CARD, state="revoked"))
        pulled = await world.pull(grant=world.grant(item=SENIOR, certificate_types=[CARD]))
        assert told(pulled) == (404, "nothing_to_pull")

    @pytest.mark.parametrize("more", [{"form": "whole"}, {"form": "fields"}, {"fields": ["fields.born_on"]}])
    async def test_is_all_there_is_to_be_had(self, world: World, desk: Desk, more: dict[str, Any]) -> None:
        await world.hear(certificate(world, desk, CARD, born_on=BORN))
        grant = world.grant(item=SENIOR, certificate_types=[CARD])
        answer = await world.pull(grant=grant, needs=[{"need": "age"} | more])
        assert told(answer) == (403, "more_than_needed")
        assert BORN not in answer.text


class TestFields:
    async def test_are_shown_and_no_others(self, world: World, desk: Desk) -> None:
        await world.hear(certificate(world, desk, REGISTER, address=STREET, content="秘密", relation="子"))
        answer = await world.pull(grant=world.grant(item=SCHOOL, certificate_types=[REGISTER]))
        (part,) = answer.json()["parts"]
        assert part["fields"] == {
            "holder_name": HOLDER_NAME,
            "fields.relation": "子",
            "fields.address": STREET,
        }
        assert (part["need"], answer.json()["certificates"]) == ("household", [])
        names = ["holder_name", "fields.relation", "fields.address"]
        kept = disclose(part["credential"], names)
        assert part["credential"] == kept
        assert part["credential"].count("~") == 4
        assert not any(said in answer.text for said in ("秘密", "S-1", "JY1420"))

    async def test_are_those_of_the_ticket_and_of_the_record_too(self, world: World, desk: Desk) -> None:
        await world.hear(certificate(world, desk, REGISTER, address=STREET))
        grant = world.grant(item=SCHOOL, certificate_types=[REGISTER])
        asked = [{"need": "household", "fields": ["fields.address"]}]
        (part,) = (await world.pull(grant=grant, needs=asked)).json()["parts"]
        assert part["fields"] == {"fields.address": STREET}
        ticket = await TicketReader(world.secrets / "tickets.jwks", world.clock).read(part["ticket"])
        assert ticket.disclosed == frozenset({"fields.address"})
        (record,) = (await world.see("accesses"))["accesses"]
        assert record["uses"] == [{"need": "household", "form": "fields", "fields": ["fields.address"]}]
        assert STREET not in json.dumps(record, ensure_ascii=False)

    async def test_may_be_asked_for_where_the_item_needs_the_whole(self, world: World, desk: Desk) -> None:
        await world.hear(certificate(world, desk, FOOD, scope="热食", content="x"))
        asked = [{"need": "food_licence", "fields": ["number", "fields.scope", "fields.nothing"]}]
        pulled = (await world.pull(needs=asked)).json()
        (part,) = pulled["parts"]
        assert (part["fields"], pulled["certificates"]) == (
            {"number": "JY142032200012341", "fields.scope": "热食"},
            [],
        )

    @pytest.mark.parametrize("name", ["fields", "credential", "order", "bare", "read"])
    async def test_of_the_whole_are_single_ones_and_none_that_stands_for_all(
        self, world: World, desk: Desk, name: str
    ) -> None:
        """The holder would read one name on the record, and the counter have everything."""
        await world.hear(certificate(world, desk, FOOD, scope="热食"))
        answer = await world.pull(needs=[{"need": "food_licence", "fields": ["number", name]}])
        assert told(answer) == (403, "more_than_needed")

    @pytest.mark.parametrize(
        ("body", "refusal"),
        [
            ({"needs": [{"need": "household", "form": "whole"}]}, "more_than_needed"),
            ({"needs": [{"need": "household", "fields": ["fields.content"]}]}, "more_than_needed"),
            ({"needs": [{"need": "household", "form": "predicate"}]}, "more_than_needed"),
            ({"needs": [{"need": "everything"}]}, "more_than_needed"),
            ({"needs": [{"need": "vaccinations"}]}, "more_than_needed"),
            ({"needs": [{"need": "own_home"}]}, "certificate_type_not_granted"),
            ({"certificate_types": [FOOD]}, "more_than_needed"),
        ],
    )
    async def test_beyond_the_item_are_refused_and_the_holder_sees_what_was_asked(
        self, world: World, desk: Desk, body: dict[str, Any], refusal: str
    ) -> None:
        """The grant may name a type that the item does not need any more."""
        await world.hear(certificate(world, desk, REGISTER, address=STREET), world.certificate(2))
        grant = world.grant(item=SCHOOL, certificate_types=[REGISTER, FOOD])
        for ask in (world.match(grant=grant, **body), world.pull(grant=grant, **body)):
            answer = await ask
            assert told(answer) == (403, refusal)
            assert STREET not in answer.text
        records = (await world.see("accesses"))["accesses"]
        assert {(one["outcome"], one["reason"]) for one in records} == {("refused", refusal)}
        assert {one["action"] for one in records} == {"match", "pull"}
        asked = {use["need"] for one in records for use in one["uses"]}
        assert asked == {one["need"] for one in body.get("needs", [])}

    @pytest.mark.parametrize("where", ["needs", "certificate_types"])
    async def test_that_are_a_persons_number_are_on_no_record(self, world: World, where: str) -> None:
        number = "11010519491231002X"
        asked: dict[str, Any] = {where: [{"need": number}] if where == "needs" else [number]}
        assert (await world.match(**asked)).status_code == 422
        assert (await world.pull(**asked)).status_code == 422
        assert number not in world.documents.everything()

    async def test_of_a_certificate_that_cannot_be_shown_in_part_are_refused(self, world: World) -> None:
        await world.hear(world.certificate(1, certificate_type=REGISTER))
        answer = await world.pull(grant=world.grant(item=SCHOOL, certificate_types=[REGISTER]))
        assert told(answer) == (409, "credential_unreadable")

    async def test_of_the_second_of_two_holders_name_that_one(self, world: World, desk: Desk) -> None:
        """In what was signed that name stands among the joint holders."""
        others = [{"name": HOLDER_NAME, "id_type": "111", "id_number_masked": "1"}]
        claims = {"holder_name": "首位", "joint_holders": others}
        credential = desk.issue(claims=claims, fields={"address": STREET})
        content = {"fields": {"address": STREET}, "credential": credential}
        await world.hear(world.certificate(1, certificate_type=REGISTER, place=1, content=content))
        grant = world.grant(item=SCHOOL, certificate_types=[REGISTER])
        (part,) = (await world.pull(grant=grant)).json()["parts"]
        assert part["fields"]["holder_name"] == HOLDER_NAME
        assert part["credential"] == disclose(credential, ["joint_holders", "fields.address"])


class TestARepeat:
    async def test_of_a_pull_has_the_same_form(self, world: World, desk: Desk) -> None:
        await world.hear(
            certificate(world, desk, REGISTER, address=STREET),
            certificate(world, desk, HOME, number=2, located_at=STREET),
        )
        body: dict[str, Any] = {
            "grant": world.grant(item=SCHOOL, certificate_types=[REGISTER, HOME]),
            "needs": [{"need": "household", "fields": ["fields.address"]}, {"need": "own_home"}],
        }
        first = (await world.pull(**body)).json()
        world.clock.at += timedelta(minutes=1)
        again = (await world.pull(**body)).json()
        for one in (*first["parts"], *again["parts"]):
            one.pop("ticket")
        assert first == again

    async def test_gets_no_more_when_the_item_needs_more_by_then(self, world: World, desk: Desk) -> None:
        await world.hear(certificate(world, desk, REGISTER, address=STREET, content="秘密"))
        grant = world.grant(item=SCHOOL, certificate_types=[REGISTER])
        await world.pull(grant=grant)
        (kept,) = [one for one in world.documents.kept("items") if one["_id"] == SCHOOL]
        kept["needs"][0]["fields"] = []
        assert told(await world.pull(grant=grant)) == (404, "nothing_to_pull")
        assert (await world.pull(grant=grant, key="visit-0002")).json()["certificates"]

    @pytest.mark.parametrize("narrowed", [{}, {"needs": [{"need": "age", "form": "predicate"}]}])
    async def test_of_a_refusal_gets_no_answer_when_the_certificate_has_come(
        self, world: World, desk: Desk, narrowed: dict[str, Any]
    ) -> None:
        """On record it was refused, and that is what the holder was told."""
        body = {"grant": world.grant(item=SENIOR, certificate_types=[CARD])} | narrowed
        assert told(await world.pull(**body)) == (404, "nothing_to_pull")
        await world.hear(certificate(world, desk, CARD, born_on=BORN))
        assert told(await world.pull(**body)) == (404, "nothing_to_pull")
        assert (await world.pull(**body, key="visit-0002")).json()["answers"]

    async def test_gets_no_version_that_is_not_on_its_record(self, world: World) -> None:
        grant = world.grant()
        await world.hear(world.certificate(1))
        assert (await world.pull(grant=grant)).status_code == 200
        await world.hear(world.certificate(1, version=2))
        assert told(await world.pull(grant=grant)) == (404, "nothing_to_pull")
        (one,) = (await world.pull(grant=grant, key="visit-0002")).json()["certificates"]
        assert one["fields"] == {"business_scope": "热食类食品制售 2"}


class TestNeedsThatStandForEachOther:
    async def test_are_met_by_one_and_the_others_stay_where_they_are(self, world: World, desk: Desk) -> None:
        (kept,) = [one for one in world.documents.kept("items") if one["_id"] == ITEM]
        for one in kept["needs"][:2]:
            one["any_of"] = "licence"
        await world.hear(world.certificate(1), world.certificate(2, certificate_type=HYGIENE))
        pulled = (await world.pull()).json()
        assert [one["certificate_type"] for one in pulled["certificates"]] == [FOOD]
        await world.hear(world.certificate(1, version=2, state="revoked"))
        pulled = (await world.pull(key="visit-0002")).json()
        assert [one["certificate_type"] for one in pulled["certificates"]] == [HYGIENE]
        assert pulled["missing"] == []


class TestShowingInPart:
    def test_is_read_by_a_program_that_shares_no_line_with_ours(self, desk: Desk) -> None:
        token = issued(
            desk, claims={"holder_name": "甲", "number": "1"}, fields={"scope": "热食", "sites": [1]}
        )
        part = ShownInPart().part(token, ["holder_name", "fields.scope", "fields.*"])
        jwk = desk.rings.ring(BUREAU).published["keys"][0]
        said = SdJwtVcProofSuite().verify(part, public_key_jwk=jwk).claims
        assert (said["holder_name"], said["fields"]) == ("甲", {"scope": "热食"})
        assert "number" not in said

    @pytest.mark.parametrize("token", ["", "a.b.c~", "~~", "x~WyJhIl0~"])
    def test_is_refused_of_what_is_no_certificate(self, token: str) -> None:
        with pytest.raises(CredentialUnreadable):
            ShownInPart().part(token, ["holder_name"])

    def test_is_refused_of_one_that_is_bound_to_a_key(self, desk: Desk, tmp_path: Path) -> None:
        with pytest.raises(CredentialUnreadable):
            ShownInPart().part(desk.issue() + "a.b.c", ["holder_name"])
