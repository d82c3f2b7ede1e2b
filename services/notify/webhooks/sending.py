"""One signed POST to a partner's endpoint."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self

import aiohttp

from services.kernel.errors import Gone, http_status
from services.notify.domain import Answer, Delivery, Subscription
from services.notify.ports import WebhookUrlInvalid
from services.notify.webhooks.addresses import AddressRefused, NetworkGuard, parse
from services.notify.webhooks.signing import signed_headers

_USER_AGENT = "Yima-Webhooks/1"
# An answer that is read to its end lets the connection serve the next delivery; longer ones are cut off.
_LONGEST_ANSWER = 64 * 1024
_ANSWER_WITHIN_S = 1.0


class HttpSender:
    """Open it (`async with`) before use. No redirects, no cookies, no proxy from the environment."""

    def __init__(self, guard: NetworkGuard, *, timeout: timedelta) -> None:
        self._guard = guard
        self._timeout = aiohttp.ClientTimeout(total=timeout.total_seconds())
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open it."""
        # Names are resolved, and judged, for each connection anew.
        # How many at once is the courier's business: two endpoints on one host are still two.
        connector = aiohttp.TCPConnector(resolver=self._guard, use_dns_cache=False, limit=0)
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": _USER_AGENT, "Content-Type": "application/json"},
            trust_env=False,
            # Nobody reads what comes after the status, so nothing that is packed small is unpacked.
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        if self._session:
            await self._session.close()

    async def send(self, delivery: Delivery, to: Subscription, *, at: datetime) -> Answer:
        """Send it once; errors are named by kind: an endpoint's own words have no place in our store."""
        if self._session is None:
            raise RuntimeError("the sender is not open")
        body = delivery.body.encode()
        headers = signed_headers(to.secret, event_id=delivery.event_id, at=at, body=body)
        try:
            url = parse(to.url)
            if not any(letter.isalpha() for letter in str(url.host)) or ":" in str(url.host):
                # aiohttp does not ask its resolver about what looks like an address.
                await self._guard.resolve(str(url.raw_host), url.port or 0)
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                await _read_some(response)
                return _answer(response.status, response.headers.get("Retry-After"), at)
        except (AddressRefused, WebhookUrlInvalid):
            return Answer(error="address_refused")
        except TimeoutError:
            return Answer(error="timeout")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            refused = isinstance(error.__cause__, AddressRefused)
            return Answer(error="address_refused" if refused else type(error).__name__)


async def _read_some(response: aiohttp.ClientResponse) -> None:
    """The endpoint has answered with its status: whatever is wrong with the rest takes nothing back."""
    left = _LONGEST_ANSWER
    with suppress(aiohttp.ClientError, TimeoutError):
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            while left > 0 and (part := await response.content.read(left)):
                left -= len(part)


def _answer(status: int, retry_after: str | None, at: datetime) -> Answer:
    taken = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
    return Answer(
        taken=taken,
        gone=status == http_status(Gone),
        status=status,
        error=None if taken else "refused",
        retry_after=_wait(retry_after, at) if retry_after and not taken else None,
    )


def _wait(retry_after: str, at: datetime) -> timedelta | None:
    """Read seconds or an HTTP date (RFC 9110, 10.2.3); what cannot be read says nothing."""
    try:
        if retry_after.isdecimal():
            return timedelta(seconds=int(retry_after))
        return max(parsedate_to_datetime(retry_after).astimezone(UTC) - at, timedelta())
    except (ValueError, OverflowError):
        return None
