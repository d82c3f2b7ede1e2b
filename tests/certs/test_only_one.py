"""Types of which a holder has one that stands at most: of any number at once one is issued."""

import asyncio
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.secrets import make_secrets
from services.certs.app import COLLECTIONS, assemble
from services.certs.domain import Approval, Holder
from services.certs.events import OrganisationRegistered
from services.certs.handlers import (
    Accepted,
    Desk,
    Outcome,
    accept_approvals,
    mirror_organisations,
)
from services.certs.settings import CertsSettings
from services.kernel.clock import SystemClock
from services.kernel.errors import Refusal
from services.kernel.process.engines import Engines
from services.kernel.store.documents import Documents
from services.kernel.stream.broadcast import MemoryEars
from services.kernel.stream.memory_bus import MemoryBus, MemoryHearing, MemoryTail
from tests.certs.office import BUREAU, MARKET, STREET, Office
from tests.certs.test_changes import change
from tests.certs.test_names import known_as, waiting
from tests.certs.test_renewals import post, renewing, show
from tests.world.people import a_shop, an_approval

LICENCE, CARD = "营业执照", "残疾人证"


def a_licence(shop: dict[str, str], **changes: Any) -> dict[str, Any]:
    """A trading licence: an enterprise has one."""
    said = an_approval(shop, certificate_name=LICENCE, certificate_number=shop["id_number"], valid_to=None)
    return said | {"fields": {}} | changes


@pytest.fixture
async def registry(office: Office) -> Office:
    """An office that may send trading licences of two authorities."""
    kinds = (await office.client.get("/v1/certificate-types")).json()
    (code,) = [one["certificate_type"] for one in kinds["certificate_types"] if one["name"] == LICENCE]
    await office.register(BUREAU, source_for={MARKET: [code], STREET: [code]})
    await office.register(MARKET, own=[code])
    await office.register(STREET, own=[code])
    return office


class TestASecondOne:
    async def test_is_refused_with_the_one_that_stands_and_what_to_do(self, registry: Office) -> None:
        shop = a_shop()
        made = await post(registry, a_licence(shop))
        problem = await post(registry, a_licence(shop), 409)
        assert problem["code"] == "certificate_only_one"
        assert made["identifier"] in problem["detail"]
        assert "renews" in problem["next_step"]
        assert len(await registry.issued()) == 1

    async def test_names_the_first_to_nobody_who_may_not_see_it(self, registry: Office) -> None:
        shop = a_shop()
        made = await post(registry, a_licence(shop))
        theirs = a_licence(shop, authority_code=STREET)
        problem = await post(registry, theirs, 409, sender=STREET)
        assert problem["code"] == "certificate_only_one"
        assert made["identifier"] not in str(problem)

    async def test_under_a_wrong_name_is_answered_as_a_first_one_and_waits_like_it(
        self, registry: Office
    ) -> None:
        """Else who tries names, or numbers without a name, is told without a trace who has one."""
        with_one, without = a_shop(), a_shop()
        await post(registry, a_licence(with_one))
        told: list[str] = []
        waits: list[str] = []
        for shop in (with_one, without):
            await known_as(registry, shop, shop["name"])
            problem = await post(registry, a_licence(shop | {"name": "郧西县上津镇另一商行"}), 409)
            assert problem["code"] == "holder_name_differs"
            waits.insert(0, problem["pending_id"])
            assert await waiting(registry) == waits
            told.append(str(problem | {"instance": ""}).replace(waits[0], ""))
        assert told[0] == told[1]

    async def test_of_another_holder_or_type_is_issued(self, registry: Office) -> None:
        await post(registry, a_licence(a_shop()))
        await post(registry, a_licence(a_shop()))

    async def test_in_the_same_file_or_call_is_refused_alone(self, registry: Office) -> None:
        shop = a_shop()
        several = [a_licence(shop), a_licence(shop), a_licence(a_shop())]
        outcomes = await accept_approvals(
            registry.parts.desk, [as_read(one) for one in several], sender=BUREAU
        )
        assert [_told(one) for one in outcomes] == ["new", "certificate_only_one", "new"]

    @pytest.mark.parametrize("end", ["withdraw", "revoke", "cancel"])
    async def test_is_issued_once_the_first_has_ended(self, registry: Office, end: str) -> None:
        shop = a_shop()
        made = await post(registry, a_licence(shop))
        second = a_licence(shop)
        await change(registry, made["certificate_id"], "suspend", case_number="1号")
        assert (await post(registry, second, 409))["code"] == "certificate_only_one"
        await change(registry, made["certificate_id"], end, case_number="2号")
        assert (await post(registry, second))["state"] == "valid"
        # And a repeat of the first, which has ended, makes it stand again as little as ever.
        assert (await post(registry, a_licence(shop), 409))["code"] == "certificate_only_one"

    async def test_is_issued_once_the_first_has_expired_whether_or_not_that_was_written_down(
        self, registry: Office
    ) -> None:
        shop = a_shop()
        made = await post(registry, a_licence(shop, valid_to="2031-03-04"))
        document = vars(registry.documents)["_kept"]["certificates"][made["certificate_id"]]
        for edition in document["versions"]:  # as if it were years later
            edition["valid_to"] = "2026-04-01"
        await post(registry, a_licence(shop))
        assert (await show(registry, made["certificate_id"]))["state"] == "expired"
        assert document["sole"] is False

    async def test_that_was_over_when_it_came_is_history(self, registry: Office) -> None:
        shop = a_shop()
        past = {"valid_from": "2010-01-01", "decided_on": "2010-01-01", "valid_to": "2020-01-01"}
        await post(registry, a_licence(shop))
        await post(registry, a_licence(shop, **past))

    async def test_is_the_next_edition_where_it_renews_the_first(self, registry: Office) -> None:
        first = a_licence(a_shop())
        made = await post(registry, first)
        renewed = await post(registry, renewing(first, certificate_name=LICENCE, valid_to=None))
        assert renewed["certificate_id"] == made["certificate_id"]
        assert (await post(registry, a_licence(first["holder"]), 409))["code"] == "certificate_only_one"

    async def test_is_what_a_renewal_of_an_ended_one_would_be(self, registry: Office) -> None:
        """It expired, another was issued since, and now the first is to come back."""
        shop = a_shop()
        past = {"valid_from": "2010-01-01", "decided_on": "2010-01-01", "valid_to": "2020-01-01"}
        first = await post(registry, a_licence(shop, certificate_number="A1", **past))
        second = await post(registry, a_licence(shop))
        back = a_licence(shop, renews=first["identifier"])
        problem = await post(registry, back, 409)
        assert problem["code"] == "certificate_only_one"
        assert second["identifier"] in problem["detail"]
        await change(registry, second["certificate_id"], "cancel")
        assert (await post(registry, back))["certificate_id"] == first["certificate_id"]
        assert (await post(registry, a_licence(shop), 409))["code"] == "certificate_only_one"


