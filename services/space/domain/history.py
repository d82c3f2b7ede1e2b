"""What has become of an entry: a line for each version that was ever heard."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from services.space.domain.content import Content
from services.space.domain.entries import REMOVED, Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version, as it was said; nothing in it depends on when it was heard.

    `change` None: the issue. `order`: the decision behind it, personal and so encrypted where it is kept.
    """

    entry_id: str
    holder_id: str
    version: int
    state: str
    change: str | None
    authority: str
    authority_name: str
    issued_at: datetime
    state_since: datetime | None
    valid_from: date | None
    valid_to: date | None
    name_hash: str
    order: Mapping[str, object] | None

    @classmethod
    def of(cls, entry: Entry, content: Content) -> "Version":
        """Give the line of an entry as it arrived, older than what is kept or not."""
        own = {"order", "name_hash"}
        same = {name: getattr(entry, name) for name in cls.__slots__ if name not in own}
        # What came by mistake says no name: what it had is told by the versions before.
        return cls(**same, name_hash="" if entry.state == REMOVED else entry.name_hash, order=content.order)
