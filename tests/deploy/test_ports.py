"""`make demo` looks at its ports before it does anything else."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.places import LOOPBACK, ROOT, SERVICES, PortTaken, free_port
from deploy.local.ports import require_ports, service_ports, who_listens


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        yield other.getsockname()[1]


class TestThePortsOfARun:
    def test_are_four_in_a_row_one_a_service(self) -> None:
        assert service_ports(8101) == dict(zip(range(8101, 8105), SERVICES, strict=True))

    def test_are_had_where_all_are_free(self) -> None:
        require_ports(service_ports(8101), free=lambda _port: True)

    @pytest.mark.parametrize("first", [-1, 0, 65_533, 70_000])
    def test_are_refused_where_there_are_none_such(self, first: int) -> None:
        with pytest.raises(PortTaken, match=f"the first port is {first}; needed 1 to"):
            service_ports(first)

    def test_are_all_named_that_are_taken_with_whose_they_are_and_what_to_do(self) -> None:
        with pytest.raises(PortTaken) as refused:
            require_ports(service_ports(8101), free=lambda port: port not in {8102, 8104})
        told = str(refused.value)
        assert "Port 8102 is taken" in told
        assert "certs is to listen there" in told
        assert "Port 8104 is taken" in told
        assert "8101 is taken" not in told
        assert "YIMA_PORT=9101 make demo" in told

    def test_name_an_address_that_there_is_also_at_the_end_of_the_range(self) -> None:
        with pytest.raises(PortTaken, match="YIMA_PORT=8101 make demo"):
            require_ports(service_ports(65_000), free=lambda _port: False)


class TestWhoListens:
    def test_is_named_with_its_process(self, taken: int) -> None:
        assert f"(process {os.getpid()})" in who_listens(taken)

    def test_is_nobody_on_a_free_port(self) -> None:
        assert who_listens(free_port()) == ""

    def test_stays_unsaid_where_the_system_does_not_tell(self, taken: int, tmp_path: Path) -> None:
        assert who_listens(taken, proc=tmp_path) == ""


class TestTheDemo:
    @pytest.mark.parametrize("command", ["ports", "demo"])
    def test_is_refused_before_anything_is_made(self, taken: int, tmp_path: Path, command: str) -> None:
        """With Python alone: nothing that set-up installs is imported."""
        folder = tmp_path / "run"
        argv = ["-I", "-S", "-c", f"import sys, runpy; sys.path.insert(0, {str(ROOT)!r}); "]
        argv[-1] += "runpy.run_module('deploy.local', run_name='__main__')"
        done = subprocess.run(
            [sys.executable, *argv, command, "--folder", str(folder)],
            env={"YIMA_PORT": str(taken)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert f"Port {taken} is taken, by " in done.stderr
        assert "identity is to listen there" in done.stderr
        assert not folder.exists()

    def test_asks_for_its_ports_before_it_installs(self) -> None:
        done = subprocess.run(
            ["make", "--dry-run", "demo"],  # noqa: S607
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        asked = done.stdout.index("-m deploy.local ports")
        assert asked < done.stdout.index("-m deploy.local demo")
        assert "setup" not in done.stdout[:asked]
