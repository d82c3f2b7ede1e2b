"""Certificates as whoever verifies or draws them needs them: read from their documents at each call."""

from collections.abc import Mapping
from datetime import date

import msgspec

from services.certs.domain.printed_code import Printed
from services.certs.domain.register import Edition, Record
from services.certs.store.certificates import CERTIFICATES
from services.certs.store.edition_documents import place_of
from services.kernel.keys.vault import ContentErased, Vault
from services.kernel.store.documents import Document, Documents

# Two of one beginning are not to be expected in a trillion; then neither is shown.
_ENOUGH_TO_DOUBT = 2
_AFTER_HEX = "g"


class RecordStore:
    """Keeps `ports.Records`; reads, and never changes anything."""

    def __init__(self, documents: Documents, vault: Vault) -> None:
        self._documents, self._vault = documents, vault

    async def find(self, certificate_id: str) -> Record | None:
        found = await self._documents.get(CERTIFICATES, certificate_id)
        return _record(found) if found else None

    async def find_printed(self, printed: Printed) -> Record | None:
        """Along the ids themselves: no index has to be kept for it."""
        found = await self._documents.find(
            CERTIFICATES,
            {},
            since=("_id", printed.prefix),
            before=("_id", printed.prefix + _AFTER_HEX),
            limit=_ENOUGH_TO_DOUBT,
        )
        if len(found) != 1 or not 1 <= printed.edition <= len(found[0]["versions"]):
            return None
        return _record(found[0])

    async def open(self, record: Record) -> str | None:
        holder_id = record.holder_ids[0]
        keys = await self._vault.keys([holder_id], "record", make=False)
        place = place_of(record.certificate_id, record.last.number)
        try:
            plain = keys.decrypt(holder_id, record.last.encrypted, place=place)
        except ContentErased:
            return None
        content: Mapping[str, str] = msgspec.json.decode(plain)
        return content["credential"]


def _record(document: Document) -> Record:
    return Record(
        certificate_id=document["_id"],
        version=document["version"],
        holder_ids=tuple(document["holder_ids"]),
        certificate_type=document["certificate_type"],
        authority=document["authority"],
        state=document["state"],
        editions=[_edition(said) for said in document["versions"]],
    )


def _edition(said: Document) -> Edition:
    return Edition(
        number=said["version"],
        status_list=said["status_list"],
        index=said["status_index"],
        type_version=said["type_version"],
        issued_at=said["issued_at"],
        valid_from=_day(said["valid_from"]),
        valid_to=_day(said["valid_to"]),
        encrypted=bytes(said.get("content", b"")),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
