"""The audit trail: one document for each event of `identity-organisation`, never changed."""

from collections.abc import Sequence
from datetime import UTC, datetime

from services.identity.domain.audit import Change
from services.kernel.store.documents import Collection, Document, Documents, Index

AUDIT = Collection(name="audit", indexes=(Index(keys=("subject", "place")), Index(keys=("place",))))


class KeptAudit:
    """`_id` = id of the event. `place`: its time, version and id, so that no two stand at the same place."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def add(self, changes: Sequence[Change]) -> None:
        """Insert if absent."""
        await self._documents.insert_many(AUDIT, [_document(one) for one in changes])

    async def page(
        self,
        *,
        subject: str | None,
        since: datetime | None,
        before: datetime | None,
        after: str | None,
        limit: int,
    ) -> tuple[Sequence[Change], str | None]:
        """Newest first; `after` is the place of the last of the page before."""
        bounds = [bound for bound in (_moment(before) if before else None, after) if bound is not None]
        found = await self._documents.find(
            AUDIT,
            {"subject": subject} if subject is not None else {},
            since=("place", _moment(since)) if since else None,
            before=("place", min(bounds)) if bounds else None,
            newest_first="place",
            limit=limit + 1,
        )
        page = found[:limit]
        return [_change(one) for one in page], page[-1]["place"] if len(found) > limit else None


def _moment(at: datetime) -> str:
    """As many characters for every time, so that the order of the texts is that of the times."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


def _document(change: Change) -> Document:
    return {
        "_id": change.event_id,
        "place": f"{_moment(change.at)}/{change.version:010}/{change.event_id}",
        "at": change.at,
        "changed_by": change.changed_by,
        "what": change.what,
        "subject": change.subject,
        "version": change.version,
        "said": dict(change.said),
    }


def _change(document: Document) -> Change:
    return Change(
        event_id=document["_id"],
        **{name: document[name] for name in ("at", "changed_by", "what", "subject", "version", "said")},
    )
