"""Which addresses webhooks may be sent to."""

import asyncio
import socket

import pytest

from services.kernel.errors import Unavailable
from services.notify.ports import WebhookUrlInvalid
from services.notify.webhooks.addresses import AddressRefused, NetworkGuard, networks

CLOSED = [
    "http://169.254.169.254/latest/meta-data",
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0.0.0.0/",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://224.0.0.1/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[::127.0.0.1]/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://localhost/",
    "http://[fec0::1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2001:0:7f00::1]/",
]
MALFORMED = [
    "",
    "/webhook",
    "example.com/webhook",
    "ftp://8.8.8.8/",
    "file:///etc/passwd",
    "http:///webhook",
    "http://user@8.8.8.8/",
    "http://user:word@8.8.8.8/",
    "http://:word@8.8.8.8/",
    "http://8.8.8.8/#part",
    "http://8.8.8.8/#",
    "http://8.8.8.8:0/",
    "http://8.8.8.8:99999/",
    "http://8.8.8.8/a b",
    "http://8.8.8.8/a\nb",
    "http://8.8.8.8\\@127.0.0.1/",
    "http://[::1/",
    "http://a..b/",
    "http://" + "a" * 64 + ".example/",
    "http://8.8.8.8/" + "a" * 2000,
]


class TestTheGuard:
    @pytest.mark.parametrize("url", [*CLOSED, *MALFORMED])
    async def test_refuses(self, url: str) -> None:
        with pytest.raises(WebhookUrlInvalid):
            await NetworkGuard(()).check(url)

    async def test_tells_a_closed_name_from_an_unknown_one_to_nobody(self) -> None:
        said = set()
        for host in ("localhost", "no-such-host.invalid", "10.0.0.1"):
            with pytest.raises(WebhookUrlInvalid) as refused:
                await NetworkGuard(()).check(f"http://{host}/")
            said.add(refused.value.detail)
        assert len(said) == 1

    @pytest.mark.parametrize("error", [socket.gaierror(socket.EAI_AGAIN, "later"), TimeoutError()])
    async def test_does_not_blame_the_address_when_our_name_server_is_away(
        self, monkeypatch: pytest.MonkeyPatch, error: OSError
    ) -> None:
        async def away(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", away)
        with pytest.raises(Unavailable):
            await NetworkGuard(()).check("https://partner.example/webhook")

    @pytest.mark.parametrize(
        "url", ["https://8.8.8.8/webhook?x=1", "http://8.8.8.8:8080", "https://[2606:4700::1111]/"]
    )
    async def test_lets_public_addresses_pass(self, url: str) -> None:
        await NetworkGuard(()).check(url)

    async def test_lets_a_network_pass_that_the_operator_allows_and_no_other(self) -> None:
        guard = NetworkGuard(networks("127.0.0.0/8, 10.0.0.0/8"))
        for url in ("http://127.0.0.1:8180/webhook", "http://localhost/", "http://[::ffff:10.0.0.1]/"):
            await guard.check(url)
        with pytest.raises(WebhookUrlInvalid):
            await guard.check("http://192.168.1.1/")

    def test_never_lets_metadata_link_local_multicast_or_unspecified_addresses_pass(self) -> None:
        guard = NetworkGuard(networks("0.0.0.0/0,::/0"))
        metadata = ("fd00:ec2::254", "100.100.100.200", "168.63.129.16", "::ffff:168.63.129.16")
        refused = (*metadata, "169.254.169.254", "fe80::1", "224.0.0.1", "ff02::1", "0.0.0.0", "::")  # noqa: S104 - an address
        assert [one for one in refused if guard.permits(one)] == []

    async def test_gives_the_client_only_addresses_that_it_has_judged(self) -> None:
        with pytest.raises(AddressRefused):
            await NetworkGuard(()).resolve("localhost", 80)
        found = await NetworkGuard(networks("127.0.0.0/8")).resolve("localhost", 80)
        assert {one["host"] for one in found} == {"127.0.0.1"}

    def test_says_at_the_start_which_network_cannot_be_read(self) -> None:
        with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
            networks("10.0.0.0/99")
