"""`python -m services.space [api|stream|all|redrive|audit [--head FILE]]`."""

import sys
from collections.abc import Sequence

from services.kernel.process.auditing import tell_audit
from services.kernel.process.command import run
from services.kernel.process.engines import real_engines
from services.space.app import assemble, build
from services.space.settings import SpaceSettings


async def audit_log(settings: SpaceSettings, argv: Sequence[str]) -> int:
    """Recompute the log and hold the access records against it: 0 whole, 1 damaged, 2 not to be looked at."""
    auditor = assemble(settings, real_engines("space", settings))[1]

    async def audit(known: Sequence[str]) -> str:
        found = await auditor.audit(known)
        return (
            f"{found.leaves} leaves, all as they were signed ({found.erased} unreadable: their holders' keys "
            f"were deleted); each of {found.accesses} access records has its own"
        )

    return await tell_audit(settings.log_name, audit, argv, variable="SPACE_LOG_NAME")


if __name__ == "__main__":
    sys.exit(run("space", SpaceSettings(), build, sys.argv[1:], audit=audit_log))
