"""Personal fields at rest: AES-256-GCM with a data key per holder and retention class.

A data key is kept, wrapped by the service's master key, before it is first used; deleting it
makes everything written with it unreadable, in every copy and backup of the data.
"""

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.kernel.errors import Gone
from services.kernel.store.documents import Collection, Documents

# own: profile, contacts, messages, until erasure. record: certificates, access records, until their term.
Retention = Literal["own", "case", "record"]

KEYS = Collection(name="keys")
_NONCE = 12
_CACHED_KEYS = 10_000
# A key that another process has deleted is forgotten here too, within this many seconds.
_CACHED_SECONDS = 60.0


class ContentErased(Gone):
    """The data key has been deleted: the content is gone for good."""

    code = "content_erased"


class CiphertextBroken(Exception):
    """A defect or damage, never a caller's doing: another key, another place, or changed bytes."""


def _encrypt(cipher: AESGCM, plain: bytes, place: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + cipher.encrypt(nonce, plain, place.encode())


def _decrypt(cipher: AESGCM, sealed: bytes, place: str) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
    except (InvalidTag, ValueError) as error:
        raise CiphertextBroken(f"the content at {place} does not open with its key") from error


class Keys:
    """The data keys of some holders, in hand."""

    def __init__(self, ciphers: Mapping[str, AESGCM]) -> None:
        self._ciphers = ciphers

    def holds(self, holder_id: str) -> bool:
        """Whether the key of this holder is among them."""
        return holder_id in self._ciphers

    def encrypt(self, holder_id: str, plain: bytes, *, place: str) -> bytes:
        """Nonce and ciphertext, bound to the place (`certificates/<id>`) where they will be kept."""
        return _encrypt(self._ciphers[holder_id], plain, place)

    def decrypt(self, holder_id: str, sealed: bytes, *, place: str) -> bytes:
        """Give the content back; ContentErased when the key is gone."""
        if not self.holds(holder_id):
            raise ContentErased(f"the content at {place} was erased")
        return _decrypt(self._ciphers[holder_id], sealed, place)


class Vault:
    """Gives out data keys, from the store or from a bounded cache."""

    def __init__(
        self, documents: Documents, master_key: bytes, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._documents = documents
        self._master = AESGCM(master_key)
        self._monotonic = monotonic
        self._cache: OrderedDict[str, tuple[float, AESGCM]] = OrderedDict()
        self._absent: set[str] = set()

    async def keys(
        self, holder_ids: Iterable[str], retention: Retention, *, make: bool = True, fresh: bool = False
    ) -> Keys:
        """Get the keys of all these holders in at most three trips; readers say `make=False`.

        Who makes keys after having read in vain is spared the first trip: the insert tells what is there.

        `fresh`: from the store, so that one that is there costs what one that is not costs; nor is it
        remembered that there was none.
        """
        wanted = {f"{holder_id}:{retention}": holder_id for holder_id in holder_ids}
        found = {key_id: cipher for key_id in wanted if not fresh and (cipher := self._cached(key_id))}
        absent = self._absent if make and not fresh else frozenset()
        if missing := [key_id for key_id in wanted if key_id not in found and key_id not in absent]:
            found |= await self._load(missing, remember=not fresh)
        if make and (missing := [key_id for key_id in wanted if key_id not in found]):
            found |= await self._make(missing)
        return Keys({wanted[key_id]: cipher for key_id, cipher in found.items()})

    async def forget(self, holder_id: str, retention: Retention) -> bool:
        """Erase all that was written with this key; whether there was one."""
        key_id = f"{holder_id}:{retention}"
        erased = await self._documents.delete(KEYS, key_id)
        self._cache.pop(key_id, None)
        return erased

    async def _load(self, key_ids: list[str], *, remember: bool = False) -> dict[str, AESGCM]:
        kept = await self._documents.get_many(KEYS, key_ids)
        if len(self._absent) > _CACHED_KEYS:
            self._absent.clear()
        self._absent.update(key_id for key_id in key_ids if remember and key_id not in kept)
        return {
            key_id: self._keep(key_id, _decrypt(self._master, bytes(document["wrapped"]), key_id))
            for key_id, document in kept.items()
        }

    async def _make(self, key_ids: list[str]) -> dict[str, AESGCM]:
        fresh = {key_id: AESGCM.generate_key(256) for key_id in key_ids}
        documents = [
            {"_id": key_id, "wrapped": _encrypt(self._master, key, key_id)} for key_id, key in fresh.items()
        ]
        taken = await self._documents.insert_many(KEYS, documents)
        made = {key_id: self._keep(key_id, key) for key_id, key in fresh.items() if key_id not in taken}
        # Another process was first with these: its keys are the ones that stand.
        return made | (await self._load(sorted(taken)) if taken else {})

    def _keep(self, key_id: str, key: bytes) -> AESGCM:
        cipher = AESGCM(key)
        self._absent.discard(key_id)
        self._cache[key_id] = (self._monotonic() + _CACHED_SECONDS, cipher)
        if len(self._cache) > _CACHED_KEYS:
            self._cache.popitem(last=False)
        return cipher

    def _cached(self, key_id: str) -> AESGCM | None:
        until, cipher = self._cache.get(key_id, (0.0, None))
        if cipher is None or until <= self._monotonic():
            return None
        self._cache.move_to_end(key_id)
        return cipher
