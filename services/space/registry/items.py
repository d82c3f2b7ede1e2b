"""The item files."""

from pathlib import Path
from typing import Any

import yaml

from services.kernel.errors import Invalid
from services.space.domain import Item, ItemInvalid, Need
from services.space.registry.reading import check_kinds, predicate

_KINDS = {"required": list, "statutory": bool, "answers_only": bool, "provisional": bool, "needs": list}
_KINDS_OF_NEED = {"fields": list, "predicate": dict}


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
        check_kinds(said, _KINDS)
        needs = tuple(_need(one) for one in said.get("needs", ()))
        own = {"required": tuple(said["required"]), "basis": said["basis"].strip(), "needs": needs}
        return Item(**{**said, **own})
    except (yaml.YAMLError, OSError, ValueError, KeyError, TypeError, AttributeError, Invalid) as error:
        raise ItemInvalid(f"{path.name}: {error}") from error


def _need(said: dict[str, Any]) -> Need:
    check_kinds(said, _KINDS_OF_NEED)
    asked = said.get("predicate")
    own = {"fields": tuple(said.get("fields", ())), "predicate": asked and predicate(asked)}
    return Need(**{**said, **own})
