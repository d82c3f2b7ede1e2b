"""Certificates as they stand, and the changes of their lives, in the documents that their issue made."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date

import msgspec

from services.certs.domain import Standing, seen_by, status_of
from services.certs.events import StatusChanged
from services.certs.store.certificates import CERTIFICATES
from services.certs.store.claims import stands
from services.certs.store.copies import Seat, decrypt_if_there, encrypt_each, seats_of
from services.certs.store.edition_documents import ends_of, place_of
from services.certs.store.paging import pages
from services.certs.store.standing_documents import move_place, standing_in, status_changed
from services.kernel.errors import Stale
from services.kernel.keys.sealing import Sealer
from services.kernel.keys.vault import Keys, Vault
from services.kernel.outbox.aggregates import Aggregates
from services.kernel.store.documents import Document, Documents

ReadCredential = Callable[[str], Mapping[str, object]]
_PAGE = 200
_STANDS = ("valid", "suspended")


class StandingStore:
    """The history of changes is encrypted under the holders' keys; the state stands in the clear.

    `read`: what a reader sees, out of a credential of ours.
    """

    def __init__(
        self,
        documents: Documents,
        aggregates: Aggregates,
        vault: Vault,
        sealer: Sealer,
        *,
        read: ReadCredential,
    ) -> None:
        self._read_credential = read
        self._documents = documents
        self._aggregates = aggregates
        self._vault = vault
        self._sealer = sealer

    async def find(self, certificate_id: str) -> Standing | None:
        """By id."""
        found = await self._aggregates.load(certificate_id)
        return (await self._read([found]))[0] if found and stands(found) else None

    async def find_by_identifier(self, identifier: str) -> Standing | None:
        """Along its index, or that of those which have superseded others."""
        found = await self._documents.find(CERTIFICATES, {"identifier": identifier}, limit=1)
        if not found:
            former = {"renewed": True, "former": identifier}
            found = await self._documents.find(CERTIFICATES, former, limit=1)
        return (await self._read(found))[0] if found else None

    async def numbered(self, number_keys: Sequence[str]) -> Mapping[str, Sequence[Standing]]:
        """Along the index of numbers."""
        standings: dict[str, list[Standing]] = {}
        async for page in pages(self._documents, CERTIFICATES, {"number_key": tuple(number_keys)}):
            for document, standing in zip(page, await self._read(page), strict=True):
                standings.setdefault(document["number_key"], []).append(standing)
        return standings

    async def sole(self, only_one: Sequence[str]) -> Sequence[Standing]:
        """Along the index that lets no second one be: one of each at most."""
        wanted = {"sole": True, "only_one": tuple(only_one)}
        return await self._read(await self._documents.find(CERTIFICATES, wanted, limit=len(only_one)))

    async def standing(self, authority: str, code: str, *, after: str, limit: int) -> Sequence[Standing]:
        """Along their index."""
        asked = {"authority": authority, "certificate_type": code, "state": _STANDS}
        found = await self._documents.find(
            CERTIFICATES, asked, since=("_id", after), oldest_first="_id", limit=limit + 1
        )
        return await self._read([one for one in found if one["_id"] != after][:limit])

    async def overdue(self, today: date, *, but: Collection[str] = ()) -> Sequence[Standing]:
        """Along the index of those that end; one page beyond those that are passed over."""
        found = await self._documents.find(
            CERTIFICATES,
            {"ends": True},
            before=("last_day", today.isoformat()),
            oldest_first="last_day",
            limit=_PAGE + len(but),
        )
        return await self._read([one for one in found if one["_id"] not in but][:_PAGE])

    async def keep(self, standing: Standing) -> None:
        """The state, the history and the fact: one write."""
        loaded = await self._aggregates.load(standing.certificate_id)
        if loaded is None or loaded["version"] != standing.version - 1:
            raise Stale(f"{standing.certificate_id} was changed a moment ago")
        seats = seats_of(loaded)
        keys = await self._vault.keys([one.holder_id for one in seats], "record", make=False)
        said = self._said(standing, loaded, seats, keys)
        before = loaded.get("moves", ())
        place = move_place(standing.certificate_id, len(before))
        move = encrypt_each(keys, seats, msgspec.json.encode(standing.moves[-1]), place=place)
        changes = {
            "state": standing.state,
            "moves": [*before, move],
            "sole": standing.stands and bool(loaded["only_one"]),
            **ends_of(standing.state, standing.valid_to),
        }
        if status_of(standing.state) != "valid":
            changes["ever_off"] = True
        await self._aggregates.change(loaded, changes, emit=said)

    def _said(
        self, standing: Standing, document: Document, seats: Sequence[Seat], keys: Keys
    ) -> list[StatusChanged]:
        """To each holder; one who was erased has no certificate any more to be told of."""
        shown = self._shown(document, seats, keys)
        if shown is None:
            return []
        return [
            self._to(seat, standing, seen_by(order, shown))
            for order, seat in enumerate(seats)
            if keys.holds(seat.holder_id)
        ]

    def _to(self, seat: Seat, standing: Standing, content: Mapping[str, object]) -> StatusChanged:
        sealed = self._sealer.seal(
            "space",
            msgspec.json.encode({**content, "order": standing.moves[-1].order}),
            event_type=StatusChanged.type,
            holder_id=seat.holder_id,
            version=standing.version,
        )
        return status_changed(standing, seat, sealed, token=str(content["credential"]))

    def _shown(self, document: Document, seats: Sequence[Seat], keys: Keys) -> Mapping[str, object] | None:
        """What a reader sees, read out of the credential again; None where it was erased."""
        edition = document["versions"][-1]
        place = place_of(document["_id"], edition["version"])
        plain = decrypt_if_there(keys, seats, edition["content"], place=place)
        if plain is None:
            return None
        credential = msgspec.json.decode(plain)["credential"]
        shown = {**self._read_credential(credential), "credential": credential}
        # Of the page alone; what is said of a change is what was said of the issue.
        shown.pop("printed_code", None)
        return shown

    async def _read(self, documents: Sequence[Document]) -> list[Standing]:
        holders = {seat.holder_id for one in documents if one.get("moves") for seat in seats_of(one)}
        keys = await self._vault.keys(holders, "record", make=False)
        return [standing_in(one, keys) for one in documents]
