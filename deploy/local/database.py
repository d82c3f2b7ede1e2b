"""The embedded database on this machine: a program of its own that speaks the MongoDB wire protocol."""

from pathlib import Path

from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from deploy.local.engine import Engine
from deploy.local.places import LOOPBACK, TOOLS, free_port
from deploy.local.program import Program, Recipe
from deploy.local.waiting import accepts

_PROBE_MILLISECONDS = 2000


class Database(Engine):
    """SecantusDB; every acknowledged write is on disk, at about 2 ms a write."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self._folder = folder
        self.port = port or free_port()
        self.address = f"mongodb://{LOOPBACK}:{self.port}"
        home = TOOLS / "database" / "bin"
        # By its interpreter: the first line of the script breaks when the project's folder is moved.
        argv = [str(home / "python"), str(home / "secantusd-py"), "--standalone", "--sync-on-commit"]
        argv += ["--storage-path", str(folder / "data"), "--host", LOOPBACK, "--port", str(self.port)]
        self.program = Program(Recipe(name="database", argv=argv, log=folder / "database.log", cwd=folder))

    async def _prepare(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)

    async def _answers(self) -> bool:
        if not await accepts(LOOPBACK, self.port):
            return False
        async with AsyncMongoClient[dict[str, object]](
            self.address, serverSelectionTimeoutMS=_PROBE_MILLISECONDS
        ) as client:
            try:
                await client.admin.command("ping")
            except PyMongoError:
                return False
            return True
