"""`python -m services.certs audit --backfill`: what was issued before the log began gets its leaves too."""

import json
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import pytest

from services.certs import __main__ as entrance
from services.certs.domain import Fact
from services.certs.handlers import evidence as room
from services.certs.settings import CertsSettings
from services.certs.store import histories
from services.certs.transparency import FactLog
from tests.certs.office import Office, eventually
from tests.certs.test_auditing import settings
from tests.certs.test_changes import change
from tests.certs.test_corrections import correct
from tests.certs.test_log import evidence, issue, kept, logged
from tests.certs.test_renewals import post, renewing
from tests.world.people import a_shop, an_approval

__all__ = ["settings"]
Caught = list[Fact]


@pytest.fixture
def lost(office: Office, monkeypatch: pytest.MonkeyPatch) -> Caught:
    """What the log hears it forgets, as if it were not there yet; and nothing is on its way for an hour."""
    caught: Caught = []

    async def add(facts: Sequence[Fact]) -> None:
        caught.extend(facts)

    monkeypatch.setattr(office.parts.facts, "add", add)
    monkeypatch.setattr(room, "ON_THEIR_WAY", timedelta(0))
    return caught


async def a_life(office: Office) -> str:
    """Of six versions: two renewals' worth of changes, and a correction to another holder."""
    first = an_approval(a_shop())
    certificate_id = str((await post(office, first))["certificate_id"])
    second = renewing(first)
    for step in (
        change(office, certificate_id, "suspend", case_number="1号"),
        change(office, certificate_id, "resume", case_number="2号"),
        office.post(second),
        correct(office, certificate_id, second | {"holder": a_shop()}, case_number="3号"),
        change(office, certificate_id, "revoke", case_number="4号"),
    ):
        answer = await step
        assert answer.is_success, answer.text
    return certificate_id


async def heard(caught: Caught, count: int) -> dict[str, Fact]:
    async def there() -> dict[str, Fact]:
        facts = {one.id: one for one in caught}
        return facts if len(facts) >= count else {}

    return await eventually(there)


def there_is_a_log_again(office: Office, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(office.parts.facts, "add", partial(FactLog.add, office.parts.facts))


class TestAHistory:
    async def test_tells_of_each_version_what_was_said_of_it(self, office: Office, lost: Caught) -> None:
        certificate_id = await a_life(office)
        facts = await heard(lost, 7)
        told = await office.parts.histories.facts(certificate_id)
        assert sorted(told) == [1, 2, 3, 4, 5, 6]
        said = [json.loads(one.record) for one in facts.values()]
        # The correction was a removal to the wrong holder, and to the right one a new certificate.
        for version, one in told.items():
            same = [each for each in said if each["version"] == version and each["state"] != "removed"]
            assert same == [json.loads(one.record) if version != 5 else _told_as_new(one)]

    async def test_of_one_that_was_issued_is_the_same_event(self, office: Office, lost: Caught) -> None:
        event = await issue(office)
        ((ce_id, fact),) = (await heard(lost, 1)).items()
        assert (await office.parts.histories.facts(event.certificate_id))[1] == fact
        assert fact.id == ce_id

    async def test_is_not_told_where_every_holder_was_erased(self, office: Office, lost: Caught) -> None:
        event = await issue(office)
        await heard(lost, 1)
        await office.parts.vault.forget(event.holder_id, "record")
        assert await office.parts.histories.facts(event.certificate_id) == {}

    async def test_is_read_however_many_changed_in_one_moment(
        self, office: Office, lost: Caught, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(histories, "_PAGE", 2)
        made = {(await issue(office)).certificate_id for _ in range(5)}
        documents = kept(office, "certificates")
        for one in documents[:4]:
            one["changed_at"] = documents[0]["changed_at"]
        now = office.engines.clock.now() + timedelta(seconds=1)
        pages = [page async for page in office.parts.histories.pages(before=now)]
        assert sorted(one.certificate_id for page in pages for one in page) == sorted(made)
        assert len(pages) > 1


class TestTheAudit:
    async def test_finds_what_has_no_leaf_and_backfill_gives_it_one(
        self,
        office: Office,
        settings: CertsSettings,
        lost: Caught,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        certificate_id = await a_life(office)
        await heard(lost, 7)
        there_is_a_log_again(office, monkeypatch)
        await issue(office)
        await logged(office, count=1)
        assert await entrance.audit_log(settings, []) == 3
        assert "6 versions of certificates have NO LEAF" in capsys.readouterr().err
        assert await entrance.audit_log(settings, ["--backfill"]) == 0
        assert "6 versions of certificates were handed in" in capsys.readouterr().out
        await logged(office, count=7)
        assert await entrance.audit_log(settings, []) == 0
        assert "version" not in capsys.readouterr().out
        found = await evidence(office, certificate_id, version=4)
        assert json.loads(str(found["record"]))["change"] == "renew"

    async def test_counts_apart_what_nobody_can_tell_any_more(
        self, office: Office, settings: CertsSettings, lost: Caught, capsys: pytest.CaptureFixture[str]
    ) -> None:
        await a_life(office)
        await heard(lost, 7)
        kept(office, "certificates")[0]["moves"].pop()
        assert await entrance.audit_log(settings, ["--backfill"]) == 0
        assert "6 versions of certificates have no leaf, and nobody knows" in capsys.readouterr().out

    async def test_waits_for_what_may_be_on_its_way(
        self,
        office: Office,
        settings: CertsSettings,
        lost: Caught,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        await issue(office)
        await heard(lost, 1)
        monkeypatch.setattr(room, "ON_THEIR_WAY", timedelta(hours=1))
        assert await entrance.audit_log(settings, []) == 0


def _told_as_new(one: Fact) -> dict[str, object]:
    said: dict[str, object] = json.loads(one.record)
    return {name: value for name, value in said.items() if name != "change"}
