"""`python -m services.space [api|stream|all|redrive]`."""

import sys

from services.kernel.process.command import run
from services.space.app import build
from services.space.settings import SpaceSettings

if __name__ == "__main__":
    sys.exit(run("space", SpaceSettings(), build, sys.argv[1:]))
