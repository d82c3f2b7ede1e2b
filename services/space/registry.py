"""The craft of the item files: one YAML file an item."""

from pathlib import Path
from typing import Any

import yaml

from services.space.domain import Item, ItemInvalid

_KINDS = {"required": list, "statutory": bool, "provisional": bool}


def read_items(folder: Path) -> tuple[Item, ...]:
    """Give every item of the folder, or raise `ItemInvalid` naming the file: half a registry misleads."""
    items = [_read(path) for path in sorted(folder.glob("*.yaml"))]
    if not items:
        raise ItemInvalid(f"{folder}: no file of an item (*.yaml) is there")
    codes = [item.item for item in items]
    if twice := {code for code in codes if codes.count(code) > 1}:
        raise ItemInvalid(f"{folder}: {', '.join(sorted(twice))} stands in two files")
    return tuple(items)


def _read(path: Path) -> Item:
    try:
        said: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        _check_kinds(said)
        return Item(**{**said, "required": tuple(said["required"]), "basis": said["basis"].strip()})
    except (yaml.YAMLError, OSError, ValueError, KeyError, TypeError, AttributeError, ItemInvalid) as error:
        raise ItemInvalid(f"{path.name}: {error}") from error


def _check_kinds(said: dict[str, Any]) -> None:
    """YAML makes a number of `2026` and a text of `"yes"`; who hears of the item would bury it."""
    for name, value in said.items():
        kind = _KINDS.get(name, str)
        if not isinstance(value, kind):
            raise ItemInvalid(f"{name} is no {kind.__name__}")
