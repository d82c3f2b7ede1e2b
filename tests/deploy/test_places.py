"""Ports and folders, as two worlds on one machine need them."""

import socket
from pathlib import Path

import pytest

from deploy.local import neighbour, providers
from deploy.local.neighbour import Neighbour
from deploy.local.places import LOOPBACK, FolderInUse, PortTaken, claim, free_port, require_free
from deploy.local.providers import Providers


class TestAFreePort:
    def test_is_given_to_one_only(self) -> None:
        ports = [free_port() for _ in range(1_000)]
        assert len(set(ports)) == len(ports)

    def test_is_the_preferred_one_each_time_as_long_as_nobody_has_it(self) -> None:
        preferred = free_port()
        assert [free_port(preferred=preferred) for _ in range(2)] == [preferred, preferred]
        with socket.socket() as other:
            other.bind((LOOPBACK, preferred))
            other.listen()
            assert free_port(preferred=preferred) != preferred


class TestAFixedPort:
    def test_is_had_or_named_as_taken(self) -> None:
        port = free_port()
        assert require_free(port) == port
        with socket.socket() as other:
            other.bind((LOOPBACK, port))
            other.listen()
            with pytest.raises(PortTaken, match=f"port {port} is taken by another program"):
                require_free(port)


class TestThoseAroundATest:
    def test_leave_the_ports_of_a_demo_alone(self, tmp_path: Path) -> None:
        urls = {Neighbour(tmp_path).url, *Providers(tmp_path).urls.values()}
        demo = {f"http://{LOOPBACK}:{port}" for port in (neighbour.PORT, *providers.PORTS.values())}
        assert len(urls) == len(demo) == 3
        assert urls.isdisjoint(demo)


class TestAClaim:
    def test_is_had_by_one_and_ends_with_it(self, tmp_path: Path) -> None:
        for _ in range(2):
            with claim(tmp_path / "run"), pytest.raises(FolderInUse), claim(tmp_path / "run"):
                pass
