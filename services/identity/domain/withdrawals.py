"""What a fact of our own does to the grants that were out when it came about."""

from datetime import datetime

from services.identity.domain.scans import Scan
from services.identity.domain.standings import Standing


def cut_off(scan: Scan, standing: Standing, *, changed_at: datetime) -> bool:
    """Whether it dates from before the freeze, or was given in spite of it: a thaw revives no grant."""
    return (scan.granted_at or scan.scanned_at) <= changed_at or standing.state != "active"
