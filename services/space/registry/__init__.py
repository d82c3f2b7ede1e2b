"""The craft of the registry's files: one YAML file an item, one a concession."""

from services.space.registry.concessions import read_concessions
from services.space.registry.items import read_items

__all__ = ["read_concessions", "read_items"]
