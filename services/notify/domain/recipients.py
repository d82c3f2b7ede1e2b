"""Organisations that pulled a certificate learn when it is no longer as they pulled it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.notify.events import AccessRecorded, EntryChanged

# What a partner subscribes to; made here, for those alone whom it concerns.
PULL_OUTDATED = "notify.pull.outdated.v1"
# That a certificate has expired stands on its face: whoever pulled it has read until when it is valid.
_TELLS_NOTHING_NEW = frozenset({"expire"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """An organisation that has an entry as it was at this version, the last one that it pulled."""

    entry_id: str
    organisation: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated:
    """One organisation is told of one change: which entry, what happened, and nothing of whose it is."""

    organisation: str
    entry_id: str
    version: int
    state: str
    change: str
    certificate_type: str
    authority: str
    changed_at: datetime
    at: datetime

    @property
    def id(self) -> str:
        """The same whichever of pull and change is heard first, and however often."""
        return f"{self.entry_id}:{self.version}:{self.organisation}"


def recipients(heard: Iterable[AccessRecorded]) -> list[Recipient]:
    """Who has which entries by these pulls; of several the newest version counts."""
    newest: dict[tuple[str, str], int] = {}
    for event in heard:
        for one in event.entries if event.outcome == "pulled" else ():
            key = (one.entry_id, event.organisation)
            newest[key] = max(one.version, newest.get(key, 0))
    return [
        Recipient(entry_id=entry_id, organisation=organisation, version=version)
        for (entry_id, organisation), version in newest.items()
    ]


def that_matter(heard: Iterable[EntryChanged]) -> list[EntryChanged]:
    """Leave out what those who have it know already."""
    return [one for one in heard if one.change not in _TELLS_NOTHING_NEW]


def outdated(having: Iterable[Recipient], changes: Iterable[EntryChanged], *, at: datetime) -> list[Outdated]:
    """Tell each of every change after the version that it has."""
    told = list(changes)
    return [
        Outdated(
            organisation=one.organisation,
            entry_id=one.entry_id,
            version=change.version,
            state=change.state,
            change=change.change,
            certificate_type=change.certificate_type,
            authority=change.authority,
            changed_at=change.changed_at,
            at=at,
        )
        for one in having
        for change in told
        if change.entry_id == one.entry_id and change.version > one.version
    ]


def recall(one: Outdated) -> str:
    """Write what its webhook gets: CloudEvents JSON, with the entry id that came with the pull."""
    body = {
        "specversion": "1.0",
        "id": one.id,
        "type": PULL_OUTDATED,
        "source": "/notify",
        "subject": one.entry_id,
        "time": one.changed_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": {
            name: getattr(one, name)
            for name in ("entry_id", "version", "state", "change", "certificate_type", "authority")
        },
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
