"""Several documents of one person (design.md, law 5)."""

import asyncio
from typing import Any

import httpx
import pytest

from services.identity.handlers.holders import ids_of
from services.identity.store import HOLDERS, LINKAGES
from services.kernel.check_digits import mod_11_2
from services.kernel.holders import HolderId
from services.kernel.outbox.aggregates import Aggregates, Birth, Stale
from services.kernel.store.documents import Collection, DatabaseUnavailable, Document
from tests.identity.office import ENTERPRISE, NAME, PERSON, Json, Office, claims_of
from tests.identity.test_consent import mandated
from tests.identity.unseen import a_world, as_seen, citizen, passport, work_of


async def link_own(office: Office, primary: str, alias: str) -> httpx.Response:
    said = {"access_token": await office.resident(alias)}
    return await office.call("POST", "/v1/me/aliases", await office.resident(primary), json=said)


async def link_papers(office: Office, primary: Json, alias: Json, *roles: str) -> httpx.Response:
    said = {"primary": primary, "alias": alias, "checked": "两证原件"}
    token = await office.operator("r001", *(roles or ("registrar",)))
    return await office.call("POST", "/v1/holders:link", token, json=said)


async def unlink(office: Office, primary: str, alias: str) -> httpx.Response:
    return await office.call("DELETE", f"/v1/me/aliases/{alias}", await office.resident(primary))


async def ids(office: Office, holder_id: str) -> tuple[str, ...]:
    return await ids_of(a_world(office), HolderId(holder_id))


