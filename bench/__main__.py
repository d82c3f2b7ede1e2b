"""`python -m bench`: measure once, print the table, and keep it as JSON under .bench/."""

import argparse
import asyncio
import shutil
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from bench.report import Report
from bench.run import measure
from bench.size import SMALL, Size
from deploy.local.places import ROOT

FOLDER = ROOT / ".bench"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--small", action="store_true", help="a tenth of everything: shows that it runs")
    size = SMALL if parser.parse_args().small else Size()
    FOLDER.mkdir(exist_ok=True)
    # A world of its own each time: an embedded database that has data is slower. It stays after a failure.
    folder = Path(tempfile.mkdtemp(prefix="world-", dir=FOLDER))
    try:
        report = asyncio.run(measure(folder, size, _say))
    except KeyboardInterrupt:
        shutil.rmtree(folder)
        return 130
    except Exception:  # reason: whatever ended it, the logs of the services are wanted
        print(f"logs are in {folder / 'logs'}", file=sys.stderr)
        raise
    shutil.rmtree(folder)
    print(report.text())
    print(f"kept as {_kept(report).relative_to(ROOT)}")
    return 0


def _kept(report: Report) -> Path:
    path = FOLDER / f"{datetime.now().astimezone():%Y%m%d-%H%M%S}.json"
    path.write_text(report.json(), encoding="utf-8")
    return path


def _say(line: str) -> None:
    print(f"  … {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
