"""What notify hears; it says nothing on Kafka."""

from services.notify.events.others import (
    CodeReused,
    HolderErased,
    MandateChanged,
    OrganisationRegistered,
    ScanDisputed,
    ScanRecorded,
    StandingChanged,
)
from services.notify.events.spaces import AccessRecorded, CaseChanged, EntryAdded, EntryChanged, PulledEntry

__all__ = [
    "AccessRecorded",
    "CaseChanged",
    "CodeReused",
    "EntryAdded",
    "EntryChanged",
    "HolderErased",
    "MandateChanged",
    "OrganisationRegistered",
    "PulledEntry",
    "ScanDisputed",
    "ScanRecorded",
    "StandingChanged",
]
