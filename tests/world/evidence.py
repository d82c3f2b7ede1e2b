"""Evidence from the log as a stranger checks it: with the program of docs/ and with nothing of ours."""

import asyncio
import json
import os
import subprocess
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from deploy.local.world import LocalWorld

CHECKER = Path(__file__).parents[2] / "docs" / "verify_evidence.py"


def checked(folder: Path, made: object, keys: object, log: str) -> subprocess.CompletedProcess[str]:
    """In a process that sees nothing of ours: not even the folder in which we are."""
    for name, content in (("evidence.json", made), ("keys.json", keys)):
        (folder / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    argv = [sys.executable, "-I", str(CHECKER), "evidence.json", "keys.json", log]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - ours


async def audited(world: LocalWorld, service: str = "certs") -> tuple[int, str]:
    """What the operator's command says of the log that a service keeps: exit status and words."""
    env = {
        "MONGO_URL": world.engines.mongo_url,
        "KAFKA_BOOTSTRAP": world.engines.kafka_bootstrap,
        "YIMA_SECRETS": str(world.secrets_dir),
    }
    argv = (sys.executable, "-m", f"services.{service}", "audit")
    ran = await asyncio.create_subprocess_exec(*argv, env=os.environ | env, stdout=PIPE, stderr=PIPE)
    told, faults = await ran.communicate()
    return ran.returncode or 0, (told + faults).decode()
