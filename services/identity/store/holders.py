"""Holders and the scans of their codes."""

import json
from dataclasses import asdict, fields

from services.identity.domain import Holder, Scan
from services.kernel.holders import HolderId, HolderKind
from services.kernel.keys.vault import Vault
from services.kernel.outbox.aggregates import Aggregates, Birth
from services.kernel.store.documents import Collection, DuplicateKey

HOLDERS = Collection.of_aggregates("holders")
SCANS = Collection.of_aggregates("scans")


class KeptHolders:
    """`_id` = holder id; name, number and id type only in the encrypted `profile` (class own)."""

    def __init__(self, kept: Aggregates, vault: Vault) -> None:
        self._kept = kept
        self._vault = vault

    async def kind_of(self, holder_id: HolderId) -> HolderKind | None:
        """Without opening the profile."""
        document = await self._kept.load(holder_id)
        return document["kind"] if document else None

    async def find(self, holder_id: HolderId) -> Holder | None:
        """With the profile opened."""
        document = await self._kept.load(holder_id)
        if document is None:
            return None
        keys = await self._vault.keys([holder_id], "own", make=False)
        profile = keys.decrypt(holder_id, bytes(document["profile"]), place=_place(holder_id))
        return Holder(holder_id=holder_id, kind=document["kind"], **json.loads(profile))

    async def add(self, holder: Holder) -> bool:
        """Keep it with its fact; False if it is there."""
        profile = {"id_type": holder.id_type, "number": holder.number, "name": holder.name}
        keys = await self._vault.keys([holder.holder_id], "own")
        sealed = keys.encrypt(
            holder.holder_id, json.dumps(profile, ensure_ascii=False).encode(), place=_place(holder.holder_id)
        )
        state = {"kind": holder.kind, "profile": sealed}
        try:
            await self._kept.add(Birth(id=holder.holder_id, state=state, emit=(holder.registered(),)))
        except DuplicateKey:
            return False
        return True


def _place(holder_id: HolderId) -> str:
    return f"holders/{holder_id}"


class KeptScans:
    """`_id` = scan id, which is the code's: a second use of a code is a duplicate key."""

    def __init__(self, kept: Aggregates) -> None:
        self._kept = kept

    async def find(self, scan_id: str) -> Scan | None:
        """The one use of a code."""
        document = await self._kept.load(scan_id)
        if document is None:
            return None
        types = tuple(document["certificate_types"])
        return Scan(**{one.name: document[one.name] for one in fields(Scan)} | {"certificate_types": types})

    async def add(self, scan: Scan) -> bool:
        """Scan, grant and their facts, in one write."""
        try:
            await self._kept.add(Birth(id=scan.scan_id, state=asdict(scan), emit=scan.facts()))
        except DuplicateKey:
            return False
        return True
