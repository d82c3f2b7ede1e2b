"""identity's aggregates to documents and back."""

from services.identity.store.assertions import USED_ASSERTIONS, KeptAssertions
from services.identity.store.holders import HOLDERS, SCANS, KeptHolders, KeptScans
from services.identity.store.items import ITEMS, MirroredItems
from services.identity.store.organisations import CLIENTS, ORGANISATIONS, KeptClients, KeptOrganisations

AGGREGATES = (ORGANISATIONS, CLIENTS, HOLDERS, SCANS)
COLLECTIONS = (*AGGREGATES, ITEMS, USED_ASSERTIONS)

__all__ = [
    "AGGREGATES",
    "CLIENTS",
    "COLLECTIONS",
    "HOLDERS",
    "ITEMS",
    "ORGANISATIONS",
    "SCANS",
    "USED_ASSERTIONS",
    "KeptAssertions",
    "KeptClients",
    "KeptHolders",
    "KeptOrganisations",
    "KeptScans",
    "MirroredItems",
]
