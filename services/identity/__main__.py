"""`python -m services.identity [api|stream|all|redrive]`."""

import sys

from services.identity.app import build
from services.identity.settings import IdentitySettings
from services.kernel.process.command import run

if __name__ == "__main__":
    sys.exit(run("identity", IdentitySettings(), build, sys.argv[1:]))
