"""Which addresses may be sent to: a partner's URL must not become a way into our own network.

A name is resolved and each address judged by what it reaches, at registration and again at every
connection, which then goes to that address and to no other (`NetworkGuard` is aiohttp's resolver).
"""

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from services.kernel.errors import Unavailable
from services.notify.ports import WebhookUrlInvalid

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST_URL = 2_000
RESOLVED_WITHIN_S = 5.0
# All that RFC 4291, 2.4 lets anybody use in public so far: outside of it lie site-local addresses
# (fec0::/10), IPv4-translated ones (::ffff:0:a.b.c.d) and what nobody has been given yet.
_PUBLIC_IPV6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
_IPV4_COMPATIBLE = IPv6Network("::/96")  # RFC 4291, 2.5.5.1; deprecated, and still routed by some


# Clouds' metadata services that are not link-local: of AWS (IPv6), Alibaba Cloud and Azure.
_METADATA = frozenset(map(ip_address, ("fd00:ec2::254", "100.100.100.200", "168.63.129.16")))


class AddressRefused(OSError):
    """Raised to aiohttp: no address that may be connected to."""


class NamesUnavailable(Unavailable):
    """Our own name server does not answer: that says nothing of the address."""


class NetworkGuard(AbstractResolver):
    """Public addresses are open; others only in the allowed networks, link-local and metadata ones never."""

    def __init__(self, allowed: Iterable[Network]) -> None:
        self._allowed = tuple(allowed)

    async def check(self, url: str) -> None:
        """Return if it may be sent to, or raise `WebhookUrlInvalid`.

        A name of ours that is closed and one that is nobody's are refused alike.
        """
        parsed = parse(url)
        try:
            async with asyncio.timeout(RESOLVED_WITHIN_S):
                await self.resolve(str(parsed.raw_host), parsed.port or 0)
        except OSError as error:
            if isinstance(error, TimeoutError) or error.errno == socket.EAI_AGAIN:
                raise NamesUnavailable("the host's name cannot be resolved at present") from error
            raise WebhookUrlInvalid("its host leads to no address that may be reached") from error
        except ValueError as error:
            raise WebhookUrlInvalid("its host cannot be a name") from error

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Give the addresses of a name that may be connected to, or raise `AddressRefused`."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        open_ones = [(kind, str(where[0])) for kind, _, _, _, where in found if self.permits(str(where[0]))]
        if not open_ones:
            raise AddressRefused("this network may not be reached")
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST
            )
            for kind, address in open_ones
        ]

    def permits(self, text: str) -> bool:
        """Whether this address may be connected to."""
        address = reached(ip_address(text))
        if address.is_link_local or address.is_multicast or address.is_unspecified or address in _METADATA:
            return False
        public = address.is_global and (address.version == 4 or address in _PUBLIC_IPV6)  # noqa: PLR2004
        return public or any(address in network for network in self._allowed)

    async def close(self) -> None:
        """Nothing is held."""


def reached(address: Address) -> Address:
    """Give the IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64 or (address in _IPV4_COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def parse(url: str) -> URL:
    """Read it as the client will, or raise `WebhookUrlInvalid`."""
    if len(url) > LONGEST_URL or not url.isprintable() or " " in url or "#" in url or "\\" in url:
        raise WebhookUrlInvalid(f"up to {LONGEST_URL} visible characters and no fragment are taken")
    try:
        parsed = URL(url)
        usable = parsed.scheme in {"http", "https"} and parsed.raw_host and parsed.port
    except ValueError as error:
        raise WebhookUrlInvalid("it cannot be read as an address") from error
    if not usable or parsed.raw_user is not None or parsed.raw_password is not None:
        raise WebhookUrlInvalid("http or https, a host and no user are needed")
    return parsed


def networks(text: str) -> tuple[Network, ...]:
    """Read a list with commas, as `10.0.0.0/8,fd00::/8`; ValueError says which cannot be read."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
