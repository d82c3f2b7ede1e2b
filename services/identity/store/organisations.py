"""Organisations and their systems."""

from collections.abc import Sequence
from dataclasses import asdict

from services.identity.domain.clients import Client
from services.identity.domain.organisations import Organisation
from services.identity.events import ClientChanged, OrganisationRegistered, SourceFor
from services.identity.store.pages import page_of
from services.kernel.outbox.aggregates import Aggregates, Birth, Stale
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey

ORGANISATIONS = Collection.of_aggregates("organisations")
CLIENTS = Collection.of_aggregates("clients")


class KeptOrganisations:
    """`_id` = credit code."""

    def __init__(self, documents: Documents, kept: Aggregates) -> None:
        self._documents, self._kept = documents, kept

    async def find(self, organisation: str) -> Organisation | None:
        """As it stands."""
        document = await self._kept.load(organisation)
        return _organisation(document) if document else None

    async def page(self, *, after: str, limit: int) -> Sequence[Organisation]:
        """By credit code, those after this one."""
        found = await page_of(self._documents, ORGANISATIONS, after=after, limit=limit)
        return [_organisation(one) for one in found]

    async def keep(self, organisation: Organisation, *, emit: OrganisationRegistered) -> None:
        """Keep version n over n-1, or raise `Stale`."""
        state = asdict(organisation)
        del state["version"]
        if organisation.version == 1:
            try:
                await self._kept.add(Birth(id=organisation.organisation, state=state, emit=(emit,)))
            except DuplicateKey as error:
                raise Stale(f"{organisation.organisation} was registered a moment ago") from error
            return
        document = await self._kept.load(organisation.organisation)
        if document is None or document["version"] != organisation.version - 1:
            raise Stale(f"{organisation.organisation} was changed a moment ago")
        await self._kept.change(document, state, emit=(emit,))


def _organisation(document: Document) -> Organisation:
    sources = tuple(
        SourceFor(authority=source["authority"], certificate_types=tuple(source["certificate_types"]))
        for source in document["source_for"]
    )
    return Organisation(
        organisation=document["organisation"],
        version=document["version"],
        name=document["name"],
        certificate_types=tuple(document["certificate_types"]),
        source_for=sources,
        items=tuple(document["items"]),
        may_ask_for=tuple(document.get("may_ask_for", ())),
        removed=document.get("removed", False),
        sessions_end_at=document.get("sessions_end_at"),
    )


class KeptClients:
    """`_id` = client id."""

    def __init__(self, documents: Documents, kept: Aggregates) -> None:
        self._documents, self._kept = documents, kept

    async def find(self, client_id: str) -> Client | None:
        """As it stands."""
        document = await self._kept.load(client_id)
        return _client(document) if document else None

    async def page(self, *, after: str, limit: int) -> Sequence[Client]:
        """By id, those after this one."""
        found = await page_of(self._documents, CLIENTS, after=after, limit=limit)
        return [_client(one) for one in found]

    async def keep(self, client: Client, *, emit: ClientChanged) -> None:
        """Keep version n over n-1, or raise `Stale`."""
        if client.version == 1:
            try:
                await self._kept.add(Birth(id=client.client_id, state=_client_state(client), emit=(emit,)))
            except DuplicateKey as error:
                raise Stale(f"{client.client_id} was registered a moment ago") from error
            return
        document = await self._kept.load(client.client_id)
        if document is None or document["version"] != client.version - 1:
            raise Stale(f"{client.client_id} was changed a moment ago")
        await self._kept.change(document, _client_state(client), emit=(emit,))

    async def introduce(self, client: Client, *, emit: ClientChanged) -> None:
        """Insert if absent: several processes do this at their start."""
        birth = Birth(id=client.client_id, state=_client_state(client), emit=(emit,))
        await self._kept.add_many([birth])


def _client_state(client: Client) -> Document:
    return {
        "organisation": client.organisation,
        "keys": [dict(key) for key in client.keys],
        "scopes": sorted(client.scopes),
        "removed": client.removed,
        "sessions_end_at": client.sessions_end_at,
    }


def _client(document: Document) -> Client:
    return Client(
        client_id=document["_id"],
        version=document["version"],
        organisation=document["organisation"],
        keys=tuple(document["keys"]),
        scopes=frozenset(document["scopes"]),
        removed=document.get("removed", False),
        sessions_end_at=document.get("sessions_end_at"),
    )
