"""A line for each version of an entry; what was decided is encrypted, class `record`."""

import json
from collections.abc import Collection as Several
from collections.abc import Mapping, Sequence
from datetime import date

from services.kernel.keys.vault import Keys, Vault
from services.kernel.store.documents import Collection, Document, Documents, Index
from services.space.domain import Version
from services.space.store.documents import as_kept, as_stored

VERSIONS = Collection(name="entry_versions", indexes=(Index(keys=("entry_id",)),))
# A certificate has fewer: certs refuses more changes of one.
_MOST = 500
_OWN = ("order",)


class HistoryStore:
    """Keeps `ports.Histories`. `_id` = entry id and version (law 3: a reaction)."""

    def __init__(self, documents: Documents, vault: Vault) -> None:
        self._documents = documents
        self._vault = vault

    async def add(self, versions: Sequence[Version]) -> None:
        """One bulk; what is there stays as it is."""
        keys = await self._vault.keys({one.holder_id for one in versions if one.order}, "record")
        lines = {
            _id(one): as_stored(one, without=_OWN) | {"order": _encrypted(one, keys)} for one in versions
        }
        await self._documents.insert_many(VERSIONS, [{"_id": key, **line} for key, line in lines.items()])

    async def of(self, entry_id: str) -> Sequence[Version]:
        """Along the index of the entry."""
        found = await self._documents.find(
            VERSIONS, {"entry_id": entry_id}, newest_first="version", limit=_MOST
        )
        keys = await self._vault.keys({one["holder_id"] for one in found}, "record", make=False)
        return [_version(one, keys) for one in found]

    async def names(self, entry_ids: Several[str]) -> Mapping[str, str]:
        """Of the few that were removed."""
        found = await self._documents.find(VERSIONS, {"entry_id": tuple(sorted(entry_ids))}, limit=_MOST)
        said = sorted((one for one in found if one["name_hash"]), key=lambda one: one["version"])
        return {one["entry_id"]: one["name_hash"] for one in said}


def _encrypted(version: Version, keys: Keys) -> bytes | None:
    if version.order is None:
        return None
    plain = json.dumps(version.order, ensure_ascii=False).encode()
    return keys.encrypt(version.holder_id, plain, place=f"{VERSIONS.name}/{_id(version)}")


def _version(line: Document, keys: Keys) -> Version:
    kept = line["order"]
    place = f"{VERSIONS.name}/{line['_id']}"
    order = json.loads(keys.decrypt(line["holder_id"], kept, place=place)) if kept else None
    days = {name: line[name] and date.fromisoformat(line[name]) for name in ("valid_from", "valid_to")}
    return as_kept(Version, line, days | {"order": order})


def _id(version: Version) -> str:
    return f"{version.entry_id}:{version.version}"
