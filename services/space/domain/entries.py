"""Entries of a space, what is in them, and how far they serve an item."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from services.kernel.errors import NotFound
from services.kernel.event import EventMalformed
from services.space.events import CertificateIssued, EntryAdded, EntryChanged, StatusChanged

Result = Literal["have", "expired", "not_valid", "missing"]


class EntryUnknown(NotFound):
    """Not there, or another holder's: the caller cannot tell which."""

    code = "entry_unknown"


class NothingToPull(NotFound):
    """No certificate that was asked for is there and valid."""

    code = "nothing_to_pull"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a certificate says: personal, so it travels sealed and is encrypted where it is kept."""

    identifier: str
    name: str
    holder_name: str
    credential: str
    number: str | None = None
    authority_name: str | None = None
    id_type: str | None = None
    id_number_masked: str | None = None
    fields: Mapping[str, object] = field(default_factory=dict)
    order: Mapping[str, object] | None = None

    @classmethod
    def read(cls, plain: bytes) -> "Content":
        """From JSON; unknown fields pass. A refusal repeats nothing of it."""
        try:
            said = json.loads(plain)
            json.dumps(said, ensure_ascii=False).encode()  # half a character is no text that can be shown
            content = cls(**{name: said[name] for name in cls.__slots__ if name in said})
        except (ValueError, TypeError, RecursionError) as error:
            raise EventMalformed("the sealed content is not that of a certificate") from error
        texts = [getattr(content, name) for name in cls.__slots__ if name not in {"fields", "order"}]
        needed = [content.identifier, content.name, content.holder_name, content.credential]
        if not (
            all(isinstance(text, str) for text in needed)
            and all(isinstance(text, str | None) for text in texts)
            and isinstance(content.fields, dict)
            and isinstance(content.order, dict | None)
        ):
            raise EventMalformed("the sealed content has a field of another kind")
        return content


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One certificate in its holder's space; its content is `encrypted`, and only the store opens it.

    `arrival` is unique and sorts by time: paging along it skips nothing that came in the same instant.
    """

    entry_id: str
    version: int
    holder_id: str
    certificate_type: str
    certificate_name: str
    state: str
    authority: str
    authority_name: str
    issued_at: datetime
    valid_from: date | None
    valid_to: date | None
    added_at: datetime
    arrival: str
    change: str | None = None
    state_since: datetime | None = None
    encrypted: bytes = field(default=b"", repr=False)

    @classmethod
    def of(
        cls, issued: CertificateIssued | StatusChanged, content: Content, *, at: datetime, arrival: str
    ) -> "Entry":
        """Make the entry of a certificate that arrived, or of which was told, at this moment."""
        since = issued.changed_at if isinstance(issued, StatusChanged) else issued.issued_at
        if issued.version < 1:
            raise EventMalformed("versions begin with 1: what is kept would never be older")
        return cls(
            entry_id=issued.certificate_id,
            version=issued.version,
            holder_id=issued.holder_id,
            certificate_type=issued.certificate_type,
            certificate_name=content.name,
            state=issued.state,
            authority=issued.authority,
            authority_name=content.authority_name or "",
            issued_at=issued.issued_at,
            valid_from=issued.valid_from,
            valid_to=issued.valid_to,
            added_at=at,
            arrival=arrival,
            change=issued.change,
            state_since=since if issued.change else None,
        )

    def told(self) -> EntryAdded | EntryChanged:
        """Give the fact that it has arrived, or that it is another than before."""
        if self.change is None or self.state_since is None:
            return EntryAdded(**{name: getattr(self, name) for name in EntryAdded.__slots__})
        same = {name: getattr(self, name) for name in EntryChanged.__slots__ if name != "changed_at"}
        return EntryChanged(**same, changed_at=self.state_since)

    def state_on(self, today: date) -> str:
        """Tell the state on a civil day in China: a certificate is valid to the end of its last day."""
        if self.state != "valid":
            return self.state
        if self.valid_to is not None and self.valid_to < today:
            return "expired"
        return "not_yet_valid" if self.valid_from is not None and today < self.valid_from else "valid"

    def on(self, today: date) -> "Entry":
        """Show it as it stands on that day."""
        return replace(self, state=self.state_on(today))


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """An entry with what is in it: shown to its holder, and to an operator after the record."""

    entry: Entry
    content: Content


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How far the space serves one required type: never content. `reason` is a reason code."""

    certificate_type: str
    result: Result
    state: str | None = None
    reason: str | None = None
    entry_ids: tuple[str, ...] = ()


_RESULTS: Mapping[str, tuple[Result, str | None]] = {
    "valid": ("have", None),
    "expired": ("expired", "certificate_expired"),
}


def match(certificate_types: Iterable[str], entries: Sequence[Entry], *, today: date) -> tuple[Match, ...]:
    """Tell the best there is of each type, in the order asked; `entries` come newest first."""
    return tuple(_best(one, entries, today) for one in certificate_types)


def _best(certificate_type: str, entries: Sequence[Entry], today: date) -> Match:
    by_state: dict[str, list[str]] = {}
    for entry in entries:
        if entry.certificate_type == certificate_type:
            by_state.setdefault(entry.state_on(today), []).append(entry.entry_id)
    if not by_state:
        return Match(certificate_type=certificate_type, result="missing", reason="certificate_missing")
    # One that only lapsed can be renewed: of several that do not serve it is the one to speak of.
    state = next(one for one in ("valid", "expired", *by_state) if one in by_state)
    result, reason = _RESULTS.get(state, ("not_valid", "certificate_not_valid"))
    return Match(
        certificate_type=certificate_type,
        result=result,
        state=state,
        reason=reason,
        entry_ids=tuple(by_state[state]),
    )


def usable(entries: Iterable[Entry], *, today: date) -> list[Entry]:
    """Those that may be handed over: only a valid certificate is."""
    return [entry for entry in entries if entry.state_on(today) == "valid"]
