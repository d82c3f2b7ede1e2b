"""Where things are: what set-up made, and which ports are free."""

import fcntl
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
LOOPBACK = "127.0.0.1"
SERVICES = ("identity", "certs", "space", "notify")


class PortTaken(Exception):
    """Another program listens there."""


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


# The kernel names the same port again before anybody listens there: once in 200 worlds of twelve ports.
_given: set[int] = set()


def free_port(*, preferred: int = 0) -> int:
    """The preferred port if nobody has it, else one that the kernel says is free, and each only once."""
    port = preferred if preferred and is_free(preferred) else 0
    while not port or port in _given - {preferred}:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port = probe.getsockname()[1]
    _given.add(port)
    return port


def require_free(port: int) -> int:
    if not is_free(port):
        message = f"port {port} is taken by another program; end that one first"
        raise PortTaken(message)
    return port


class FolderInUse(Exception):
    """Two worlds in one folder would write over each other's data."""


@contextmanager
def claim(folder: Path) -> Iterator[None]:
    """Make the folder if need be and have it alone; the claim ends with us, however we end."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = (
                f"{folder} is in use by another run: go on with that one, "
                "or end it first (Ctrl-C in its terminal)"
            )
            raise FolderInUse(message) from error
        yield
