"""Entries, accesses and items to documents and back."""

from services.space.store.accesses import ACCESSES, AccessStore
from services.space.store.entries import ENTRIES, EntryStore
from services.space.store.items import ITEMS, ItemStore

__all__ = ["ACCESSES", "ENTRIES", "ITEMS", "AccessStore", "EntryStore", "ItemStore"]
