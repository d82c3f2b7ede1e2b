"""Ports and folders, as two worlds on one machine need them."""

import socket
from pathlib import Path

import pytest

from deploy.local.places import LOOPBACK, FolderInUse, claim, free_port


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


class TestAClaim:
    def test_is_had_by_one_and_ends_with_it(self, tmp_path: Path) -> None:
        for _ in range(2):
            with claim(tmp_path / "run"), pytest.raises(FolderInUse), claim(tmp_path / "run"):
                pass
