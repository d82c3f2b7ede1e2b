"""One signed POST, to a real server on this machine."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from services.notify.domain import Answer, Delivery
from services.notify.webhooks import HttpSender, NetworkGuard, networks, secret_text
from tests.notify.parts import a_subscription, endpoint

BODY = '{"id":"e1","data":{"state":"有效"}}'
SECRET = bytes(range(32))


def a_delivery() -> Delivery:
    now = datetime.now(UTC)
    return Delivery(id="e1:s1", subscription_id="s1", event_id="e1", type="t", body=BODY, at=now, next_at=now)


@pytest.fixture
async def sender() -> AsyncIterator[HttpSender]:
    async with HttpSender(NetworkGuard(networks("127.0.0.0/8")), timeout=timedelta(seconds=5)) as opened:
        yield opened


async def send(sender: HttpSender, url: str, *, at: datetime | None = None) -> Answer:
    to = a_subscription(url=url, secret=SECRET)
    return await sender.send(a_delivery(), to, at=at or datetime.now(UTC))


class Listening:
    """Keeps requests and gives one answer."""

    def __init__(self, status: int = 204, **headers: str) -> None:
        self.status, self.headers = status, headers
        self.requests: list[tuple[dict[str, str], bytes]] = []

    async def take(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        return web.Response(status=self.status, headers=self.headers)


class TestAWebhook:
    async def test_is_verified_by_the_reference_and_not_with_one_byte_changed(
        self, sender: HttpSender
    ) -> None:
        listening = Listening()
        async with endpoint(listening.take) as url:
            assert await send(sender, url) == Answer(taken=True, status=204)
        ((headers, body),) = listening.requests
        webhook = Webhook(secret_text(SECRET))
        assert webhook.verify(body, headers)["id"] == headers["webhook-id"] == "e1"
        assert headers["Content-Type"] == "application/json"
        for place in range(len(body)):
            changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
            with pytest.raises((WebhookVerificationError, UnicodeDecodeError)):
                webhook.verify(changed, headers)
        for name, other in (
            ("webhook-id", "e2"),
            ("webhook-timestamp", str(int(headers["webhook-timestamp"]) - 1)),
        ):
            with pytest.raises(WebhookVerificationError):
                webhook.verify(body, headers | {name: other})

    async def test_is_signed_with_the_time_of_each_try(self, sender: HttpSender) -> None:
        listening = Listening()
        async with endpoint(listening.take) as url:
            for minute in (1, 2):
                await send(sender, url, at=datetime(2026, 3, 6, 0, minute, tzinfo=UTC))
        (one, _), (other, _) = listening.requests
        assert int(other["webhook-timestamp"]) - int(one["webhook-timestamp"]) == 60
        assert one["webhook-id"] == other["webhook-id"]
        assert one["webhook-signature"] != other["webhook-signature"]

    async def test_does_not_follow_a_redirect(self, sender: HttpSender) -> None:
        target = Listening()
        async with (
            endpoint(target.take) as elsewhere,
            endpoint(Listening(302, Location=elsewhere).take) as url,
        ):
            answer = await send(sender, url)
        assert (answer.taken, answer.status, target.requests) == (False, 302, [])

    async def test_goes_past_the_proxy_of_the_environment(
        self, sender: HttpSender, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
        async with endpoint(Listening().take) as url:
            assert (await send(sender, url)).taken

    async def test_is_not_sent_to_an_address_that_is_closed(self) -> None:
        listening = Listening()
        async with (
            endpoint(listening.take) as url,
            HttpSender(NetworkGuard(()), timeout=timedelta(seconds=5)) as shut,
        ):
            for address in (url, url.replace("127.0.0.1", "localhost"), url.replace("127.0.0.1", "127.1")):
                assert await send(shut, address) == Answer(error="address_refused")
        assert listening.requests == []


class TestAnAnswer:
    async def test_that_says_gone_is_told_from_other_refusals(self, sender: HttpSender) -> None:
        async with endpoint(Listening(HTTPStatus.GONE).take) as gone, endpoint(Listening(500).take) as broken:
            assert await send(sender, gone) == Answer(gone=True, status=410, error="refused")
            assert await send(sender, broken) == Answer(status=500, error="refused")

    @pytest.mark.parametrize(
        ("said", "wait"),
        [
            ("120", timedelta(seconds=120)),
            ("Fri, 06 Mar 2026 00:02:00 GMT", timedelta(seconds=120)),
            ("Thu, 05 Mar 2026 00:00:00 GMT", timedelta()),
            ("soon", None),
            ("-5", None),
            ("9" * 400, None),
        ],
    )
    async def test_may_ask_for_time(self, sender: HttpSender, said: str, wait: timedelta | None) -> None:
        async with endpoint(Listening(503, **{"Retry-After": said}).take) as url:
            answer = await send(sender, url, at=datetime(2026, 3, 6, tzinfo=UTC))
        assert answer.retry_after == wait

    @pytest.mark.parametrize(
        "rest",
        [
            b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
            b"Content-Encoding: br\r\nContent-Length: 4\r\n\r\nabcd",
            b"Content-Length: 400\r\n\r\ncut off",
        ],
    )
    async def test_that_says_taken_is_taken_whatever_follows(self, sender: HttpSender, rest: bytes) -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"}}")
            writer.write(b"HTTP/1.1 200 OK\r\n" + rest)
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1") as server:
            port = server.sockets[0].getsockname()[1]
            assert await send(sender, f"http://127.0.0.1:{port}/") == Answer(taken=True, status=200)

    async def test_that_never_ends_is_cut_off(self) -> None:
        async def endless(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse()
            await response.prepare(request)
            await asyncio.Event().wait()
            return response

        guard = NetworkGuard(networks("127.0.0.0/8"))
        async with HttpSender(guard, timeout=timedelta(seconds=0.5)) as hurried, endpoint(endless) as url:
            assert await send(hurried, url) == Answer(taken=True, status=200)

    async def test_that_never_comes_is_a_timeout(self) -> None:
        guard = NetworkGuard(networks("127.0.0.0/8"))
        async with HttpSender(guard, timeout=timedelta(milliseconds=50)) as hurried, endpoint(silent) as url:
            assert await send(hurried, url) == Answer(error="timeout")

    async def test_of_nobody_is_an_error_by_its_kind(self, sender: HttpSender) -> None:
        async with endpoint(Listening().take) as url:
            pass
        answer = await send(sender, url)
        assert (answer.taken, answer.status, answer.error) == (False, None, "ClientConnectorError")


async def silent(request: web.Request) -> web.Response:
    await asyncio.Event().wait()
    raise AssertionError
