"""Apache Kafka on this machine, from the jars that `make setup` fetched."""

import os
import shutil
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.engine import Engine
from deploy.local.places import LOOPBACK, TOOLS, free_port
from deploy.local.program import Program, ProgramFailed, Recipe
from deploy.local.waiting import accepts, until

_FORMAT_WITHIN = 60.0
_CLUSTER = "WWltYUxvY2FsS2Fma2EwMQ"  # any 16 bytes in Base64url: this broker is alone
_PROBE_MILLISECONDS = 2000
_LOG_WARNINGS = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"


class Kafka(Engine):
    """One KRaft node, broker and controller in one; 366 MB, up in three seconds."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self._folder = folder
        self.port = port or free_port()
        self._controller_port = free_port()
        self.address = f"{LOOPBACK}:{self.port}"
        self.program = Program(
            self._recipe("kafka", ["-Xmx512m", _LOG_WARNINGS], ["kafka.Kafka", str(self._properties)])
        )

    async def _prepare(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._properties.write_text(server_properties(self.port, self._controller_port))
        if not (self._folder / "data" / "meta.properties").exists():
            await self._format()

    @property
    def _properties(self) -> Path:
        return self._folder / "server.properties"

    def _recipe(self, name: str, options: list[str], arguments: list[str]) -> Recipe:
        return Recipe(
            name=name,
            argv=[java(), *options, "-cp", f"{TOOLS / 'kafka' / 'libs'}/*", *arguments],
            log=self._folder / f"{name}.log",
            cwd=self._folder,
        )

    async def _format(self) -> None:
        tool = ["kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", str(self._properties)]
        formatting = Program(self._recipe("kafka-format", [], tool))
        formatting.start()

        async def ended() -> bool:
            return formatting.pid is None

        if (
            not await until(ended, within=_FORMAT_WITHIN)
            or not (self._folder / "data" / "meta.properties").exists()
        ):
            await formatting.kill()
            raise formatting.failure()

    async def _answers(self) -> bool:
        """A broker is in the metadata: before that a topic could not be made."""
        if not await accepts(LOOPBACK, self.port):
            return False
        admin = AIOKafkaAdminClient(bootstrap_servers=self.address, request_timeout_ms=_PROBE_MILLISECONDS)
        try:
            await admin.start()
            return bool((await admin.describe_cluster())["brokers"])
        except KafkaError:
            return False
        finally:
            await admin.close()


def java() -> str:
    """The JDK that JAVA_HOME names, else the one on the path."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin" if home else None)
    if found is None:
        message = "no java found; `make setup` names the command that installs it"
        raise ProgramFailed(message)
    return found


def server_properties(port: int, controller_port: int) -> str:
    """One replica of everything; no wait before a group's first assignment; no topic by accident."""
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller_port}",
        "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        # A killed broker is taken back once its old session has ended: 3 s instead of 9.
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "500",
        "log.dirs": "data",  # of its own folder; Java reads this file as Latin-1, which has no word for 新
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": "0",
        "offsets.topic.num.partitions": "8",
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.num.partitions": "2",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.num.partitions": "2",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())
