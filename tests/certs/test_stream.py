"""What certs hears: approvals of case systems, and what is wrong with some."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from services.certs.domain import REGISTRATION_PATIENCE
from services.certs.events import CaseApproved
from services.kernel.event import entry, record
from services.kernel.keys.sealing import Sealer
from services.kernel.keys.secrets import read_public_jwks
from tests.certs.office import BUREAU, FOOD, HOSPITAL, HYGIENE, MARKET, Office, eventually
from tests.world.people import a_shop, an_approval


def case(
    office: Office, case_id: str, approval: dict[str, Any] | bytes, *, organisation: str = BUREAU
) -> CaseApproved:
    sealer = Sealer(read_public_jwks(office.secrets_dir / "sealing.jwks"))
    content = approval if isinstance(approval, bytes) else json.dumps(approval).encode()
    sealed = sealer.seal("certs", content, event_type=CaseApproved.type, holder_id=case_id, version=1)
    return CaseApproved(case_id=case_id, version=1, organisation=organisation, sealed=sealed)


async def dead_letters(office: Office, *, count: int) -> list[tuple[str, str]]:
    """Subject and cause of each, once there are so many."""

    async def buried() -> list[tuple[str, str]]:
        letters = office.bus.topics["certs-dead-letter"]
        return [(one.header("ce_subject"), one.header("dlq_cause")) for one in letters[: max(count, 1)]]

    return await eventually(buried)


class TestCaseApproved:
    async def test_becomes_a_certificate_once_however_often_it_is_heard(self, office: Office) -> None:
        approval = an_approval(a_shop(), valid_to=None, long_term=True)
        for _ in range(3):
            await office.say(case(office, "case-1", approval))
        await office.say(case(office, "case-2", an_approval(a_shop())))
        events = await office.issued(count=2)
        assert len(events) == 2
        (first, _) = events
        assert office.open(first)["holder_name"] == approval["holder"]["name"]

    async def test_is_the_same_approval_as_the_one_posted(self, office: Office) -> None:
        approval = an_approval(a_shop())
        await office.say(case(office, "case-1", approval))
        (event,) = await office.issued()
        answer = await office.post(approval)
        assert (answer.status_code, answer.json()["certificate_id"]) == (200, event.certificate_id)

    async def test_that_is_wrong_goes_to_the_dead_letters_and_the_rest_goes_on(self, office: Office) -> None:
        moved = case(office, "case-from", an_approval(a_shop()))
        foreign = an_approval(a_shop(), authority_code=HOSPITAL)
        wrong = an_approval({"id_type": "001", "id_number": "1", "name": "商行"})
        for event in (
            case(office, "no-json", b"{not json"),
            case(office, "a-name-twice", b'{"holder": 7, "holder": 8}'),
            case(office, "too-deep", b"[" * 50_000),
            case(office, "no-approval", {"holder": 7}),
            case(office, "foreign", foreign),
            case(office, "wrong", wrong),
            CaseApproved(case_id="moved", version=1, organisation=BUREAU, sealed=moved.sealed),
            case(office, "good", an_approval(a_shop())),
        ):
            await office.say(event)
        await office.issued()

        async def all_buried() -> bool:
            return len(office.bus.topics["certs-dead-letter"]) == 7

        assert await eventually(all_buried)
        assert dict(await dead_letters(office, count=7)) == {
            "no-json": "event_malformed",
            "a-name-twice": "event_malformed",
            "too-deep": "event_malformed",
            "no-approval": "event_malformed",
            "foreign": "issuer_not_entitled",
            "wrong": "id_number_invalid",
            "moved": "seal_broken",
        }

    async def test_waits_for_the_registration_of_its_sender(self, office: Office) -> None:
        approval = an_approval(
            a_shop(), authority_code=HOSPITAL, certificate_name="公共场所卫生许可证", valid_to="2030-03-04"
        )
        await office.say(case(office, "early", approval, organisation=HOSPITAL))
        await office.register(HOSPITAL, own=[HYGIENE])
        (event,) = await office.issued()
        assert event.authority == HOSPITAL
        assert office.bus.topics["certs-dead-letter"] == []

    async def test_of_a_sender_that_never_registers_does_not_hold_up_the_others(self, office: Office) -> None:
        nobody = case(office, "nobody", an_approval(a_shop()), organisation="91420322YM0000009X")
        long_ago = datetime.now(UTC) - REGISTRATION_PATIENCE
        await office.bus.publish([record(entry(nobody, version=1, at=long_ago))])
        await office.say(case(office, "good", an_approval(a_shop())))
        await office.issued()
        assert await dead_letters(office, count=1) == [("nobody", "organisation_unknown")]


class TestOrganisationRegistered:
    @pytest.mark.parametrize("late", [1, 2])
    async def test_an_older_version_changes_nothing(self, office: Office, late: int) -> None:
        await office.register(MARKET, own=[FOOD])
        office.versions[MARKET] = late - 1
        await office.register(MARKET, own=[])
        await office.register(HOSPITAL)  # heard after it, so that it has been heard
        assert (await office.post(an_approval(a_shop()), sender=MARKET)).status_code == 201
