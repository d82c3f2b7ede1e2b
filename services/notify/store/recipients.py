"""Who pulled what, the last change of each entry that matters, and who was told."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta

from services.kernel.store.documents import Advance, Collection, Document, Documents, Index
from services.notify.domain import Outdated, Recipient
from services.notify.events import EntryChanged
from services.notify.store.pages import page

RECIPIENTS = Collection(name="recipients", indexes=(Index(keys=("entry_id",)),))
ENTRY_CHANGES = Collection(name="entry_changes")
OUTDATED = Collection(
    name="outdated",
    indexes=(Index(keys=("organisation", "at")), Index(keys=("at",), expire_after=90 * 24 * 3600)),
)
# More organisations than a county has pulled one certificate.
_MOST = 10_000
_PERIODS = (timedelta(days=1), timedelta(days=30))
_TOLD = ("state", "change", "certificate_type", "certificate_name", "authority", "authority_name")


class StoredRecipients:
    """Two mirrors by the version of the entry, and a reaction under the id of what is told."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def remember(self, recipients: Sequence[Recipient]) -> None:
        """Each as the newest version that it pulled."""
        await self._documents.advance_many(
            RECIPIENTS,
            [
                Advance(
                    id=f"{one.entry_id}:{one.organisation}",
                    heard_version=one.version,
                    changes={"entry_id": one.entry_id, "organisation": one.organisation},
                )
                for one in recipients
            ],
        )

    async def of(self, entry_ids: Sequence[str]) -> list[Recipient]:
        """Along the index of entries."""
        found = await self._documents.find(RECIPIENTS, {"entry_id": tuple(entry_ids)}, limit=_MOST)
        return [
            Recipient(
                entry_id=one["entry_id"], organisation=one["organisation"], version=one["heard_version"]
            )
            for one in found
        ]

    async def keep_changes(self, changes: Sequence[EntryChanged]) -> None:
        """The last one of each entry."""
        last = {one.entry_id: one for one in sorted(changes, key=lambda one: one.version)}
        await self._documents.advance_many(
            ENTRY_CHANGES,
            [
                Advance(
                    id=one.entry_id,
                    heard_version=one.version,
                    changes={name: getattr(one, name) for name in ("holder_id", "changed_at", *_TOLD)},
                )
                for one in last.values()
            ],
        )

    async def changes_of(self, entry_ids: Sequence[str]) -> list[EntryChanged]:
        """By id."""
        found = await self._documents.get_many(ENTRY_CHANGES, list(entry_ids))
        return [
            EntryChanged(
                entry_id=key,
                version=one["heard_version"],
                **{name: one[name] for name in ("holder_id", "changed_at", *_TOLD)},
            )
            for key, one in found.items()
        ]

    async def tell(self, told: Sequence[Outdated]) -> None:
        """Each once."""
        documents = [asdict(one) | {"_id": one.id} for one in told]
        await self._documents.insert_many(OUTDATED, documents)

    async def newest(self, organisation: str, *, before: datetime, limit: int) -> list[Outdated]:
        """Newest first."""
        equal = {"organisation": organisation}
        found = await page(self._documents, OUTDATED, equal, before=before, limit=limit, periods=_PERIODS)
        return [_outdated(one) for one in found]


def _outdated(document: Document) -> Outdated:
    return Outdated(**{one.name: document[one.name] for one in fields(Outdated)})
