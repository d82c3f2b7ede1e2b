"""The mirror of the certificate types."""

import time
from collections.abc import Callable, Mapping, Sequence

from services.identity.domain.certificates import CertificateType, Field
from services.kernel.store.documents import Advance, Collection, Document, Documents

TYPES = Collection(name="types")
# A mirror is late by nature, and a second more spares every scan a read.
FRESH_S = 1.0


class MirroredTypes:
    """`_id` = certificate type."""

    def __init__(self, documents: Documents, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._documents = documents
        self._monotonic = monotonic
        self._fresh: dict[str, tuple[float, CertificateType]] = {}

    async def find_many(self, certificate_types: Sequence[str]) -> Mapping[str, CertificateType]:
        """Those that are known, by code; what another process heard is seen a second later."""
        now = self._monotonic()
        found = {
            code: held[1]
            for code in certificate_types
            if (held := self._fresh.get(code)) is not None and now < held[0]
        }
        if missing := [code for code in certificate_types if code not in found]:
            read = await self._documents.get_many(TYPES, missing)
            for code, document in read.items():
                found[code] = _type(code, document)
                self._fresh[code] = (now + FRESH_S, found[code])
        return found

    async def advance(self, types: Sequence[CertificateType]) -> None:
        """Each that is newer than what is held."""
        await self._documents.advance_many(
            TYPES,
            [
                Advance(
                    id=one.certificate_type,
                    heard_version=one.version,
                    changes={
                        "name": one.name,
                        "public": one.public,
                        "fields": None
                        if one.fields is None
                        else [
                            {"name": field.name, "term": field.term, "sensitive": field.sensitive}
                            for field in one.fields
                        ],
                    },
                )
                for one in types
            ],
        )
        for one in types:
            self._fresh.pop(one.certificate_type, None)


def _type(code: str, document: Document) -> CertificateType:
    said = document["fields"]
    return CertificateType(
        certificate_type=code,
        version=document["heard_version"],
        name=document["name"],
        fields=None if said is None else tuple(Field(**field) for field in said),
        public=document["public"],
    )
