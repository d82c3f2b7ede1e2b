"""What holders are told."""

from collections.abc import Sequence
from datetime import datetime

from services.kernel.clock import Clock
from services.kernel.event import Heard
from services.kernel.keys.tokens import Caller
from services.notify import domain, ports
from services.notify.domain import CLOCKS_APART, Message, ToldHolder
from services.notify.events import HolderErased, OrganisationRegistered


class Inbox:
    """Messages to holders."""

    def __init__(
        self, messages: ports.Messages, names: ports.Names, words: ports.Words, clock: Clock
    ) -> None:
        self._messages, self._names, self._words, self._clock = messages, names, words, clock

    async def tell_holders(self, batch: Sequence[Heard[ToldHolder]]) -> None:
        """Put one message into the inbox of its holder for each event that the holder is to hear of."""
        await self._names.learn(domain.names(heard.event for heard in batch))
        await self._messages.keep([domain.message(one) for one in batch if domain.is_for_holder(one.event)])

    async def learn_organisations(self, batch: Sequence[Heard[OrganisationRegistered]]) -> None:
        """Know also those that use certificates and issue none, and each by the name that it has now."""
        await self._names.register([heard.event for heard in batch if heard.event.name.strip()])

    async def forget_holders(self, batch: Sequence[Heard[HolderErased]]) -> None:
        """Make the messages of an erased holder unreadable; those told since then stay."""
        for heard in batch:
            await self._messages.forget(heard.event.holder_id, version=heard.event.version)

    async def read(
        self, caller: Caller, *, before: datetime | None, limit: int
    ) -> list[tuple[Message, str, str]]:
        """Give the caller's own messages, newest first, each with its text in Chinese and in English."""
        end = before or self._clock.now() + CLOCKS_APART
        found = await self._messages.newest(caller.holder_ids, before=end, limit=limit)
        names = await self._names.of(domain.codes(found))
        return [(one, *self._words(one, names)) for one in found]
