"""`python -m deploy.local up`: everything runs until Ctrl-C."""

from pathlib import Path

from deploy.local.places import SERVICES
from deploy.local.world import LocalWorld


async def run(folder: Path, *, first_port: int | None) -> None:
    async with LocalWorld(folder, first_port=first_port, say=_say) as world:
        for service in SERVICES:
            _say(f"{service:<9} {world.url(service)}/docs")
        _say(f"Kafka     {world.engines.kafka_bootstrap}")
        _say(f"database  {world.engines.mongo_url}")
        _say(f"logs      {world.logs}")
        _say("All is ready. Ctrl-C ends it.")
        await world.watch()


def _say(line: str) -> None:
    print(line, flush=True)
