"""A token lives ten minutes; a freeze and the end of a mandate are at once."""

from collections.abc import AsyncIterator

import pytest

from services.identity.domain.mandates import Mandate
from services.identity.handlers.consents import follow_mine
from services.identity.store import MANDATES, KeptMandates
from services.kernel.errors import Refusal
from services.kernel.keys.callers import Caller
from tests.identity.office import Json, Office
from tests.identity.test_consent import MANDATE, mandated
from tests.identity.test_mandates import world_of
from tests.identity.test_standings import NUMBERED, act

HOLDERS = [
    ("GET", "/v1/me"),
    ("GET", "/v1/me/export"),
    ("POST", "/v1/me/freeze"),
    ("POST", "/v1/me/unfreeze"),
    ("POST", "/v1/me/erasure"),
    ("POST", "/v1/me/emergency-codes"),
    ("GET", "/v1/me/paper-codes"),
    ("GET", "/v1/me/scans"),
    ("GET", "/v1/mandates"),
    ("POST", "/v1/codes"),
]
BODY = {"reason": "手机找回", "concessions": []}


async def told(office: Office, method: str, path: str, token: str) -> tuple[int, str]:
    request: Json = {"json": BODY} if method == "POST" else {}
    answer = await office.call(method, path, token, **request)
    return answer.status_code, str(answer.json().get("code"))


@pytest.mark.parametrize(("method", "path"), HOLDERS)
class TestAStolenPhone:
    async def test_can_do_nothing_more_with_what_was_signed_in_before_the_freeze(
        self, office: Office, method: str, path: str
    ) -> None:
        stolen = await office.resident(await office.holder_id())
        office.clock.forward(minutes=2)
        await act(office, "freeze", NUMBERED, "hotline")
        assert await told(office, method, path, stolen) == (403, "holder_frozen")
        office.clock.forward(seconds=1)
        await act(office, "unfreeze", NUMBERED)
        assert await told(office, method, path, stolen) == (401, "session_ended")

    async def test_is_not_the_one_who_signs_in_again(self, office: Office, method: str, path: str) -> None:
        holder_id = await office.holder_id()
        await act(office, "freeze", NUMBERED, "hotline")
        await act(office, "unfreeze", NUMBERED)
        office.clock.forward(seconds=1)
        status, code = await told(office, method, path, await office.resident(holder_id))
        assert status < 300, code


async def end(office: Office) -> None:
    """As either side would."""
    kept = KeptMandates(office.documents, office.aggregates(MANDATES))
    found = await kept.find(MANDATE)
    assert isinstance(found, Mandate)
    ended = found.ended(at=office.clock.now())
    assert ended is not None
    await kept.change(ended)


class TestAnEndedMandate:
    @pytest.mark.parametrize(("method", "path"), HOLDERS)
    async def test_opens_nothing_whatever_the_token_says(
        self, office: Office, method: str, path: str
    ) -> None:
        _, _, acting = await mandated(office)
        await end(office)
        assert await told(office, method, path, acting) == (410, "mandate_ended")

    async def test_ends_the_stream_that_it_opened(self, office: Office) -> None:
        await mandated(office)
        principal = (await KeptMandates(office.documents, office.aggregates(MANDATES)).find(MANDATE)) or None
        assert principal is not None
        caller = Caller(
            subject=principal.principal,
            kind="resident",
            client_id="portal",
            holder_ids=(principal.principal,),
            actor=principal.agent,
            mandate_id=MANDATE,
            signed_in_at=office.clock.now(),
        )
        seen: AsyncIterator[object] = follow_mine(world_of(office), caller)
        assert await anext(seen) is None
        await end(office)
        with pytest.raises(Refusal):
            [_ async for _ in seen]
