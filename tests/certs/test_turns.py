"""A change of one certificate goes before a file."""

import asyncio

import pytest

from services.certs.handlers import turns as rule
from services.certs.handlers.turns import Turns


class TestTurns:
    async def test_let_a_file_go_on_when_nobody_is_at_work(self) -> None:
        turns = Turns()
        await asyncio.wait_for(turns.last(), 5)
        with turns.first():
            pass
        await asyncio.wait_for(turns.last(), 5)

    async def test_hold_a_file_back_while_anybody_is_at_work(self) -> None:
        turns = Turns()
        with turns.first():
            with turns.first():
                file = asyncio.create_task(turns.last())
                await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert not file.done()
        await asyncio.wait_for(file, 5)

    async def test_hold_no_file_back_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rule, "PATIENCE_S", 0.01)
        turns = Turns()
        with turns.first():
            await asyncio.wait_for(turns.last(), 5)
