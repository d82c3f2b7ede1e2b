"""The lives of all certificates, for who looks whether the log has them all."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from services.certs.domain import Fact, Lived, token_digest
from services.certs.domain.history import facts_of
from services.certs.store.certificates import CERTIFICATES
from services.certs.store.claims import stands
from services.certs.store.copies import Seat, decrypt_if_there, seats_of
from services.certs.store.edition_documents import place_of
from services.certs.store.editions import CERTIFICATE_EDITIONS
from services.certs.store.standing_documents import standing_in
from services.kernel.clock import civil_date
from services.kernel.holders import HolderId
from services.kernel.keys.vault import Keys, Vault
from services.kernel.store.documents import Document, Documents

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_PAGE = 500
_SPAN, _LEAST = timedelta(seconds=1), timedelta(milliseconds=1)


class HistoryStore:
    """Reads, and changes nothing."""

    def __init__(self, documents: Documents, vault: Vault) -> None:
        self._documents, self._vault = documents, vault

    async def pages(self, *, before: datetime) -> AsyncIterator[Sequence[Lived]]:
        """Along the index of the last change; without those of whom every holder was erased."""
        async for page in self._periods(before):
            found = [(one, seats_of(one)) for one in page if stands(one)]
            holders = {seat.holder_id for _, seats in found for seat in seats}
            keys = await self._vault.keys(holders, "record", make=False)
            yield [
                Lived(certificate_id=one["_id"], version=one["version"], ever=tuple(one["holder_ids"]))
                for one, seats in found
                if any(keys.holds(seat.holder_id) for seat in seats)
            ]

    async def facts(self, certificate_id: str) -> Mapping[int, Fact]:
        """What was said of it, by version, as far as it can be read."""
        found = await self._documents.get(CERTIFICATES, certificate_id)
        if found is None:
            return {}
        keys = await self._vault.keys(found["holder_ids"], "record", make=False)
        left = [one.holder_id for one in seats_of(found) if keys.holds(one.holder_id)]
        if not left:
            return {}
        aside = [f"{certificate_id}/{one['version']}" for one in found["versions"][:-1]]
        earlier = await self._documents.get_many(CERTIFICATE_EDITIONS, aside)
        digests = {one["version"]: _digest(found, one, earlier, keys) for one in found["versions"]}
        readable = {number: digest for number, digest in digests.items() if digest}
        return facts_of(standing_in(found, keys), readable, holder_id=left[0], day_of=civil_date)

    async def _periods(self, before: datetime) -> AsyncIterator[list[Document]]:
        """A stretch of time after the other, each of one page: an engine may read all of it at once."""
        since, span = _EPOCH, _SPAN
        while since < before:
            until = min(since + span, before)
            full = _PAGE if span > _LEAST else 1 << 30
            found = await self._documents.find(
                CERTIFICATES, {}, since=("changed_at", since), before=("changed_at", until), limit=full
            )
            if len(found) == full:
                span = max(span / 4, _LEAST)
                continue
            if found:
                yield found
            since, span = until, span * 2


def _digest(document: Document, edition: Document, earlier: Mapping[str, Document], keys: Keys) -> str | None:
    """Of the token of one edition; None where nobody can read it any more."""
    kept = edition if "content" in edition else earlier.get(f"{document['_id']}/{edition['version']}")
    if kept is None:
        return None
    seats = [Seat(place, HolderId(document["holder_ids"][place])) for place in edition["holders"]]
    place = place_of(document["_id"], edition["version"])
    plain = decrypt_if_there(keys, seats, kept["content"], place=place)
    return None if plain is None else token_digest(msgspec.json.decode(plain)["credential"])
