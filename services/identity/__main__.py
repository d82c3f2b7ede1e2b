"""`python -m services.identity [api|stream|all|redrive|keys|admin]`."""

import sys
from collections.abc import Sequence

from services.identity.administration import administer
from services.identity.app import build
from services.identity.rotation import change_keys
from services.identity.settings import IdentitySettings
from services.kernel.clock import SystemClock
from services.kernel.process.command import run


async def keys(settings: IdentitySettings, argv: Sequence[str]) -> int:
    """Show or change the keys that sign tokens and codes."""
    print(change_keys(settings.secrets_dir / "identity", argv, SystemClock()), end="")
    return 0


async def admin(settings: IdentitySettings, argv: Sequence[str]) -> int:
    """Read and change the registry over HTTP, as the administrator's client."""
    key_file = settings.secrets_dir / "clients" / "admin.jwk"
    return await administer(argv, issuer=settings.issuer, key_file=key_file)


if __name__ == "__main__":
    sys.exit(run("identity", IdentitySettings(), build, sys.argv[1:], keys=keys, admin=admin))
