"""What the measurements send is what the services take, and what they wait for is what will be stored."""

import io
import os
from datetime import UTC, date, datetime

import msgspec

from bench import machine
from bench.holders import approval, holder, sheet
from bench.road import message_id, serial_of_holder
from services.certs.domain import Approval
from services.certs.sheets import Row, read
from services.kernel.event import decode, entry, record
from services.kernel.holders import check_number
from services.notify.domain import message
from services.notify.events import EntryAdded as Heard
from services.space.events import EntryAdded


class TestSamples:
    def test_are_approvals_of_holders_with_valid_numbers(self) -> None:
        made = holder(7)
        assert check_number(made["id_type"], made["id_number"], today=date(2026, 3, 5)) == made["id_number"]
        assert msgspec.convert(approval(1, made), Approval).holder.name == made["name"]

    def test_give_every_fifth_approval_to_a_holder_who_has_one(self) -> None:
        assert [serial_of_holder(number) for number in range(10)] == [0, 1, 2, 3, 0, 5, 6, 7, 8, 5]

    def test_fill_a_file_whose_every_row_is_read(self) -> None:
        today = date(2026, 3, 5)
        rows = list(read(io.BytesIO(sheet(30, holders=12)), "bench.csv", today=today))
        approvals = [one for one in rows if isinstance(one, Row)]
        assert len({one.document_number for one in approvals}) == len(rows) == 30
        assert len({one.id_number for one in approvals}) == 12


class TestTheExpectedMessage:
    def test_has_the_id_that_notify_gives_it(self) -> None:
        said = EntryAdded(
            entry_id="e1",
            version=1,
            holder_id="H" * 26,
            certificate_type="t",
            certificate_name="n",
            state="valid",
            authority="a",
            authority_name="b",
            added_at=datetime(2026, 3, 5, tzinfo=UTC),
        )
        sent = record(entry(said, version=1, at=said.added_at))
        assert message(decode(Heard, sent)).id == message_id("e1", "H" * 26)


class TestTheMachine:
    def test_tells_a_process_by_its_memory_and_time_or_says_nothing(self) -> None:
        ours = {"us": os.getpid()}
        assert all(value > 1 for value in machine.memory(ours).values())
        assert machine.share(machine.cpu_seconds(ours), machine.cpu_seconds(ours), 1.0).keys() <= {
            "us",
            "bench itself",
            "whole machine",
        }
        assert machine.share({"a": 1.0, "gone": 1.0}, {"a": 2.0}, 4.0) == {"a": 25.0}

    def test_knows_what_others_took_of_it(self) -> None:
        assert machine.others({"kafka": 10.0, "certs-0": 20.0, "whole machine": 75.0}) == 45.0
        assert machine.others({"kafka": 10.0}) == 0.0
