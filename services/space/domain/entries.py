"""Entries of a space, what is in them, and how far they serve an item."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from services.kernel.errors import NotFound
from services.kernel.event import EventMalformed
from services.space.domain.content import Content
from services.space.domain.names import HolderNotYetKnown, KnownNames, Verdict
from services.space.events import CertificateIssued, EntryAdded, EntryChanged, EntryDisputed, StatusChanged

# Of a certificate that was put into this space by mistake, and of what its holder took out of it.
REMOVED = "removed"
# material: a document of an approval's case, from the authority. upload: the holder's own.
Origin = Literal["certificate", "material", "upload"]


class EntryUnknown(NotFound):
    """Not there, or another holder's: the caller cannot tell which."""

    code = "entry_unknown"


class NothingToPull(NotFound):
    """No certificate that was asked for is there and valid."""

    code = "nothing_to_pull"


def entry_id_of(issued: CertificateIssued | StatusChanged) -> str:
    """A certificate of several holders is in the space of each: an entry for each place."""
    return f"{issued.certificate_id}-{issued.place}" if issued.place else issued.certificate_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One certificate, or other document, in its holder's space; only the store opens what is `encrypted`.

    `certificate_type` is of an upload or a material its kind. `file_id`: where its bytes are, `size` of them.
    `made_by`: the request that brought it.
    `arrival` is unique and sorts by time: paging along it skips nothing that came in the same instant.
    `judged`: whether the name in it (`name_hash`) was the holder's, as far as that was known at its arrival.
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
    name_hash: str = ""
    judged: Verdict = "fits"
    origin: Origin = "certificate"
    media_type: str | None = None
    size: int | None = None
    file_id: str | None = None
    made_by: str | None = None
    encrypted: bytes = field(default=b"", repr=False)

    @classmethod
    def of(
        cls,
        issued: CertificateIssued | StatusChanged,
        content: Content,
        *,
        at: datetime,
        arrival: str,
        name_hash: str,
    ) -> "Entry":
        """Make the entry of a certificate that arrived, or of which was told, now; not judged yet."""
        since = issued.changed_at if isinstance(issued, StatusChanged) else issued.issued_at
        if issued.version < 1:
            raise EventMalformed("versions begin with 1: what is kept would never be older")
        return cls(
            entry_id=entry_id_of(issued),
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
            name_hash=name_hash,
            judged="unknown",
        )

    def told(self) -> EntryAdded | EntryChanged | None:
        """Give the fact that it has arrived, or is another than before; None where nobody may learn of it.

        Whoever pulled it while its name fitted hears what becomes of it; its holder does not.
        """
        if self.origin == "upload":
            return None  # its holder knows, and it is nobody else's to learn
        if self.judged == "differs" and (self.change is None or not self.name_hash):
            return None
        audience = None if self.judged == "fits" else "partners"
        if self.change is None or self.state_since is None:
            same = {name: getattr(self, name) for name in EntryAdded.__slots__ if name != "audience"}
            return EntryAdded(**same, audience=audience)
        own = {"changed_at", "audience"}
        same = {name: getattr(self, name) for name in EntryChanged.__slots__ if name not in own}
        return EntryChanged(**same, changed_at=self.state_since, audience=audience)

    def judged_by(self, known: KnownNames) -> "Entry":
        """Give it with the verdict of what is known; without a name it stays as it was judged.

        So one from before names were kept is its holder's, and a removal of what never came nobody's.
        """
        if not self.name_hash:
            return self
        return replace(self, judged=known.judge(self.holder_id, self.authority, self.name_hash))

    def removed(self, before: "Entry | None") -> "Entry":
        """Give it with the name of what was there before; of what nobody was shown nobody is told."""
        if before is None:
            return replace(self, name_hash="", judged="differs")
        judged: Verdict = "unknown" if before.name_hash else before.judged
        return replace(self, name_hash=before.name_hash, judged=judged)

    def disputed(self, *, at: datetime) -> EntryDisputed:
        """Give the fact that it came for a holder of another name."""
        own = {name: getattr(self, name) for name in EntryDisputed.__slots__ if name != "disputed_at"}
        return EntryDisputed(**own, disputed_at=at)

    @property
    def of_another(self) -> bool:
        """Whether its holder is one of several, and not the first: the entry has a place behind the id."""
        return "-" in self.entry_id

    def state_on(self, today: date) -> str:
        """Tell the state on a civil day in China: a certificate is valid to the end of its last day."""
        if self.state != "valid":
            return self.state
        if self.valid_to is not None and self.valid_to < today:
            return "expired"
        return "not_yet_valid" if self.valid_from is not None and today < self.valid_from else "valid"

    def days_left_on(self, today: date) -> int | None:
        """Count the days to its last one: 0 on it, below 0 after; None where it has no end."""
        return (self.valid_to - today).days if self.valid_to is not None else None

    def on(self, today: date) -> "Entry":
        """Show it as it stands on that day."""
        return replace(self, state=self.state_on(today))


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """An entry with what is in it: shown to its holder, and to an operator after the record."""

    entry: Entry
    content: Content


def shown(judged: Iterable[Entry]) -> list[Entry]:
    """Those that are their holder's; of one that cannot be told yet nothing else can be said either."""
    entries = list(judged)
    if any(one.judged == "unknown" for one in entries):
        raise HolderNotYetKnown("the registration of the holder has not arrived here yet")
    return [one for one in entries if one.judged == "fits"]
