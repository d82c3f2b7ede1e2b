"""Where a run of the demo listens, and who is there already: asked before anything is installed or started.

Standard library alone: `make demo` asks it before there is a virtual environment. Kafka, the database, the
partner and the log-ins are not here: each of them takes a free port where its own is taken.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from deploy.local.places import SERVICES, PortTaken, is_free

FIRST_PORT = 8101
# Where to go when they are taken: far enough for ten copies of each service.
_ELSEWHERE = 1000
_LARGEST = 65_535 - len(SERVICES)
_LISTENS = "0A"  # the state in /proc/net/tcp (proc_pid_net(5))


def service_ports(first: int) -> dict[int, str]:
    """Each port and the service whose it is; PortTaken where there are no such ports."""
    if not 1 <= first <= _LARGEST:
        message = f"the first port is {first}; needed 1 to {_LARGEST}, such as YIMA_PORT={FIRST_PORT}"
        raise PortTaken(message)
    return {first + place: service for place, service in enumerate(SERVICES)}


def require_ports(ports: Mapping[int, str], *, free: Callable[[int], bool] = is_free) -> None:
    """PortTaken unless all are free: each that is taken, by whom, what it is for, and the two ways out."""
    taken = {port: service for port, service in ports.items() if not free(port)}
    if not taken:
        return
    lines = [
        f"Port {port} is taken{who_listens(port)}; {service} is to listen there. 端口 {port} 已被占用。"
        for port, service in taken.items()
    ]
    first = min(ports)
    other = first + _ELSEWHERE if first + _ELSEWHERE <= _LARGEST else FIRST_PORT
    ways = (
        "Nothing was started. Either end that program (an earlier demo: Ctrl-C in its terminal),",
        "or take other ports:",
        f"    YIMA_PORT={other} make demo    # {other} to {other + len(SERVICES) - 1}",
        f"请先结束占用端口的程序，或换用其他端口：YIMA_PORT={other} make demo",
    )
    raise PortTaken("\n".join([*lines, *ways]))


def who_listens(port: int, *, proc: Path = Path("/proc")) -> str:
    """`, by NAME (process ID)`, or nothing where the system does not tell us."""
    sockets = set(_sockets(port, proc))
    for process in proc.glob("[0-9]*"):
        with suppress(OSError):  # another user's, or gone meanwhile
            if any(_leads_to(one) in sockets for one in (process / "fd").iterdir()):
                return f", by {(process / 'comm').read_text().strip()} (process {process.name})"
    return ""


def _leads_to(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except OSError:  # closed meanwhile: that of our own look is among them
        return ""


def _sockets(port: int, proc: Path) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in (proc / "net" / table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENS and int(fields[1].rpartition(":")[2], 16) == port:
                    yield f"socket:[{fields[9]}]"
