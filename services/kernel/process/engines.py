"""What a service stands on; `app.py` cannot tell real engines from those in memory."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.kernel.clock import Clock, SystemClock
from services.kernel.keys.published import Jwks, http_jwks
from services.kernel.keys.tokens import TokenChecker
from services.kernel.process.service import Hearing
from services.kernel.settings import ServiceSettings
from services.kernel.store.documents import Documents
from services.kernel.store.mongo import MongoDocuments
from services.kernel.stream.broadcast import Ears, KafkaEars
from services.kernel.stream.bus import Bus
from services.kernel.stream.faust_hearing import FaustHearing
from services.kernel.stream.freshness import KafkaTail, Tail
from services.kernel.stream.hearing import Listener
from services.kernel.stream.kafka import KafkaBus

Hear = Callable[[str, Sequence[Listener], Bus], Hearing]
FetchJwks = Callable[[str], Callable[[], Awaitable[Jwks]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """Documents, bus, hearing, time, the one fetch allowed in a request, and what every process hears."""

    documents: Documents
    bus: Bus
    hear: Hear
    clock: Clock
    fetch_jwks: FetchJwks
    ears: Ears
    tail: Tail

    def checker(self, settings: ServiceSettings) -> TokenChecker:
        """Checks tokens against identity's published keys."""
        fetch = self.fetch_jwks(f"{settings.issuer}/.well-known/jwks.json")
        return TokenChecker(fetch, settings.issuer, clock=self.clock)


def real_engines(service: str, settings: ServiceSettings) -> Engines:
    """Kafka and a MongoDB-wire database; nothing is opened before it is used."""
    return Engines(
        documents=MongoDocuments(settings.mongo_url, f"yima_{service}"),
        bus=KafkaBus(settings.kafka_bootstrap),
        hear=lambda name, listeners, bus: FaustHearing(
            name, listeners, bootstrap=settings.kafka_bootstrap, bus=bus
        ),
        clock=SystemClock(),
        fetch_jwks=http_jwks,
        ears=KafkaEars(settings.kafka_bootstrap),
        tail=KafkaTail(settings.kafka_bootstrap, service),
    )
