"""What the space gives an account with: the log of accesses, and cases."""

import secrets
from dataclasses import dataclass

from services.kernel.keys.rings import FileRing
from services.kernel.keys.secrets import read_key
from services.kernel.keys.vault import Vault
from services.kernel.log.kept import KeptLog
from services.kernel.outbox.aggregates import Aggregates
from services.kernel.process.engines import Engines
from services.space.handlers import Archive, CaseRoom, Trail
from services.space.ports import Accesses, Names
from services.space.settings import SpaceSettings
from services.space.store import CaseStore
from services.space.transparency import KeptAccessLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What is kept under holders' keys, and the log that proves it; `ring` signs the log's heads."""

    vault: Vault
    ring: FileRing
    log: KeptLog


def keeping(settings: SpaceSettings, engines: Engines) -> Keeping:
    """Read the two secrets."""
    documents, folder = engines.documents, settings.secrets_dir / "space"
    vault, ring = Vault(documents, read_key(folder / "master.key")), FileRing(folder / "log.jwks")
    log = KeptLog(documents, engines.clock, vault, ring, name=settings.log_name, chance=secrets.token_bytes)
    return Keeping(vault=vault, ring=ring, log=log)


def trail(keeping: Keeping, engines: Engines, accesses: Accesses, names: Names) -> Trail:
    """The records as something that can be proved."""
    log = KeptAccessLog(keeping.log)
    return Trail(accesses=accesses, log=log, names=names, clock=engines.clock)


def case_room(
    keeping: Keeping, engines: Engines, kept: Aggregates, trail: Trail, archive: Archive
) -> CaseRoom:
    """Disputes and requests for correction; `kept` are the cases."""
    cases = CaseStore(engines.documents, kept, keeping.vault)
    return CaseRoom(cases=cases, trail=trail, archive=archive, clock=engines.clock)