def as_read(said: dict[str, Any]) -> Approval:
    days = {
        name: datetime.fromisoformat(said[name]).date()
        for name in ("decided_on", "valid_from", "valid_to")
        if said.get(name)
    }
    return Approval(**{**said, **days, "holder": Holder(**said["holder"])})


def _told(outcome: Outcome) -> str:
    if isinstance(outcome, Refusal):
        return outcome.code
    assert isinstance(outcome, Accepted)
    return "new" if outcome.new else "already"


@pytest.fixture(params=["memory_documents", pytest.param("mongo_documents", marks=pytest.mark.real)])
def documents(request: pytest.FixtureRequest) -> Documents:
    found: Documents = request.getfixturevalue(request.param)
    return found


@pytest.fixture
async def desks(documents: Documents, secrets_dir: Path) -> list[Desk]:
    """Two processes of certs over one store."""
    make_secrets(secrets_dir)
    await documents.prepare(COLLECTIONS)
    made = [_desk(documents, secrets_dir) for _ in range(2)]
    catalogue = await made[0].types.catalogue()
    kind = catalogue.find(None, LICENCE)
    registered = OrganisationRegistered(
        organisation=MARKET, version=1, certificate_types=kind.codes, source_for=(), items=()
    )
    await mirror_organisations(made[0].organisations, [registered])
    return made


def _desk(documents: Documents, secrets_dir: Path) -> Desk:
    bus = MemoryBus()

    async def fetch() -> Any:  # noqa: ANN401 - nobody brings a token here
        raise AssertionError

    engines = Engines(
        documents=documents,
        bus=bus,
        hear=lambda name, listeners, _: MemoryHearing(name, listeners, bus=bus),
        clock=SystemClock(),
        fetch_jwks=lambda _: fetch,
        ears=MemoryEars(bus),
        tail=MemoryTail(bus),
    )
    return assemble(CertsSettings(secrets_dir=secrets_dir, issuer="http://identity.test"), engines).desk


class TestRaces:
    async def test_of_two_processes_have_one_winner(self, desks: list[Desk]) -> None:
        """For each holder ten approvals at once, alone and in batches."""
        for _ in range(5):
            shop = a_shop()
            several = [as_read(a_licence(shop)) for _ in range(10)]
            calls = [
                accept_approvals(desks[place % 2], several[place : place + 2], sender=MARKET)
                for place in range(0, 10, 2)
            ]
            told = [_told(one) for outcomes in await asyncio.gather(*calls) for one in outcomes]
            assert sorted(told) == ["certificate_only_one"] * 9 + ["new"]
            again = await accept_approvals(desks[0], several, sender=MARKET)
            assert sorted(map(_told, again)) == ["already"] + ["certificate_only_one"] * 9

    async def test_of_a_renewal_and_a_second_one_leave_one_that_stands(self, desks: list[Desk]) -> None:
        for _ in range(5):
            shop = a_shop()
            past = {"valid_from": "2010-01-01", "decided_on": "2010-01-01", "valid_to": "2020-01-01"}
            first = as_read(a_licence(shop, certificate_number="A1", **past))
            (over,) = await accept_approvals(desks[0], [first], sender=MARKET)
            back = replace(as_read(a_licence(shop)), renews="A1")
            assert isinstance(over, Accepted)
            calls = [
                accept_approvals(desks[0], [back], sender=MARKET),
                accept_approvals(desks[1], [as_read(a_licence(shop))], sender=MARKET),
            ]
            told = [_told(one) for (one,) in await asyncio.gather(*calls)]
            assert sorted(told) == ["certificate_only_one", "new"]

    async def test_of_many_renewals_make_one_edition_each(self, desks: list[Desk]) -> None:
        shop = a_shop()
        await accept_approvals(desks[0], [as_read(a_licence(shop))], sender=MARKET)
        renewals = [replace(as_read(a_licence(shop)), renews=shop["id_number"]) for _ in range(3)]
        calls = [accept_approvals(one, [each], sender=MARKET) for one in desks for each in renewals]
        told = [_told(one) for (one,) in await asyncio.gather(*calls)]
        assert sorted(told) == ["already"] * 3 + ["new"] * 3
        found = await desks[0].certificates.known([])
        assert found == {}
        (outcome,) = await accept_approvals(desks[1], [renewals[0]], sender=MARKET)
        assert isinstance(outcome, Accepted)
        standing = await desks[0].standings.find(outcome.certificate_id)
        assert standing is not None
        assert [one.number for one in standing.editions] == [1, 2, 3, 4]
