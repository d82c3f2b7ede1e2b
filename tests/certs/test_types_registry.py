"""The registry of certificate types: files and administrators, version by version, in many processes."""

import asyncio
import json
import logging
from dataclasses import replace
from typing import Any

import httpx
import pytest

from services.certs.domain import Catalogue, CertificateType
from services.certs.events import TypePublished
from services.certs.handlers import put_type
from services.certs.store import CERTIFICATE_TYPES, TypeStore, read_types
from services.certs.store.types import FRESH_S
from services.kernel.clock import SystemClock
from services.kernel.errors import Stale
from services.kernel.event import decode
from services.kernel.outbox.aggregates import Aggregates
from tests.certs.office import BUREAU, FOOD, MARKET, Office, eventually
from tests.certs.test_stream import case, dead_letters
from tests.certs.types import NEW, a_definition, a_type
from tests.world.people import a_person, a_shop, an_approval

PATH = f"/v1/certificate-types/{NEW}"
OFFICIAL = "11100000000013127D777"


class Seconds:
    """A clock that stands until it is turned."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def a_process(office: Office, *types: CertificateType, seconds: Seconds | None = None) -> TypeStore:
    """Another process, or the same one after a restart; its files hold these types."""
    documents: Any = office.wavering
    aggregates = Aggregates(documents, CERTIFICATE_TYPES, office.parts.relay, SystemClock())
    return TypeStore(documents, aggregates, files=Catalogue(types), monotonic=seconds or Seconds())


async def said(office: Office, *, count: int) -> list[TypePublished]:
    async def heard() -> list[TypePublished]:
        records = office.bus.topics[TypePublished.topic()]
        return [decode(TypePublished, one).event for one in records] if len(records) >= count else []

    return await eventually(heard)


async def put(
    office: Office, *, path: str = PATH, scope: str = "admin", kind: str = "machine", **changes: Any
) -> httpx.Response:
    token = office.token(scope=scope, kind=kind)
    said = {name: value for name, value in a_definition(**changes).items() if value is not ...}
    return await office.client.put(path, json=said, headers={"Authorization": f"Bearer {token}"})


async def get(office: Office, code: str = NEW, version: int | None = None) -> httpx.Response:
    query = {"version": version} if version else {}
    return await office.client.get(f"/v1/certificate-types/{code}", params=query)


async def name_of(store: TypeStore, code: str = NEW) -> str:
    return (await store.catalogue()).types[code].name


class TestFiles:
    async def test_are_each_said_once_at_the_start(self, office: Office) -> None:
        shipped = read_types().types
        events = await said(office, count=len(shipped))
        assert {one.certificate_type for one in events} == set(shipped)
        assert {one.version for one in events} == {1}

    async def test_are_not_said_again_by_the_next_process(self, office: Office) -> None:
        first = await said(office, count=len(read_types().types))
        await a_process(office, *read_types().types.values()).take_files()
        assert len(await said(office, count=1)) == len(first)

    async def test_that_change_become_the_next_version(self, office: Office) -> None:
        shipped = len(await said(office, count=len(read_types().types)))
        changed = replace(read_types().types[FOOD], aliases=("食品证",), one_per_holder=True)
        await a_process(office, changed).take_files()
        event = (await said(office, count=shipped + 1))[-1]
        assert (event.version, event.certificate_type, event.one_per_holder) == (2, FOOD, True)
        assert event.retention_years == 30

    async def test_do_not_undo_at_a_restart_what_an_administrator_changed(self, office: Office) -> None:
        file = a_type()
        await a_process(office, file).take_files()
        assert (await put(office, name="改过的测试证", version=1)).status_code == 200
        again = a_process(office, file)
        await again.take_files()
        assert await name_of(again) == "改过的测试证"

    async def test_that_change_win_over_an_administrator_and_say_so(
        self, office: Office, caplog: pytest.LogCaptureFixture
    ) -> None:
        await a_process(office, a_type()).take_files()
        await put(office, name="改过的测试证")
        with caplog.at_level(logging.WARNING, logger="yima.certs.types"):
            newer = a_process(office, a_type(name_en="Newer"))
            await newer.take_files()
        assert await name_of(newer) == "测试证"
        assert "wins over" in caplog.text
        assert (await get(office, version=2)).json()["name"] == "改过的测试证"

    async def test_that_say_what_an_administrator_said_already_are_taken_too(self, office: Office) -> None:
        await put(office)
        store = a_process(office, a_type())
        await store.take_files()
        assert (await store.find(NEW) or a_type()).version == 2
        await a_process(office, a_type()).take_files()
        assert (await store.find(NEW) or a_type()).version == 2

    async def test_that_collide_with_an_administrators_type_are_left_and_told(
        self, office: Office, caplog: pytest.LogCaptureFixture
    ) -> None:
        await put(office)
        store = a_process(office, a_type(certificate_type="11100000MB9999900G991"))
        await store.take_files()
        assert "11100000MB9999900G991" not in (await store.catalogue()).types
        assert "not taken" in caplog.text

    async def test_of_a_code_that_was_swapped_stay_without_effect(self, office: Office) -> None:
        await a_process(office, a_type()).take_files()
        await swap(office)
        store = a_process(office, a_type(name="另一个测试证"))
        await store.take_files()
        assert (await store.catalogue()).find(NEW, None).certificate_type == OFFICIAL

    async def test_are_taken_by_whoever_first_asks_for_a_type(self, office: Office) -> None:
        """A process that answers requests only, or imports a file only, has no loop that takes them."""
        assert (await a_process(office, a_type()).catalogue()).types[NEW].version == 1

    async def test_are_taken_once_by_many_processes_that_start_together(self, office: Office) -> None:
        await asyncio.gather(*(a_process(office, a_type()).take_files() for _ in range(8)))
        assert (await a_process(office).catalogue()).types[NEW].version == 1

    async def test_wait_for_a_database_that_is_away(self, office: Office) -> None:
        store = a_process(office, a_type())
        office.wavering.silent = 1
        with pytest.raises(Exception, match="taken away"):
            await store.catalogue()
        assert await name_of(store) == "测试证"

    async def test_over_what_an_earlier_release_kept_make_the_next_version(self, office: Office) -> None:
        """Its documents had none of validity, number rule, retention, `taken`."""
        kept: dict[str, Any] = {"_id": NEW, **a_definition(), "version": 1, "digest": "0" * 64, "outbox": []}
        await office.documents.insert(CERTIFICATE_TYPES, kept | {"changed_at": SystemClock().now()})
        store = a_process(office, a_type(name="新测试证"))
        assert await name_of(store) == "新测试证"
        assert (await get(office, version=1)).json()["name"] == "测试证"


async def swap(office: Office, **changes: Any) -> httpx.Response:
    said: dict[str, Any] = {
        "certificate_type": OFFICIAL,
        "defining_authority": OFFICIAL[:18],
        "provisional": False,
    }
    path = f"/v1/certificate-types/{OFFICIAL}"
    return await put(office, path=path, **(said | {"formerly": [NEW]} | changes))


class TestPut:
    async def test_publishes_a_type_that_approvals_may_name_at_once(self, office: Office) -> None:
        shipped = len(await said(office, count=len(read_types().types)))
        answer = await put(office, version=0, retention_years=7)
        assert (answer.status_code, answer.json()["version"]) == (200, 1)
        event = (await said(office, count=shipped + 1))[-1]
        assert (event.certificate_type, event.version, event.retention_years) == (NEW, 1, 7)
        await office.register(BUREAU, source_for={MARKET: [NEW]})
        made = await office.post(an_approval(a_person(), certificate_name="测试证"))
        assert made.status_code == 201, made.text

    async def test_takes_what_a_get_gave_with_a_change_in_it(self, office: Office) -> None:
        shown = (await get(office, FOOD)).json()
        shown["aliases"].append("食品证")
        headers = {"Authorization": f"Bearer {office.token(scope='admin')}"}
        answer = await office.client.put(f"/v1/certificate-types/{FOOD}", json=shown, headers=headers)
        assert answer.json() == shown | {"version": 2}

    async def test_of_the_same_again_changes_and_says_nothing(self, office: Office) -> None:
        await put(office)
        events = len(await said(office, count=len(read_types().types) + 1))
        again = await put(office, version=0)
        assert (again.status_code, again.json()["version"]) == (200, 1)
        assert len(await said(office, count=1)) == events

    @pytest.mark.parametrize("read", [0, 1, 3])
    async def test_over_another_version_than_was_read_is_refused(self, office: Office, read: int) -> None:
        await put(office)
        await put(office, name="二")
        answer = await put(office, name="三", version=read)
        assert (answer.status_code, answer.json()["code"]) == (409, "version_differs")
        assert (await put(office, name="三", version=2)).json()["version"] == 3

    async def test_of_two_at_once_over_one_version_lets_one_through(self, office: Office) -> None:
        await put(office)
        answers = await asyncio.gather(*(put(office, name=f"第{n}个", version=1) for n in range(6)))
        assert sorted(one.status_code for one in answers) == [200, 409, 409, 409, 409, 409]
        assert (await get(office)).json()["version"] == 2

    async def test_of_many_who_did_not_say_what_they_read_loses_none(self, office: Office) -> None:
        await asyncio.gather(*(put(office, name=f"第{n}个") for n in range(4)))
        names = [(await get(office, version=version)).json()["name"] for version in range(1, 5)]
        assert sorted(names) == ["第0个", "第1个", "第2个", "第3个"]

    async def test_tells_all_the_faults_of_a_bad_definition(self, office: Office) -> None:
        answer = await put(office, name=..., provisional="maybe", fields=[{"name": "A"}], colour="red")
        assert (answer.status_code, answer.json()["code"]) == (422, "certificate_type_unusable")
        paths = {fault["path"] for fault in answer.json()["faults"]}
        assert paths == {"name", "provisional", "fields.0.name", "fields.0.term", "colour"}
        assert all(fault["got"] and fault["needed"] for fault in answer.json()["faults"])
        assert (await get(office)).status_code == 404

    @pytest.mark.parametrize("path", ["/v1/certificate-types/901", f"/v1/certificate-types/{FOOD}"])
    async def test_keeps_a_type_under_its_own_code_alone(self, office: Office, path: str) -> None:
        answer = await put(office, path=path)
        assert "as addressed" in answer.json()["detail"]

    async def test_refuses_a_name_that_another_type_has(self, office: Office) -> None:
        answer = await put(office, aliases=["测试", "食品经营许可证（正本）"])
        assert answer.json()["code"] == "certificate_type_unusable"
        (fault,) = answer.json()["faults"]
        assert (fault["path"], FOOD in fault["needed"]) == ("aliases.1", True)

    @pytest.mark.parametrize(
        ("scope", "kind", "code"),
        [("approvals:write", "machine", "scope_missing"), ("admin", "operator", "caller_kind_wrong")],
    )
    async def test_is_for_an_administrator_of_the_platform(
        self, office: Office, scope: str, kind: str, code: str
    ) -> None:
        answer = await put(office, scope=scope, kind=kind)
        assert (answer.status_code, answer.json()["code"]) == (403, code)
        assert (await office.client.put(PATH, json=a_definition())).status_code == 401
        assert (await get(office)).status_code == 404

    async def test_that_fails_half_way_can_be_repeated(self, office: Office) -> None:
        """The earlier version is put aside first: nothing is lost, whichever write was the last."""
        await put(office)
        for method in ("insert_many", "update"):
            office.wavering.silent_at = (method, 1)
            assert (await put(office, name="二")).status_code == 503
            assert (await get(office)).json()["version"] == 1
        assert (await put(office, name="二")).json()["version"] == 2
        assert (await get(office, version=1)).json()["name"] == "测试证"

    async def test_whose_answer_was_lost_is_not_published_twice(self, office: Office) -> None:
        await put(office)
        office.wavering.silent_at, office.wavering.lose_answers = ("update", 1), True
        assert (await put(office, name="二", version=1)).status_code == 503
        assert (await put(office, name="二", version=1)).json()["version"] == 2

    async def test_gives_up_when_others_change_it_all_the_time(self, office: Office) -> None:
        class Busy(TypeStore):
            async def keep(self, one: CertificateType, **_: Any) -> None:
                raise Stale(one.name)

        documents: Any = office.documents
        aggregates = Aggregates(documents, CERTIFICATE_TYPES, office.parts.relay, SystemClock())
        store = Busy(documents, aggregates, files=Catalogue([]))
        with pytest.raises(Stale):
            await put_type(store, NEW, a_definition(), by="admin")


class TestVersions:
    async def test_stay_readable_each_as_it_was(self, office: Office) -> None:
        for name in ("一", "二", "三"):
            await put(office, name=name)
        assert [(await get(office, version=n)).json()["name"] for n in (1, 2, 3)] == ["一", "二", "三"]
        assert (await get(office)).json()["name"] == "三"
        gone = await get(office, version=4)
        assert (gone.status_code, gone.json()["code"]) == (404, "certificate_type_not_there")

    async def test_are_kept_by_the_certificates_that_were_issued_under_them(self, office: Office) -> None:
        await office.register(BUREAU, source_for={MARKET: [NEW]})
        kept = vars(office.documents)["_kept"]
        for version, name in ((1, "一"), (2, "二")):
            await put(office, name=name)
            made = await office.post(an_approval(a_person(), certificate_type=NEW, certificate_name=None))
            document = kept["certificates"][made.json()["certificate_id"]]
            assert document["versions"][0]["type_version"] == version

    async def test_may_be_kept_by_others_for_ever_and_what_stands_may_not(self, office: Office) -> None:
        await put(office)
        assert "immutable" in (await get(office, version=1)).headers["Cache-Control"]
        assert (await get(office)).headers["Cache-Control"] == "no-cache"

    @pytest.mark.parametrize("version", ["0", "-1", "x", "99999999999"])
    async def test_are_numbers_from_one(self, office: Office, version: str) -> None:
        assert (await office.client.get(PATH, params={"version": version})).status_code == 422


class TestASwap:
    async def test_of_the_official_code_leaves_one_type_under_both(self, office: Office) -> None:
        await put(office)
        assert (await swap(office)).status_code == 200
        for code in (NEW, OFFICIAL):
            assert (await get(office, code)).json()["certificate_type"] == OFFICIAL
        listed = (await office.client.get("/v1/certificate-types")).json()["certificate_types"]
        assert {NEW, OFFICIAL} & {one["certificate_type"] for one in listed} == {OFFICIAL}
        event = (await said(office, count=len(read_types().types) + 2))[-1]
        assert (event.certificate_type, event.formerly) == (OFFICIAL, (NEW,))

    async def test_leaves_a_sender_who_is_registered_for_the_old_code_entitled(self, office: Office) -> None:
        await put(office)
        await office.register(BUREAU, source_for={MARKET: [NEW]})
        approval = an_approval(a_person(), certificate_type=NEW, certificate_name=None)
        before = await office.post(approval)
        await swap(office)
        again = await office.post(approval)
        assert (before.status_code, again.status_code) == (201, 200)
        assert before.json() == again.json()
        fresh = await office.post(an_approval(a_person(), certificate_name="测试证"))
        assert f".{OFFICIAL}." in fresh.json()["identifier"]

    async def test_ends_the_changes_under_the_old_code(self, office: Office) -> None:
        await put(office)
        await swap(office)
        answer = await put(office, name="再改")
        assert (answer.status_code, answer.json()["code"]) == (409, "certificate_type_swapped")
        assert (await get(office, NEW, version=1)).json()["name"] == "测试证"

    async def test_is_not_taken_back(self, office: Office) -> None:
        await put(office)
        await swap(office)
        answer = await swap(office, formerly=[])
        assert [fault["path"] for fault in answer.json()["faults"]] == ["formerly"]

    async def test_takes_over_the_codes_that_the_other_had_before(self, office: Office) -> None:
        await put(office)
        await swap(office)
        third = "11100000MB9999900G991"
        path = f"/v1/certificate-types/{third}"
        answer = await put(office, path=path, certificate_type=third, formerly=[OFFICIAL])
        assert NEW in answer.json()["detail"]
        answer = await put(office, path=path, certificate_type=third, formerly=[NEW, OFFICIAL])
        assert answer.status_code == 200
        assert (await get(office, NEW)).json()["certificate_type"] == third

    async def test_of_one_code_by_two_types_is_refused(self, office: Office) -> None:
        await put(office)
        await swap(office)
        third = "11100000MB9999900G991"
        path, name = f"/v1/certificate-types/{third}", "第三证"
        answer = await put(office, path=path, certificate_type=third, name=name, formerly=[NEW])
        assert [fault["path"] for fault in answer.json()["faults"]] == ["formerly.0"]


class TestTheCatalogueOfAnotherProcess:
    async def test_is_a_second_late_at_most(self, office: Office) -> None:
        seconds = Seconds()
        other = a_process(office, a_type(), seconds=seconds)
        assert await name_of(other) == "测试证"
        await put(office, name="二")
        seconds.now = FRESH_S - 0.001
        assert await name_of(other) == "测试证"
        seconds.now = FRESH_S
        assert await name_of(other) == "二"

    async def test_reads_once_for_all_who_ask_at_one_moment(self, office: Office) -> None:
        other = a_process(office, a_type())
        await other.catalogue()
        reads: list[str] = []
        find = office.documents.find

        async def counted(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - stands for the method
            reads.append("find")
            return await find(*arguments, **named)

        office.documents.find = counted  # type: ignore[method-assign]
        await asyncio.gather(*(a_store.catalogue() for a_store in [a_process(office)] * 20))
        assert reads == ["find"]

    async def test_of_whoever_published_is_not_late_at_all(self, office: Office) -> None:
        await office.client.get("/v1/certificate-types")
        await put(office)
        assert (await get(office)).status_code == 200

    async def test_says_that_the_database_is_away_and_not_that_a_type_is_unknown(
        self, office: Office
    ) -> None:
        office.wavering.silent_at = ("find", 1)
        store = a_process(office, a_type())
        with pytest.raises(Exception, match="taken away"):
            await store.catalogue()

    async def test_of_a_type_published_by_two_at_once_has_one_first_version(self, office: Office) -> None:
        first, second = a_process(office), a_process(office)
        one = replace(a_type(), version=1)
        await first.keep(one, by="admin")
        with pytest.raises(Stale):
            await second.keep(one, by="admin")
        with pytest.raises(Stale):
            await second.keep(replace(one, version=3), by="admin")


class TestOwnFieldsOverHttp:
    async def test_reach_space_with_the_certificate(self, office: Office) -> None:
        said = {"business_place": "城关镇七夕路2号", "business_form": "食品销售经营者"}
        assert (await office.post(an_approval(a_shop(), fields=said))).status_code == 201
        (event,) = await office.issued()
        assert office.open(event)["fields"].items() >= said.items()

    async def test_are_refused_with_every_fault(self, office: Office) -> None:
        said = {"business_form": "路边摊", "colour": ["red"]}
        answer = await office.post(an_approval(a_shop(), fields=said, certificate_number="2"))
        assert (answer.status_code, answer.json()["code"]) == (422, "approval_content_wrong")
        paths = [fault["path"] for fault in answer.json()["faults"]]
        assert paths == ["certificate_number", "fields.colour", "fields.business_form"]
        assert "路边摊" not in json.dumps(answer.json(), ensure_ascii=False)

    @pytest.mark.parametrize("said", ["text", 7, ["a"]])
    async def test_are_an_object(self, office: Office, said: object) -> None:
        answer = await office.post(an_approval(a_shop(), fields=said))
        assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")

    async def test_come_over_the_topic_too(self, office: Office) -> None:
        said = {"business_form": "食品销售经营者"}
        await office.say(case(office, "with-fields", an_approval(a_shop(), fields=said)))
        (event,) = await office.issued()
        assert office.open(event)["fields"].items() >= said.items()

    async def test_that_are_wrong_on_the_topic_go_to_the_dead_letters(self, office: Office) -> None:
        await office.say(case(office, "wrong", an_approval(a_shop(), fields={"colour": "red"})))
        ((subject, cause),) = await dead_letters(office, count=1)
        assert (subject, "approval_content_wrong" in cause or "fields.colour" in cause) == ("wrong", True)
