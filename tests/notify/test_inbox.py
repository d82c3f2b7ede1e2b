"""Messages as they are kept and read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.kernel.event import Heard
from services.kernel.keys.tokens import Caller
from services.kernel.keys.vault import Vault
from services.kernel.store.memory import MemoryDocuments
from services.notify.domain import EventTypeUnknown, event_types, message
from services.notify.events import EntryAdded, HolderErased, OrganisationRegistered, ScanRecorded
from services.notify.store import MESSAGES
from services.notify.text import words
from tests.notify.parts import (
    ALICE,
    BOB,
    BUREAU,
    MASTER,
    HandClock,
    Process,
    ScriptedSender,
    an_access,
    an_entry,
)
from tests.notify.personal import a_mandate, a_reuse, a_scan, a_standing

CALLER = Caller(subject=ALICE, kind="resident", client_id="portal", holder_ids=(ALICE,))


def a_process(documents: MemoryDocuments, clock: HandClock) -> Process:
    return Process(documents, clock, ScriptedSender())


def an_erasure() -> Heard[HolderErased]:
    event = HolderErased(holder_id=ALICE, version=2, erased_at=datetime(2026, 3, 9, tzinfo=UTC))
    return Heard(
        id="g1", type=event.type, source="/identity", subject=ALICE, time=event.erased_at, event=event
    )


def a_registration(version: int, name: str) -> Heard[OrganisationRegistered]:
    said = OrganisationRegistered(organisation=BUREAU, version=version, name=name)
    envelope = {field: getattr(an_access(), field) for field in ("id", "source", "subject", "time")}
    return Heard(type=said.type, event=said, **envelope)


class TestAnInbox:
    async def test_gets_no_message_twice_for_a_repeated_event(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        for _ in range(2):
            await a_process(documents, clock).hear(an_entry(), an_entry(), an_access())
        assert [one.id for one in await a_process(documents, clock).messages_of(ALICE)] == [
            "a1:inbox",
            "e1:inbox",
        ]

    async def test_calls_an_organisation_by_name_that_issues_nothing(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        process = a_process(documents, clock)
        code = BUREAU
        await process.inbox.learn_organisations([a_registration(1, "郧西县农村信用社")])
        await process.hear(an_access())
        ((_, zh, en),) = await process.inbox.read(CALLER, before=None, limit=1)
        assert zh.startswith("郧西县农村信用社")
        assert en.startswith("郧西县农村信用社")
        assert code not in zh + en

    async def test_calls_an_organisation_by_the_name_that_it_has_now(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        """Whatever an approval called it first, and in whichever order its registrations come."""
        process, other = a_process(documents, clock), a_process(documents, clock)
        await process.hear(an_entry(), an_access())
        await other.inbox.learn_organisations([a_registration(2, "郧西县农村商业银行")])
        await process.inbox.learn_organisations([a_registration(1, "郧西县农村信用社")])
        told = await process.inbox.read(CALLER, before=None, limit=2)
        assert [zh for _, zh, _ in told if zh.startswith("郧西县农村商业银行")]

    async def test_gets_none_before_it_is_known_to_be_the_right_holders(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        """Said again with the same id, it is a message then; the partners have it from the first time."""
        process = a_process(documents, clock)
        told = an_entry()
        assert isinstance(told.event, EntryAdded)
        early = replace(told, event=replace(told.event, audience="partners"))
        await process.hear(early)
        assert await process.messages_of(ALICE) == []
        await process.hear(told, early)
        assert [one.id for one in await process.messages_of(ALICE)] == ["e1:inbox"]

    async def test_gets_a_message_for_its_own_holder_only(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        process = a_process(documents, clock)
        await process.hear(an_entry(1), an_entry(2, holder_id=BOB))
        assert [one.id for one in await process.messages_of(ALICE)] == ["e1:inbox"]
        assert [one.id for one in await process.messages_of(BOB)] == ["e2:inbox"]
        assert len(await process.messages_of(ALICE, BOB)) == 2

    async def test_is_read_in_both_languages_with_the_names_that_were_heard(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        process = a_process(documents, clock)
        await process.hear(an_entry(), an_access())
        (_, pulled_zh, pulled_en), (_, added_zh, added_en) = await process.inbox.read(
            CALLER, before=None, limit=10
        )
        assert "郧西县市场监督管理局3号窗口" in pulled_zh
        assert "《食品经营许可证》" in pulled_zh
        assert "used your" in pulled_en
        assert "签发" in added_zh
        assert "was issued by" in added_en

    async def test_keeps_nothing_of_a_message_in_the_clear(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        await a_process(documents, clock).hear(an_entry(), an_access())
        kept = repr(await documents.find(MESSAGES, {}))
        assert [word for word in ("食品", "郧西", "op-0017", "3号窗口", "变更") if word in kept] == []

    async def test_is_empty_once_its_key_is_gone(self, documents: MemoryDocuments, clock: HandClock) -> None:
        await a_process(documents, clock).hear(an_entry(1), an_entry(2, holder_id=BOB))
        await Vault(documents, MASTER).forget(ALICE, "own")
        assert [one.holder_id for one in await a_process(documents, clock).messages_of(ALICE, BOB)] == [BOB]

    async def test_page_never_parts_messages_of_one_time(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        process = a_process(documents, clock)
        start = datetime(2026, 3, 6, tzinfo=UTC)
        times = [start + timedelta(minutes=number // 3) for number in range(9)]
        await process.hear(*(an_entry(number, at=at) for number, at in enumerate(times)))
        seen: list[str] = []
        before = clock.now() + timedelta(days=1000)
        while found := await process.messages.newest([ALICE], before=before, limit=2):
            assert len(found) == 3
            seen += [one.id for one in found]
            before = found[-1].at
        assert len(seen) == len(set(seen)) == 9

    async def test_holds_what_identity_says_once_and_partners_hear_nothing_of_it(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        process = a_process(documents, clock)
        for _ in range(2):
            await process.inbox.tell_holders([a_scan(), a_standing("frozen", "hotline")])
        kept = await process.messages_of(ALICE)
        assert sorted(one.kind for one in kept) == ["code_scanned", "codes_frozen"]
        with pytest.raises(EventTypeUnknown):
            event_types([ScanRecorded.type])

    async def test_reads_the_same_from_the_store_as_it_was_told(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        process = a_process(documents, clock)
        told = [a_scan(), a_standing("active", "holder"), a_mandate(), a_reuse()]
        await process.inbox.tell_holders(told)
        read = {zh for _, zh, _ in await process.inbox.read(CALLER, before=None, limit=10)}
        assert read == {words(message(one), {})[0] for one in told}


class TestAnErasure:
    async def test_makes_all_that_was_told_before_unreadable(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        process = a_process(documents, clock)
        await process.hear(an_entry(1), an_entry(2, holder_id=BOB))
        await process.inbox.forget_holders([an_erasure()])
        assert [one.id for one in await process.messages_of(ALICE, BOB)] == ["e2:inbox"]

    async def test_heard_again_leaves_what_was_told_since(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        await a_process(documents, clock).hear(an_entry(1))
        await a_process(documents, clock).inbox.forget_holders([an_erasure()])
        await a_process(documents, clock).hear(an_entry(2))
        await a_process(documents, clock).inbox.forget_holders([an_erasure()])
        assert [one.id for one in await a_process(documents, clock).messages_of(ALICE)] == ["e2:inbox"]
