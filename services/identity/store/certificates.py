"""The mirror of the certificates, without their content."""

from collections.abc import Mapping, Sequence
from datetime import date

from services.identity.domain.certificates import Certificate, Speaker
from services.kernel.holders import HolderId
from services.kernel.store.documents import Advance, Collection, Document, Documents, Index

CERTIFICATES = Collection(name="certificates", indexes=(Index(keys=("holder_id",)),))
_MOST_OF_ONE = 1000


class MirroredCertificates:
    """`_id` = certificate id."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def find_many(self, certificate_ids: Sequence[str]) -> Mapping[str, Certificate]:
        """As last heard, by id."""
        found = await self._documents.get_many(CERTIFICATES, list(certificate_ids))
        return {key: _certificate(document) for key, document in found.items()}

    async def of(self, holder_id: HolderId) -> Sequence[Certificate]:
        """Those of one holder."""
        found = await self._documents.find(CERTIFICATES, {"holder_id": holder_id}, limit=_MOST_OF_ONE)
        return [_certificate(document) for document in found]

    async def advance(self, certificates: Sequence[Certificate]) -> None:
        """Each that is newer than what is held."""
        await self._documents.advance_many(CERTIFICATES, [_advance(one) for one in certificates])


def _advance(one: Certificate) -> Advance:
    return Advance(
        id=one.certificate_id,
        heard_version=one.version,
        changes={
            "holder_id": one.holder_id,
            "certificate_type": one.certificate_type,
            "state": one.state,
            "authority": one.authority,
            "valid_from": _text(one.valid_from),
            "valid_to": _text(one.valid_to),
            "represents": [
                {"holder_id": each.holder_id, "role": each.role, "until": _text(each.until)}
                for each in one.represents
            ],
        },
    )


def _certificate(document: Document) -> Certificate:
    return Certificate(
        certificate_id=document["_id"],
        version=document["heard_version"],
        holder_id=document["holder_id"],
        certificate_type=document["certificate_type"],
        state=document["state"],
        authority=document["authority"],
        valid_from=_day(document["valid_from"]),
        valid_to=_day(document["valid_to"]),
        represents=tuple(
            Speaker(holder_id=one["holder_id"], role=one["role"], until=_day(one.get("until")))
            for one in document["represents"]
        ),
    )


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
