"""Certificates as whoever verifies or draws them needs them: read from their documents at each call."""

from collections.abc import Mapping
from datetime import date

import msgspec

from services.certs.domain.copy import PrintedCodeTaken
from services.certs.domain.printed_code import Printed, prefix_of
from services.certs.domain.register import Edition, Record
from services.certs.store.certificates import CERTIFICATES
from services.certs.store.claims import stands
from services.certs.store.copies import Seat, decrypt_any, seats_of
from services.certs.store.edition_documents import place_of
from services.kernel.holders import HolderId
from services.kernel.keys.vault import ContentErased, Vault
from services.kernel.store.documents import Collection, Document, Documents

# Where printed codes lead: `_id` = the beginning of a certificate's id. Written when its first face is drawn,
# so that an issue pays nothing; for a range of ids the embedded database looks at every document.
PRINTED = Collection(name="printed_codes")


class RecordStore:
    """Keeps `ports.Records`; reads at each call, and never changes a certificate."""

    def __init__(self, documents: Documents, vault: Vault) -> None:
        self._documents, self._vault = documents, vault

    async def find(self, certificate_id: str) -> Record | None:
        found = await self._documents.get(CERTIFICATES, certificate_id)
        return _record(found) if found and stands(found) else None

    async def find_printed(self, printed: Printed) -> Record | None:
        """By way of what was written down when its face was drawn."""
        leads = await self._documents.get(PRINTED, printed.prefix)
        record = await self.find(leads["certificate_id"]) if leads else None
        return record if record and printed.edition in {one.number for one in record.editions} else None

    async def print(self, record: Record) -> None:
        """One insert, the first time; PrintedCodeTaken."""
        prefix = prefix_of(record.certificate_id)
        document = {"_id": prefix, "certificate_id": record.certificate_id}
        if await self._documents.insert_many(PRINTED, [document]):
            leads = await self._documents.get(PRINTED, prefix)
            if leads and leads["certificate_id"] != record.certificate_id:
                raise PrintedCodeTaken(f"{prefix} leads to another certificate")

    async def open(self, record: Record) -> str | None:
        seats = [Seat(place, HolderId(one)) for place, one in enumerate(record.holder_ids)]
        keys = await self._vault.keys(record.holder_ids, "record", make=False)
        place = place_of(record.certificate_id, record.last.number)
        try:
            plain = decrypt_any(keys, seats, record.last.encrypted, place=place)
        except ContentErased:
            return None
        content: Mapping[str, str] = msgspec.json.decode(plain)
        return content["credential"]


def _record(document: Document) -> Record:
    return Record(
        certificate_id=document["_id"],
        version=document["version"],
        holder_ids=tuple(one.holder_id for one in seats_of(document)),
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
        encrypted=tuple(map(bytes, said.get("content", ()))),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
