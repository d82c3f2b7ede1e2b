"""What the transparency log keeps of an access (docs/evidence.md)."""

import json
from dataclasses import asdict
from datetime import UTC

from services.space.domain.accesses import Access

KIND = "space.access.v1"
# Named one by one: what is added to an access one day is in no record until it stands here.
_TOLD = (
    *("access_id", "action", "outcome", "reason", "operator", "organisation", "counter"),
    *("item", "purpose", "case_number", "basis", "rule", "scan_id", "grant_id", "certificate_types"),
)


def record_of(access: Access) -> str:
    """All that is on record but the holder, as RFC 8785 has it; what has no value is left out.

    Evidence is handed to others, and a derived id never leaves the platform (law 5).
    """
    pairs = zip(access.entry_ids, access.entry_versions, strict=False)
    told = {name: getattr(access, name) for name in _TOLD} | {
        "type": KIND,
        "entries": [{"entry_id": entry_id, "version": version} for entry_id, version in pairs],
        "uses": [_filled(asdict(one)) for one in access.uses],
        "recorded_at": access.recorded_at.astimezone(UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z"),
    }
    return json.dumps(_filled(told), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _filled(told: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in told.items() if value}
