"""The craft of the registry's files: one YAML file an item, a card group, a concession."""

from services.space.registry.cards import read_cards
from services.space.registry.concessions import read_concessions
from services.space.registry.items import read_items

__all__ = ["read_cards", "read_concessions", "read_items"]
