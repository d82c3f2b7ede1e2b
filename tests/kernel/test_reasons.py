"""The closed list of reasons, in two languages."""

import pytest

from services.kernel import errors, event
from services.kernel.errors import Failure
from services.kernel.outbox import aggregates
from services.kernel.reasons import reasons
from services.kernel.store import documents
from services.kernel.stream import bus, hearing


class TestReasons:
    def test_say_what_happened_and_what_to_do_in_both_languages(self) -> None:
        for code, reason in reasons().items():
            texts = (reason.zh, reason.en, reason.next_zh, reason.next_en)
            assert all(text.strip() for text in texts), code

    def test_are_read_once_a_process(self) -> None:
        assert reasons() is reasons()

    @pytest.mark.parametrize(
        "kind",
        [
            errors.Unavailable,
            errors.Unexpected,
            event.EventMalformed,
            documents.DatabaseUnavailable,
            bus.BrokerUnavailable,
            aggregates.Stale,
            aggregates.OutboxFull,
            hearing.EventVersionUnknown,
            hearing.ListenerFailed,
        ],
    )
    def test_have_a_word_for_every_failure_of_the_core(self, kind: type[Failure]) -> None:
        assert kind.code in reasons()
