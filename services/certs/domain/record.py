"""What the transparency log keeps of a certificate's issue and of each change (docs/evidence.md).

A record is handed out as evidence, so it names no holder: a derived id never leaves the platform (law 5).
Whose certificate it is stands in the token, to which its digest binds the record.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from services.certs.events import CertificateIssued, StatusChanged
from services.kernel.event import derived_id

# Named one by one: what is added to an event one day is not for whoever reads evidence until it stands here.
_TOLD = (
    *("certificate_id", "version", "certificate_type", "authority", "state", "change"),
    *("issued_at", "changed_at", "valid_from", "valid_to", "token_digest"),
)
_SAID = (CertificateIssued, StatusChanged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One event for the log: `id` is its ce_id, `record` the text that evidence repeats to the letter."""

    id: str
    holder_id: str
    record: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """A certificate that came to this version; `ever`: all holders that it had."""

    certificate_id: str
    version: int
    ever: tuple[str, ...]


def fact_of(ce_id: str, event: CertificateIssued | StatusChanged) -> Fact:
    """The event as a record: RFC 8785 (sorted names, no blanks, UTF-8); what has no value is left out."""
    told = {name: _plain(getattr(event, name, None)) for name in _TOLD}
    said = {name: value for name, value in told.items() if value is not None}
    record = json.dumps(
        {"type": event.type, **said}, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    )
    return Fact(id=ce_id, holder_id=event.holder_id, record=record)


def is_removal(record: str) -> bool:
    """Whether it says that somebody had the certificate wrongly, and nothing of the certificate itself."""
    return bool(json.loads(record)["state"] == "removed")


def fact_ids(certificate_id: str, holder_ids: Iterable[str], *, version: int) -> tuple[str, ...]:
    """The ids of which one is that of an event by which the certificate came to this version.

    `holder_ids`: all that it ever had, those that it has now first; to each of them it was said, or to none.
    """
    return tuple(
        derived_id(kind.type, certificate_id, one, version=version) for kind in _SAID for one in holder_ids
    )


def token_digest(token: str) -> str:
    """SHA-256 in hexadecimal of what was signed: the text up to the first `~` of an SD-JWT.

    Every presentation of one, whatever it discloses, has this digest; a signature that nobody can foresee
    is part of it, so nobody finds out by trying what the token says.
    """
    return hashlib.sha256(token.partition("~")[0].encode()).hexdigest()


def _plain(value: object) -> object:
    """A moment as RFC 3339 in UTC to the millisecond, a day as YYYY-MM-DD; numbers and texts as they are."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
