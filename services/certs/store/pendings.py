"""Approvals that wait for their authority: ids, codes and hashes in the clear, all else encrypted."""

import unicodedata
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import msgspec

from services.certs.domain import Approval, Pending, Told
from services.certs.store.certificates import CERTIFICATES
from services.certs.store.claims import stands
from services.certs.store.copies import decrypt_any, seats_of
from services.certs.store.edition_documents import place_of
from services.certs.store.paging import pages
from services.kernel.errors import Stale
from services.kernel.holders import mask_number
from services.kernel.keys.vault import ContentErased, Keys, Vault
from services.kernel.store.documents import Collection, Document, Documents, Index

_WAITING = {"state": "waiting"}
# What was settled stays as long as logs must (design.md: six months); a confirmation stays for ever.
_KEPT_S = 190 * 24 * 3600
PENDINGS = Collection(
    name="pendings",
    indexes=(
        Index(keys=("authority", "arrival"), where=_WAITING),
        # One, and of one field: the embedded database reads the whole collection for a list of each of two.
        Index(keys=("traces",), where=_WAITING),
        Index(keys=("holder_id", "_id"), where=_WAITING),
        Index(keys=("settled_at",), expire_after=_KEPT_S),
    ),
)
_OVER = frozenset({"withdrawn", "revoked", "cancelled"})
_IN_THE_CLEAR = (
    *("kind", "organisation", "authority", "certificate_type", "holder_id", "name_hash", "decision"),
    *("called", "arrival", "since", "version", "state", "by", "settled_at", "refusal"),
)


class PendingStore:
    """`_id` = `Pending.pending_id`: the same decision waits once."""

    def __init__(self, documents: Documents, vault: Vault) -> None:
        self._documents, self._vault = documents, vault
        self._older_there = True

    async def hold(self, pendings: Sequence[Pending]) -> frozenset[str]:
        """Unordered; whatever is there stays."""
        keys = await self._vault.keys({one.holder_id for one in pendings}, "record")
        return await self._documents.insert_many(PENDINGS, [_document(one, keys) for one in pendings])

    async def find(self, pending_id: str) -> Pending | None:
        """By id."""
        found = await self._documents.get(PENDINGS, pending_id)
        return (await self._opened([found]))[0] if found else None

    async def page(self, authorities: Sequence[str], *, before: str | None, limit: int) -> Sequence[Pending]:
        """Along the index of authority and arrival, of those alone that wait."""
        found = await self._documents.find(
            PENDINGS,
            {"authority": tuple(authorities), **_WAITING},
            before=("arrival", before) if before else None,
            newest_first="arrival",
            limit=limit,
        )
        return await self._opened(found)

    async def traced(self, traces: Iterable[str]) -> Sequence[Pending]:
        """Along an index of their own, so that of a decision about thousands few are read; none is opened."""
        asked = tuple(sorted(set(traces)))
        older = [one for one in await self._older() if not set(asked).isdisjoint(one.traces)]
        return [*await self._waiting(asked), *older]

    async def _older(self) -> list[Pending]:
        """Those of a release that kept no traces; once there is none, this process looks no more."""
        found = await self._waiting(None) if self._older_there else []
        self._older_there = bool(found)
        return found

    async def _waiting(self, traces: tuple[str, ...] | None) -> list[Pending]:
        asked = {"traces": traces, **_WAITING}
        found = [page async for page in pages(self._documents, PENDINGS, asked)]
        return [_pending(one, None) for page in found for one in page]

    async def of_holder(self, holder_id: str) -> AsyncIterator[Sequence[Pending]]:
        """Along the index of holders."""
        async for page in pages(self._documents, PENDINGS, {"holder_id": holder_id, **_WAITING}):
            yield await self._opened(page)

    async def keep(self, pending: Pending, *, anew: bool = False) -> None:
        """Over the version that was loaded."""
        keys = await self._vault.keys({pending.holder_id}, "record", make=anew)
        changes = _document(pending, keys)
        del changes["_id"], changes["version"]
        done = await self._documents.update(
            PENDINGS, pending.pending_id, version=pending.version, changes=changes
        )
        if not done:
            raise Stale(f"{pending.pending_id} was settled a moment ago")

    async def issued(self, entry_id: str) -> Pending | None:
        """Out of the certificate's own document; what it waits for is the caller's to say.

        `entry_id`: as space calls it, with the place of one of several holders; without one, of the first.
        """
        certificate_id, _, place = entry_id.partition("-")
        found = await self._documents.get(CERTIFICATES, certificate_id)
        if found is None or not stands(found) or found["state"] in _OVER:
            return None
        seats = seats_of(found)
        seat = next((one for one in seats if one.told == (int(place) if place else None)), seats[0])
        keys = await self._vault.keys({one.holder_id for one in seats}, "record", make=False)
        edition = found["versions"][-1]
        at = place_of(certificate_id, edition["version"])
        try:
            plain = decrypt_any(keys, seats, edition["content"], place=at)
        except ContentErased:
            return None
        approval = msgspec.convert(msgspec.json.decode(plain)["approval"], type=Approval)
        here = seats.index(seat)
        numbers = [approval.holder.id_number, *(one.id_number for one in approval.joint_holders)]
        return Pending(
            pending_id=entry_id,
            kind="disputed",
            organisation="",
            authority=found["authority"],
            certificate_type=found["certificate_type"],
            holder_id=seat.holder_id,
            name_hash="",
            decision="",
            called="",
            arrival="",
            since=found["changed_at"],
            told=Told(approval=approval, id_number_masked=_masked(numbers[here]), place=here),
        )

    async def _opened(self, documents: Sequence[Document]) -> list[Pending]:
        keys = await self._vault.keys({one["holder_id"] for one in documents}, "record", make=False)
        return [_pending(one, _told(one, keys)) for one in documents]


def _document(pending: Pending, keys: Keys) -> Document:
    document = {
        "_id": pending.pending_id,
        **{name: getattr(pending, name) for name in _IN_THE_CLEAR},
        "traces": list(pending.traces),
    }
    if pending.told:
        content, place = msgspec.json.encode(pending.told), _place(pending.pending_id)
        document["content"] = keys.encrypt(pending.holder_id, content, place=place)
    return document


def _pending(document: Document, told: Told | None) -> Pending:
    own: dict[str, Any] = {name: document[name] for name in _IN_THE_CLEAR if name in document}
    return Pending(pending_id=document["_id"], told=told, **own)


def _told(document: Document, keys: Keys) -> Told | None:
    try:
        plain = keys.decrypt(document["holder_id"], document["content"], place=_place(document["_id"]))
    except ContentErased:
        return None
    return msgspec.json.decode(plain, type=Told)


def _masked(number: str) -> str:
    return mask_number("".join(unicodedata.normalize("NFKC", number).split()))


def _place(pending_id: str) -> str:
    return f"{PENDINGS.name}/{pending_id}"
