"""The import at the command line, on engines alone: no service runs beside it."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from pathlib import Path

from deploy.local.engines import Engines
from deploy.local.places import ROOT
from deploy.local.sample.authorities import DATA_BUREAU, MARKET_REGULATION
from deploy.topics import create_topics, read_topics
from services.certs.events import OrganisationRegistered, SourceFor
from services.certs.store import ORGANISATIONS, OrganisationMirror
from services.kernel.store.mongo import MongoDocuments

FOOD = "11100000MB9999900G901"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one import works: engines, secrets and a file."""

    engines: Engines
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "KAFKA_BOOTSTRAP": self.engines.kafka_bootstrap,
            "MONGO_URL": self.engines.mongo_url,
            "YIMA_SECRETS": str(self.folder),
            # As the services run: the driver's threads otherwise keep an arena each.
            "MALLOC_ARENA_MAX": "1",
        }

    async def register(self) -> None:
        """Topics, and who may send."""
        await create_topics(self.engines.kafka_bootstrap, read_topics())
        documents = MongoDocuments(self.engines.mongo_url, "yima_certs")
        await documents.prepare([ORGANISATIONS])
        source = SourceFor(authority=MARKET_REGULATION.code, certificate_types=(FOOD,))
        said = OrganisationRegistered(
            organisation=DATA_BUREAU.code, version=1, certificate_types=(), source_for=(source,), items=()
        )
        await OrganisationMirror(documents).advance([said])
        documents.close()

    async def start(self, file: Path, *, heard: bool = False) -> Process:
        """Begin the import; `heard`: what it says is kept for the caller."""
        argv = [*("-m", "services.certs", "import", str(file)), "--organisation", DATA_BUREAU.code]
        out, err = (PIPE, PIPE) if heard else (None, DEVNULL)
        return await asyncio.create_subprocess_exec(
            sys.executable, *argv, cwd=ROOT, env=self.environment, stdout=out, stderr=err
        )
