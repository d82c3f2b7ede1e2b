"""What it runs on, and what each process takes of it; Linux tells it in /proc, elsewhere it stays unsaid."""

import os
import platform
from collections.abc import Mapping
from pathlib import Path

WHOLE = "whole machine"
_PROC = Path("/proc")
_MB = 1024.0
# The places of utime and stime in /proc/<pid>/stat after the name in parentheses (proc(5): 14 and 15).
_UTIME, _STIME = 11, 12


def describe() -> dict[str, str]:
    """Processor, cores, Python, and how busy the machine was before the run."""
    return {
        "processor": _cpu_model() or platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
        "Python": platform.python_version(),
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def memory(pids: Mapping[str, int]) -> dict[str, float]:
    """Resident memory of each, in MB."""
    found = {name: _resident(pid) for name, pid in pids.items()}
    return {name: value for name, value in found.items() if value is not None}


def cpu_seconds(pids: Mapping[str, int]) -> dict[str, float]:
    """Processor time used so far by each, by ourselves, and by all that runs on the machine, ours or not."""
    found = {name: _used(pid) for name, pid in {**pids, "bench itself": os.getpid()}.items()}
    found[WHOLE] = _busy()
    return {name: value for name, value in found.items() if value is not None}


def share(before: Mapping[str, float], after: Mapping[str, float], seconds: float) -> dict[str, float]:
    """Percent of one core used in between, by those that lived through it."""
    return {name: 100 * (after[name] - before[name]) / seconds for name in before if name in after}


def others(shares: Mapping[str, float]) -> float:
    """What somebody else took of the machine, in percent of one core: a run beside much of it says less."""
    ours = sum(value for name, value in shares.items() if name != WHOLE)
    return max(0.0, shares.get(WHOLE, ours) - ours)


def _resident(pid: int) -> float | None:
    for line in _read(_PROC / str(pid) / "status").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / _MB
    return None


def _used(pid: int) -> float | None:
    fields = _read(_PROC / str(pid) / "stat").rpartition(")")[2].split()
    if not fields:
        return None
    return (int(fields[_UTIME]) + int(fields[_STIME])) / os.sysconf("SC_CLK_TCK")


def _busy() -> float | None:
    """The first line of /proc/stat has user, nice, system, idle and iowait first (proc(5))."""
    ticks = [int(field) for field in _read(_PROC / "stat").partition("\n")[0].split()[1:]]
    return (sum(ticks[:8]) - sum(ticks[3:5])) / os.sysconf("SC_CLK_TCK") if ticks else None


def _cpu_model() -> str:
    for line in _read(_PROC / "cpuinfo").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return ""


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
