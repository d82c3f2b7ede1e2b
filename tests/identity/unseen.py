"""Whether a registered number can be told from one that is not: by the answer, or by the work done."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import httpx

from services.identity.ports import World
from services.identity.store import (
    HOLDERS,
    LINKAGES,
    MANDATES,
    PAPERS,
    STANDINGS,
    KeptEmergencyCodes,
    KeptHolders,
    KeptLinkages,
    KeptMandates,
    KeptPapers,
    KeptStandings,
)
from services.kernel.check_digits import mod_11_2
from services.kernel.holders import holder_id
from services.kernel.keys.secrets import read_key
from services.kernel.keys.vault import Vault
from services.kernel.names import hash_name
from services.kernel.store.documents import Collection
from tests.identity.office import NAME, Json, Office

_WORK: ContextVar[list[str] | None] = ContextVar("work", default=None)
_READS = frozenset({"get", "get_many", "find"})
_WRITES = frozenset({"insert", "insert_many", "update", "delete", "advance_many"})
# What depends on the caller and the request, never on the number.
_OF_THE_CALLER = frozenset({"limits", "request_keys"})
_OF_THE_REQUEST = frozenset({"x-request-id", "request-id", "date"})


def citizen(sequence: int) -> Json:
    """Made-up persons with numbers in sequence."""
    number = f"42032219850101{sequence:03d}"
    return {"id_type": "111", "id_number": number + mod_11_2(number), "name": NAME}


def passport(sequence: int) -> Json:
    return {"id_type": "414", "id_number": f"E{sequence:08d}", "name": NAME}


def as_seen(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    """All that a caller can compare of an answer, but for the id of the request."""
    body = answer.content
    if answer.is_error:
        body = body.replace(str(answer.json()["instance"]).encode(), b"")
    headers = [(name, value) for name, value in answer.headers.items() if name not in _OF_THE_REQUEST]
    return answer.status_code, headers, body


def a_world(office: Office) -> World:
    """What handlers of holders need of the world of this process."""
    secrets = office.keys / "identity"
    vault = Vault(office.documents, read_key(secrets / "master.key"))
    holders = KeptHolders(
        office.documents,
        office.aggregates(HOLDERS),
        vault,
        office.clock,
        hash_name=partial(hash_name, read_key(secrets / "name.key")),
    )
    parts = SimpleNamespace(
        holders=holders,
        standings=KeptStandings(office.aggregates(STANDINGS), vault),
        linkages=KeptLinkages(office.documents, office.aggregates(LINKAGES)),
        mandates=KeptMandates(office.documents, office.aggregates(MANDATES)),
        papers=KeptPapers(office.documents, office.aggregates(PAPERS)),
        emergency_codes=KeptEmergencyCodes(office.documents),
        name_holder=partial(holder_id, read_key(secrets / "holder.key")),
        clock=office.clock,
    )
    return cast("World", parts)


@contextmanager
def work_of(office: Office) -> Iterator[list[str]]:
    """List the reads and writes that the calls made here ask of the store; not those of loops behind them."""
    done: list[str] = []
    marked = _WORK.set(done)
    try:
        for name in _READS | _WRITES:
            setattr(office.documents, name, _noted(name, getattr(type(office.documents), name), office))
        yield done
    finally:
        _WORK.reset(marked)
        for name in _READS | _WRITES:
            delattr(office.documents, name)


def _noted(name: str, method: Callable[..., Awaitable[Any]], office: Office) -> Callable[..., Awaitable[Any]]:
    async def noted(collection: Collection, *args: Any, **more: Any) -> object:
        work = _WORK.get()
        if work is not None and collection.name not in _OF_THE_CALLER:
            work.append("read" if name in _READS else "write")
        return await method(office.documents, collection, *args, **more)

    return noted
