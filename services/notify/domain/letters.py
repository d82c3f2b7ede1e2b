"""What a partner is told: that it happened, to whom by a pseudonym, and no content."""

import hmac
import json
from typing import Any

from services.kernel.event import Heard
from services.notify.domain.messages import Told, ToldPartner, fields_of
from services.notify.events import EntryAdded, EntryChanged


def partner_key(root: bytes, organisation: str) -> bytes:
    """Derive the key of one partner's pseudonyms; organisations cannot compare theirs."""
    return hmac.digest(root, f"partner:{organisation}".encode(), "sha256")


def pseudonym(key: bytes, holder_id: str) -> str:
    """Name a holder as this partner knows it (design.md, law 5): 64 hexadecimal characters."""
    return hmac.digest(key, holder_id.encode(), "sha256").hex()


def letter(heard: Heard[ToldPartner], key: bytes) -> str:
    """Write what a partner gets: CloudEvents JSON of type, state and time. Content needs a grant."""
    body = {
        "specversion": "1.0",
        "id": heard.id,
        "type": heard.type,
        "source": heard.source,
        "subject": pseudonym(key, f"subject:{heard.subject}"),
        "time": heard.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": {"holder": pseudonym(key, heard.event.holder_id), **_disclosed(heard.event)},
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _disclosed(event: Told) -> dict[str, Any]:
    if isinstance(event, EntryChanged):
        return fields_of(event, "state", "change", "certificate_type", "authority")
    if isinstance(event, EntryAdded):
        return fields_of(event, "state", "certificate_type", "authority")
    return fields_of(event, "outcome", "item", "certificate_types")
