"""Certificates as they stand, and the changes of their lives, in the documents that their issue made."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import msgspec

from services.certs.domain import Edition, Move, Representation, Standing, status_of, token_digest
from services.certs.events import Representation as Represented
from services.certs.events import StatusChanged
from services.certs.store.certificates import CERTIFICATES
from services.certs.store.edition_documents import ends_of, place_of
from services.kernel.errors import Stale
from services.kernel.holders import HolderId
from services.kernel.keys.sealing import Sealer
from services.kernel.keys.vault import Keys, Vault
from services.kernel.outbox.aggregates import Aggregates
from services.kernel.store.documents import Document, Documents

ReadCredential = Callable[[str], Mapping[str, object]]
_PAGE = 200
# Of a hundred numbers.
_MOST = 2_000


class StandingStore:
    """The history of changes is encrypted under the holder's key; the state stands in the clear.

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
        return (await self._read([found]))[0] if found else None

    async def find_by_identifier(self, identifier: str) -> Standing | None:
        """Along its index, or that of those which have superseded others."""
        found = await self._documents.find(CERTIFICATES, {"identifier": identifier}, limit=1)
        if not found:
            former = {"renewed": True, "former": identifier}
            found = await self._documents.find(CERTIFICATES, former, limit=1)
        return (await self._read(found))[0] if found else None

    async def numbered(self, number_keys: Sequence[str]) -> Mapping[str, Sequence[Standing]]:
        """Along the index of numbers."""
        found = await self._documents.find(CERTIFICATES, {"number_key": tuple(number_keys)}, limit=_MOST)
        standings: dict[str, list[Standing]] = {}
        for document, standing in zip(found, await self._read(found), strict=True):
            standings.setdefault(document["number_key"], []).append(standing)
        return standings

    async def sole(self, only_one: Sequence[str]) -> Sequence[Standing]:
        """Along the index that lets no second one be."""
        wanted = {"sole": True, "only_one": tuple(only_one)}
        return await self._read(await self._documents.find(CERTIFICATES, wanted, limit=_MOST))

    async def overdue(self, today: date) -> Sequence[Standing]:
        """Along the index of those that end; one page."""
        found = await self._documents.find(
            CERTIFICATES,
            {"ends": True},
            before=("last_day", today.isoformat()),
            oldest_first="last_day",
            limit=_PAGE,
        )
        return await self._read(found)

    async def keep(self, standing: Standing) -> None:
        """The state, the history and the fact: one write."""
        loaded = await self._aggregates.load(standing.certificate_id)
        if loaded is None or loaded["version"] != standing.version - 1:
            raise Stale(f"{standing.certificate_id} was changed a moment ago")
        keys = await self._vault.keys({standing.holder_id}, "record", make=False)
        moves = [
            *loaded.get("moves", ()),
            keys.encrypt(
                standing.holder_id,
                msgspec.json.encode(standing.moves[-1]),
                place=_move_place(standing.certificate_id, len(standing.moves) - 1),
            ),
        ]
        changes = {"state": standing.state, "moves": moves, **ends_of(standing.state, standing.valid_to)}
        changes["sole"] = standing.stands and bool(loaded["only_one"])
        if status_of(standing.state) != "valid":
            changes["ever_off"] = True
        await self._aggregates.change(loaded, changes, emit=[self._said(standing, loaded, keys)])

    def _said(self, standing: Standing, document: Document, keys: Keys) -> StatusChanged:
        move = standing.moves[-1]
        shown = self._shown(document, keys, standing.holder_id)
        sealed = self._sealer.seal(
            "space",
            msgspec.json.encode({**shown, "order": move.order}),
            event_type=StatusChanged.type,
            holder_id=standing.holder_id,
            version=standing.version,
        )
        return StatusChanged(
            certificate_id=standing.certificate_id,
            version=standing.version,
            holder_id=standing.holder_id,
            certificate_type=standing.certificate_type,
            state=standing.state,
            change=move.order.change,
            changed_at=move.at,
            authority=standing.authority,
            issued_at=standing.issued_at,
            valid_from=standing.valid_from,
            valid_to=standing.valid_to,
            sealed=sealed,
            represents=tuple(
                Represented(holder_id=one.holder_id, role=one.role, until=one.until)
                for one in standing.represents
            ),
            token_digest=token_digest(str(shown["credential"])),
        )

    def _shown(self, document: Document, keys: Keys, holder_id: HolderId) -> Mapping[str, object]:
        """What a reader sees, read out of the credential again."""
        edition = document["versions"][-1]
        place = place_of(document["_id"], edition["version"])
        plain = keys.decrypt(holder_id, edition["content"], place=place)
        credential = msgspec.json.decode(plain)["credential"]
        return {**self._read_credential(credential), "credential": credential}

    async def _read(self, documents: Sequence[Document]) -> list[Standing]:
        holders = {one["holder_ids"][0] for one in documents if one.get("moves")}
        keys = await self._vault.keys(holders, "record", make=False)
        return [_standing(one, keys) for one in documents]


def _standing(document: Document, keys: Keys) -> Standing:
    version, holder_id = document["versions"][-1], HolderId(document["holder_ids"][0])
    moves = [
        keys.decrypt(holder_id, one, place=_move_place(document["_id"], place))
        for place, one in enumerate(document.get("moves", ()))
    ]
    return Standing(
        certificate_id=document["_id"],
        version=document["version"],
        holder_id=holder_id,
        certificate_type=document["certificate_type"],
        authority=document["authority"],
        identifier=document["identifier"],
        state=document["state"],
        issued_at=version["issued_at"],
        valid_from=_day(version["valid_from"]),
        valid_to=_day(version["valid_to"]),
        represents=tuple(
            Representation(holder_id=one["holder_id"], role=one["role"], until=_day(one["until"]))
            for one in version["represents"]
        ),
        moves=tuple(msgspec.json.decode(one, type=Move) for one in moves),
        editions=tuple(_edition(one) for one in document["versions"]),
    )


def _edition(version: Document) -> Edition:
    return Edition(
        number=version["version"],
        identifier=version["identifier"],
        issued_at=version["issued_at"],
        valid_from=_day(version["valid_from"]),
        valid_to=_day(version["valid_to"]),
        decided_on=_day(version["decided_on"]),
        number_key=version["number_key"],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _move_place(certificate_id: str, number: int) -> str:
    return f"{place_of(certificate_id)}/moves/{number}"
