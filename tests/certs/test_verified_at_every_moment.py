"""An acknowledged revocation is seen by every verification online that starts after it: four clients.

The histories and their checker are those of `test_at_every_moment.py`; they read by verifying.
"""

from collections import deque
from pathlib import Path
from typing import Any

import pytest

from services.certs.domain.printed_code import PrintedCodes
from services.certs.domain.register import Record
from services.certs.store import RecordStore
from services.kernel.keys.secrets import read_key
from tests.certs.office import Office, an_office
from tests.certs.papers import printed, shown
from tests.certs.test_at_every_moment import CALLS, CERTIFICATES, clients
from tests.world.clients import Clients
from tests.world.histories import Got, NoOrderExplains, check, unseen
from tests.world.yielding import Yielding


class StaleRecords(RecordStore):
    """The planted bug: a record is answered from a cache, a few times each, and no change empties it."""

    ANSWERS = 12

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._cached: dict[Any, deque[Record]] = {}

    async def find_printed(self, printed: Any) -> Record | None:  # noqa: ANN401 - as its base has it
        cached = self._cached.setdefault(printed, deque())
        if not cached and (found := await super().find_printed(printed)):
            cached.extend([found] * self.ANSWERS)
        return cached.popleft() if cached else None


def verifiers(office: Office, seed: int = 1) -> Clients:
    """They change certificates as authorities do, and look them up as anybody does."""
    codes = PrintedCodes(read_key(office.secrets_dir / "certs" / "printed.key"))

    async def read(certificate_id: str) -> Got | None:
        await printed(office, certificate_id)
        answer = (await shown(office, codes.of(certificate_id, 1))).json()
        return Got(how="seen", state=answer["shown"]["state"]) if answer["shown"] else None

    players = clients(office, seed)
    players.read = read
    return players


class TestVerification:
    @pytest.mark.parametrize("seed", range(2))
    async def test_sees_every_change_that_was_acknowledged_before_it(
        self, secrets_dir: Path, seed: int
    ) -> None:
        async with an_office(secrets_dir, kept_in=Yielding(), verifications_a_minute=100_000) as office:
            history = await verifiers(office, seed).play(certificates=CERTIFICATES, calls=CALLS)
        check(history)
        assert unseen(history) == []
        assert len([one for one in history if one.what == "read"]) > 100

    async def test_out_of_a_stale_cache_would_be_found_out(
        self, secrets_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.certs.parts.RecordStore", StaleRecords)
        async with an_office(secrets_dir, verifications_a_minute=100_000) as office:
            history = await verifiers(office).play(certificates=CERTIFICATES, calls=CALLS)
        assert unseen(history)
        with pytest.raises(NoOrderExplains):
            check(history)
