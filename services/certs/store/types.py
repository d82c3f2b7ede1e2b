"""Certificate types as published: one document each, and one of its own for every earlier version."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial

import msgspec

from services.certs.domain import Catalogue, CertificateType, next_version
from services.certs.events import PublishedField, TypePublished
from services.certs.store.paging import pages
from services.kernel.errors import Refusal, Stale
from services.kernel.outbox.aggregates import Aggregates, Birth
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey

log = logging.getLogger("yima.certs.types")

CERTIFICATE_TYPES = Collection.of_aggregates("certificate_types")
CERTIFICATE_TYPE_VERSIONS = Collection(name="certificate_type_versions")
# What another process published is seen a second later; an approval a read it spares.
FRESH_S = 1.0
# Who published what a file says.
FILE = "file"
_ROUNDS = 8
_LATER = ("_id", "changed_at", "outbox")


class TypeStore:
    """`_id` = code. Of an earlier version `_id` = code/version, kept before the next one may be published."""

    def __init__(
        self,
        documents: Documents,
        aggregates: Aggregates,
        *,
        files: Catalogue,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._documents, self._aggregates, self._monotonic = documents, aggregates, monotonic
        self._files = files
        self._files_taken = False
        self._read_made: Mapping[str, CertificateType] = {}
        self._fresh: tuple[float, Catalogue] | None = None
        self._reading = asyncio.Lock()

    async def catalogue(self, *, at_once: bool = False) -> Catalogue:
        """Every type as it stands, or stood at most `FRESH_S` ago; `at_once`: as it stands."""
        if not at_once and self._fresh and self._monotonic() < self._fresh[0]:
            return self._fresh[1]
        async with self._reading:  # of those who wait for one reading all but the first find it fresh
            if not at_once and self._fresh and self._monotonic() < self._fresh[0]:
                return self._fresh[1]
            if not self._files_taken:
                await self._take_files()
            begun = self._monotonic()
            catalogue = await self._read()
            self._fresh = (begun + FRESH_S, catalogue)
            return catalogue

    async def take_files(self) -> None:
        """Publish what changed in the files; also whoever asks first for the catalogue sees to it."""
        async with self._reading:
            await self._take_files()

    async def _take_files(self) -> None:
        for one in self._files.types.values():
            await _insist(partial(self._take, one))
        self._files_taken = True

    async def _take(self, one: CertificateType) -> None:
        """A file wins once, when it has changed; what an administrator publishes over it stays."""
        loaded = await self._aggregates.load(one.certificate_type)
        content = content_of(one)
        if loaded and loaded.get("taken") == content:
            return
        found = _type(one.certificate_type, loaded) if loaded else None
        try:
            following = next_version(found, one, types=await self._read(), read=None)
        except Refusal as refusal:
            log.exception("a type's file is not taken", extra={"code": refusal.code, "detail": refusal.cause})
            return
        if loaded and loaded.get("by") not in {None, FILE}:
            log.warning(
                "a type's file has changed and wins over what an administrator published",
                extra={"certificate_type": one.certificate_type, "published_by": loaded["by"]},
            )
        again = replace(one, version=found.version + 1 if found else 1)
        await self.keep(following or again, by=FILE, taken=content)

    async def find(self, code: str, *, version: int | None = None) -> CertificateType | None:
        """By exactly this code: as it stands, or as it was at that version."""
        document = await self._aggregates.load(code)
        if document is None:
            return None
        if version is None or version == document["version"]:
            return _type(code, document)
        earlier = await self._documents.get(CERTIFICATE_TYPE_VERSIONS, f"{code}/{version}")
        return _type(code, earlier) if earlier else None

    async def keep(self, one: CertificateType, *, by: str, taken: str | None = None) -> None:
        """Keep and say version n over n-1, or raise `Stale`. `taken`: the content of its file."""
        state: Document = msgspec.to_builtins(one)
        del state["version"]
        state |= {"by": by} | ({"taken": taken} if taken else {})
        code, said = one.certificate_type, _published(one)
        if one.version == 1:
            try:
                await self._aggregates.add(Birth(id=code, state=state, emit=[said]))
            except DuplicateKey as error:
                raise Stale(f"{code} was published a moment ago") from error
        else:
            loaded = await self._aggregates.load(code)
            if loaded is None or loaded["version"] != one.version - 1:
                raise Stale(f"{code} was changed a moment ago")
            await self._put_aside(loaded)
            await self._aggregates.change(loaded, state, emit=[said])
        self._fresh = None

    async def _put_aside(self, loaded: Document) -> None:
        """Before its successor stands: a version that certificates name is never missing."""
        kept = {name: value for name, value in loaded.items() if name not in _LATER}
        kept["_id"] = f"{loaded['_id']}/{loaded['version']}"
        await self._documents.insert_many(CERTIFICATE_TYPE_VERSIONS, [kept])

    async def _read(self) -> Catalogue:
        held: Mapping[str, CertificateType] = self._read_made
        made: dict[str, CertificateType] = {}
        async for page in pages(self._documents, CERTIFICATE_TYPES, {}):
            made |= {one["_id"]: _as_held(held.get(one["_id"]), one) for one in page}
        if self._fresh and made == held:
            return self._fresh[1]
        self._read_made = made
        return Catalogue(made.values())


async def _insist(take: Callable[[], Awaitable[None]]) -> None:
    """Another process takes the same files at the same moment: look again what stands."""
    for _ in range(_ROUNDS):
        with suppress(Stale):
            await take()
            return
    await take()


def content_of(one: CertificateType) -> str:
    """Give a digest of the definition, whatever its version."""
    state = msgspec.to_builtins(one)
    del state["version"]
    return hashlib.sha256(msgspec.json.encode(state)).hexdigest()


def _as_held(held: CertificateType | None, document: Document) -> CertificateType:
    same = held is not None and held.version == document["version"]
    return held if same and held else _type(document["_id"], document)


def _type(code: str, document: Document) -> CertificateType:
    """Also of a document that an earlier release wrote with fewer fields."""
    return msgspec.convert({**document, "certificate_type": code}, CertificateType)


def _published(one: CertificateType) -> TypePublished:
    return TypePublished(
        certificate_type=one.certificate_type,
        version=one.version,
        name=one.name,
        name_en=one.name_en,
        holder_kind=one.holder_kinds[0],
        provisional=one.provisional,
        defining_authority=one.defining_authority,
        fields=tuple(
            PublishedField(name=line.name, term=line.term, sensitive=line.sensitive) for line in one.fields
        ),
        public=one.public,
        formerly=one.formerly,
        face=one.face,
        one_per_holder=one.one_per_holder,
        retention_years=one.retention_years,
    )
