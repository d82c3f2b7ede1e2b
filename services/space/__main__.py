"""`python -m services.space [api|stream|all|redrive|audit [--head FILE] [--backfill]]`."""

import sys
from collections.abc import Sequence

from services.kernel.process.auditing import Audited, tell_audit
from services.kernel.process.command import run
from services.kernel.process.engines import real_engines
from services.space.app import assemble, build
from services.space.settings import SpaceSettings


async def audit_log(settings: SpaceSettings, argv: Sequence[str]) -> int:
    """Recompute the log and hold the access records against it; see `tell_audit`."""
    auditor = assemble(settings, real_engines("space", settings))[1]

    async def audit(known: Sequence[str], *, backfill: bool) -> Audited:
        found = await auditor.audit(known, backfill=backfill)
        erased = f"{found.erased} of them nobody can read: their holders' keys were deleted"
        notes = [f"each is as its access record says, of {found.accesses}"] + [erased] * bool(found.erased)
        return Audited(leaves=found.leaves, lacking=found.lacking, what="access records", notes=notes)

    return await tell_audit(settings.log_name, audit, argv, variable="SPACE_LOG_NAME")


if __name__ == "__main__":
    sys.exit(run("space", SpaceSettings(), build, sys.argv[1:], audit=audit_log))
