"""`python -m services.notify [api|stream|all|redrive]`."""

import sys

from services.kernel.process.command import run
from services.notify.app import build
from services.notify.settings import NotifySettings

if __name__ == "__main__":
    sys.exit(run("notify", NotifySettings(), build, sys.argv[1:]))