class TestLinking:
    async def test_by_two_sign_ins_makes_them_one_person(self, office: Office) -> None:
        one, other = await office.holder_id(), await office.holder_id(passport(1))
        assert (await link_own(office, one, other)).json() == {"accepted": True}
        assert await ids(office, one) == await ids(office, other) == (one, other)
        assert (await office.said("identity-holder"))[-1] == {
            "holder_id": one,
            "version": 1,
            "aliases": [other],
        }

    async def test_is_shown_to_the_holder_and_can_be_undone(self, office: Office) -> None:
        one, other = await office.holder_id(), await office.holder_id(passport(1))
        await link_own(office, one, other)
        me = (await office.call("GET", "/v1/me", await office.resident(one))).json()
        assert me["aliases"] == [{"holder_id": other, "id_type": "414", "number_masked": "E*******1"}]
        for _ in range(2):
            assert (await unlink(office, one, other)).status_code == 200
        assert (await ids(office, one), await ids(office, other)) == ((one,), (other,))
        assert [said["aliases"] for said in (await office.said("identity-holder"))[2:]] == [[other], []]

    async def test_shows_the_primarys_code_in_an_aliass_session(self, office: Office) -> None:
        one, other = await office.holder_id(), await office.holder_id(passport(1))
        await link_own(office, one, other)
        answer = await office.call("POST", "/v1/codes", await office.resident(other))
        scanned = await office.scan(answer.json()["code"])
        assert scanned.status_code in {200, 201}
        said = (await office.said("identity-scan"))[-1]
        assert said["holder_id"] == one

    async def test_repeated_says_nothing_twice(self, office: Office) -> None:
        one, other = await office.holder_id(), await office.holder_id(passport(1))
        for _ in range(3):
            assert (await link_own(office, one, other)).status_code == 200
        assert len([said for said in await office.said("identity-holder") if "aliases" in said]) == 1

    async def test_cut_off_between_its_two_writes_links_nothing_until_it_is_repeated(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one, other = await office.holder_id(), await office.holder_id(passport(1))

        async def cut_off(*_: Any, **__: Any) -> None:
            raise DatabaseUnavailable("gone")

        with monkeypatch.context() as patch:
            insert = office.documents.insert

            async def insert_once(collection: Collection, document: Document) -> None:
                await insert(collection, document)
                if collection.name == LINKAGES.name:
                    patch.setattr(office.documents, "insert", cut_off)

            patch.setattr(office.documents, "insert", insert_once)
            assert (await link_own(office, one, other)).status_code == 503
        assert office.kept(LINKAGES, other) is not None
        assert (await ids(office, one), await ids(office, other)) == ((one,), (other,))
        assert (await link_own(office, one, other)).status_code == 200
        assert await ids(office, other) == (one, other)

    async def test_of_each_with_the_other_at_once_leaves_one_primary(self, office: Office) -> None:
        one, other = await office.holder_id(), await office.holder_id(passport(1))
        await asyncio.gather(link_own(office, one, other), link_own(office, other, one))
        assert await ids(office, one) == await ids(office, other)
        assert len(await ids(office, one)) == 2

    async def test_of_one_document_by_two_persons_at_once_gives_it_to_one(self, office: Office) -> None:
        first, second = await office.holder_id(), await office.holder_id(citizen(1))
        shared = await office.holder_id(passport(1))
        await asyncio.gather(link_own(office, first, shared), link_own(office, second, shared))
        owners = [one for one in (first, second) if shared in await ids(office, one)]
        assert len(owners) == 1
        assert (await ids(office, shared))[0] == owners[0]

    async def test_takes_eight_documents_and_no_more(self, office: Office) -> None:
        one = await office.holder_id()
        others = [await office.holder_id(passport(number)) for number in range(1, 10)]
        answers = [await link_own(office, one, other) for other in others]
        assert [answer.status_code for answer in answers] == [200] * 8 + [409]
        assert answers[-1].json()["code"] == "aliases_too_many"
        assert await ids(office, others[-1]) == (others[-1],)

    async def test_refuses_a_document_that_is_linked_elsewhere(self, office: Office) -> None:
        one, two = await office.holder_id(), await office.holder_id(passport(2))
        other = await office.holder_id(passport(1))
        await link_own(office, one, other)
        for answer in (await link_own(office, two, other), await link_own(office, two, one)):
            assert (answer.status_code, answer.json()["code"]) == (409, "alias_elsewhere")

    async def test_refuses_a_document_with_itself_and_an_organisation(self, office: Office) -> None:
        one = await office.holder_id()
        for other in (one, await office.holder_id(ENTERPRISE)):
            answer = await link_own(office, one, other)
            assert (answer.status_code, answer.json()["code"]) == (422, "alias_invalid")

    async def test_refuses_any_token_but_the_other_documents_own(self, office: Office) -> None:
        one, other = await office.holder_id(), await office.holder_id(passport(1))
        acting = await office.resident(other, actor=one, mandate_id="M" * 26)
        for token in (acting, await office.operator(), await office.token("front-desk")):
            said = {"access_token": token}
            answer = await office.call("POST", "/v1/me/aliases", await office.resident(one), json=said)
            assert (answer.status_code, answer.json()["code"]) == (403, "alias_token_rejected")
        forged = (await office.resident(other))[:-6] + "AAAAAA"
        assert claims_of(forged)["sub"] == other
        said = {"access_token": forged}
        answer = await office.call("POST", "/v1/me/aliases", await office.resident(one), json=said)
        assert answer.status_code == 401

    async def test_is_for_the_holder_in_person(self, office: Office) -> None:
        other = await office.holder_id(passport(1))
        _, _, acting = await mandated(office)
        said = {"access_token": await office.resident(other)}
        for answer in (
            await office.call("POST", "/v1/me/aliases", acting, json=said),
            await office.call("DELETE", f"/v1/me/aliases/{other}", acting),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "acting_not_allowed")

    async def test_is_refused_while_one_of_them_is_frozen(self, office: Office) -> None:
        one, other = await office.holder_id(), await office.holder_id(passport(1))
        await office.call("POST", "/v1/me/freeze", await office.resident(other))
        assert (await link_own(office, one, other)).json()["code"] == "holder_frozen"


class TestTwoPersons:
    """Who holds the tokens of two persons does not make one of them."""

    @pytest.mark.parametrize("other", [citizen(1), citizen(1) | {"name": "王甲"}])
    async def test_are_never_one_for_a_citizen_number_is_for_life(self, office: Office, other: Json) -> None:
        one, two = await office.holder_id(), await office.holder_id(other)
        answer = await link_own(office, one, two)
        assert (answer.status_code, answer.json()["code"]) == (422, "alias_invalid")
        assert await ids(office, two) == (two,)

    @pytest.mark.parametrize(("id_type", "start"), [("551", "810000"), ("552", "830000"), ("553", "911124")])
    async def test_nor_for_two_residence_permits_of_one_kind(
        self, office: Office, id_type: str, start: str
    ) -> None:
        numbers = [f"{start}198501010{sequence:02d}" for sequence in (11, 22)]
        papers = [{"id_type": id_type, "id_number": one + mod_11_2(one), "name": NAME} for one in numbers]
        one, two = [await office.holder_id(paper) for paper in papers]
        for answer in (await link_own(office, one, two), await link_papers(office, papers[0], papers[1])):
            assert (answer.status_code, answer.json()["code"]) == (422, "alias_invalid")

    async def test_nor_by_way_of_a_third_document(self, office: Office) -> None:
        one, two, third = [await office.holder_id(who) for who in (PERSON, citizen(1), passport(1))]
        await link_own(office, third, one)
        for answer in (
            await link_own(office, third, two),
            await link_papers(office, passport(1), citizen(1)),
        ):
            assert (answer.status_code, answer.json()["code"]) == (422, "alias_invalid")
        assert await ids(office, third) == (third, one)

    async def test_nor_when_both_come_at_once(self, office: Office) -> None:
        one, two, third = [await office.holder_id(who) for who in (PERSON, citizen(1), passport(1))]
        await asyncio.gather(link_own(office, third, one), link_own(office, third, two))
        assert len(await ids(office, third)) == 2

    async def test_nor_under_two_names(self, office: Office) -> None:
        one, other = await office.holder_id(), await office.holder_id(passport(1) | {"name": "王甲"})
        answer = await link_own(office, one, other)
        assert (answer.status_code, answer.json()["code"]) == (403, "alias_name_differs")
        assert await ids(office, other) == (other,)

    async def test_while_one_name_may_be_written_in_two_ways(self, office: Office) -> None:
        one = await office.holder_id(PERSON | {"name": "阿卜杜拉·买买提"})
        other = await office.holder_id(passport(1) | {"name": "阿卜杜拉• 买买提"})
        assert (await link_own(office, one, other)).status_code == 200

    async def test_nor_by_a_token_that_another_client_was_given(self, office: Office) -> None:
        one, other = await office.holder_id(), await office.holder_id(passport(1))
        said = {"access_token": await office.resident(other, client_id="front-desk")}
        answer = await office.call("POST", "/v1/me/aliases", await office.resident(one), json=said)
        assert (answer.status_code, answer.json()["code"]) == (403, "alias_token_rejected")
        assert await ids(office, other) == (other,)


class TestLinkingByARegistrar:
    async def test_takes_a_foreign_passport_that_spells_the_name_otherwise(self, office: Office) -> None:
        foreign = passport(1) | {"name": "OUYANG HEMIAO"}
        assert (await link_papers(office, PERSON, foreign)).status_code == 200

    async def test_refuses_two_citizen_numbers_alike_and_registers_neither(self, office: Office) -> None:
        """Whichever of them was registered before."""
        await link_papers(office, citizen(99), passport(99))
        seen, done = set(), []
        for sequence in range(0, 16, 2):
            for place in range(2):
                if sequence >> (place + 1) & 1:
                    await office.register(citizen(sequence + place))
            before = len(office.documents._kept[HOLDERS.name])  # noqa: SLF001
            with work_of(office) as work:
                answer = await link_papers(office, citizen(sequence), citizen(sequence + 1))
            seen.add(repr(as_seen(answer)))
            done.append(work)
            assert len(office.documents._kept[HOLDERS.name]) == before  # noqa: SLF001
        assert len(seen) == 1
        assert (answer.status_code, answer.json()["code"]) == (422, "alias_invalid")
        assert all(work == done[0] for work in done)

    async def test_links_the_two_papers_and_registers_whoever_was_not(self, office: Office) -> None:
        assert (await link_papers(office, PERSON, passport(1))).json() == {"accepted": True}
        one, other = await office.holder_id(), await office.holder_id(passport(1))
        assert await ids(office, other) == (one, other)

    async def test_needs_the_role(self, office: Office) -> None:
        answer = await link_papers(office, PERSON, passport(1), "hotline")
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")

    async def test_refuses_an_organisation(self, office: Office) -> None:
        answer = await link_papers(office, PERSON, ENTERPRISE)
        assert (answer.status_code, answer.json()["code"]) == (422, "alias_invalid")

    async def test_answers_and_works_alike_for_numbers_in_sequence(self, office: Office) -> None:
        """In each of the four cases: none, the one, the other, both registered before."""
        await link_papers(office, citizen(99), passport(99))
        seen, done = set(), []
        for sequence in range(12):
            if sequence % 2:
                await office.register(citizen(sequence))
            if sequence % 4 > 1:
                await office.register(passport(sequence))
            with work_of(office) as work:
                seen.add(repr(as_seen(await link_papers(office, citizen(sequence), passport(sequence)))))
            done.append(work)
        assert len(seen) == 1
        assert all(work == done[0] for work in done)


async def test_a_race_for_one_document_is_decided_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else is first between load and keep: the rules are asked again on what stands then."""
    one, two = await office.holder_id(), await office.holder_id(citizen(1))
    other = await office.holder_id(passport(1))
    add = Aggregates.add
    raced: list[Birth] = []

    async def add_late(self: Aggregates, birth: Birth) -> None:
        if birth.id == other and not raced:
            raced.append(birth)
            await link_own(office, two, other)
            raise Stale("somebody was first")
        await add(self, birth)

    monkeypatch.setattr(Aggregates, "add", add_late)
    answer = await link_own(office, one, other)
    assert (answer.status_code, answer.json()["code"]) == (409, "alias_elsewhere")
    assert await ids(office, other) == (two, other)
