"""The mirror of holders' names, and what authorities confirm of them: hashes alone."""

from collections.abc import Mapping, Sequence

from services.certs.domain import Confirmation, KnownAs
from services.certs.events import HolderErased, HolderRegistered, HolderRenamed
from services.kernel.keys.vault import Vault
from services.kernel.outbox.aggregates import Aggregates, Birth
from services.kernel.store.documents import Advance, Collection, Documents

HOLDER_NAMES = Collection(name="holder_names")
CONFIRMATIONS = Collection.of_aggregates("name_confirmations")


class NameMirror:
    """`_id` = holder id. Who was erased is known by no name."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def known(self, holder_ids: Sequence[str]) -> Mapping[str, KnownAs]:
        """One read, from the store at each use."""
        found = await self._documents.get_many(HOLDER_NAMES, sorted(set(holder_ids)))
        return {key: KnownAs(name_hashes=frozenset(one["name_hashes"])) for key, one in found.items()}

    async def advance(self, heard: Sequence[HolderRegistered | HolderRenamed | HolderErased]) -> None:
        """Of several versions the newest alone: it says all that counts."""
        newest = {one.holder_id: one for one in sorted(heard, key=lambda one: one.version)}
        advances = [
            Advance(id=key, heard_version=one.version, changes={"name_hashes": _hashes(one)})
            for key, one in newest.items()
        ]
        await self._documents.advance_many(HOLDER_NAMES, advances)


class ConfirmationStore:
    """`_id` tells holder, authority and name. Why and by whom is encrypted under the holder's key."""

    def __init__(self, documents: Documents, aggregates: Aggregates, vault: Vault) -> None:
        self._documents, self._aggregates, self._vault = documents, aggregates, vault

    async def there(self, ids: Sequence[str]) -> frozenset[str]:
        """One read."""
        return frozenset(await self._documents.get_many(CONFIRMATIONS, list(ids)))

    async def add(self, confirmation: Confirmation) -> None:
        """Insert it with its fact."""
        one, place = confirmation, f"{CONFIRMATIONS.name}/{confirmation.confirmation_id}"
        keys = await self._vault.keys({one.holder_id}, "record")
        state = {
            "holder_id": one.holder_id,
            "authority": one.authority,
            "name_hash": one.name_hash,
            "by": one.by,
            "at": one.at,
            "reason": keys.encrypt(one.holder_id, one.reason.encode(), place=place),
        }
        await self._aggregates.add_many([Birth(id=one.confirmation_id, state=state, emit=[one.said()])])


def _hashes(heard: HolderRegistered | HolderRenamed | HolderErased) -> list[str]:
    if isinstance(heard, HolderRenamed):
        return [heard.name_hash, *heard.former_name_hashes]
    return [heard.name_hash] if isinstance(heard, HolderRegistered) and heard.name_hash else []
