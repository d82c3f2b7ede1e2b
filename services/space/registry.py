"""The craft of the files: one YAML file an item, one a card group."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from services.kernel.errors import Invalid
from services.space.domain import Card, CardInvalid, Cards, Item, ItemInvalid, Material, Need, Predicate

_KINDS = {"required": list, "statutory": bool, "provisional": bool, "needs": list}
_KINDS_OF_NEED = {"fields": list, "predicate": dict}
_KINDS_OF_CARD = {"order": int, "holders": list, "certificate_types": list, "materials": list}


def read_items(folder: Path) -> tuple[Item, ...]:
    """Give every item of the folder, or raise `ItemInvalid` naming the file: half a registry misleads."""
    items = [_read(path) for path in sorted(folder.glob("*.yaml"))]
    if not items:
        raise ItemInvalid(f"{folder}: no file of an item (*.yaml) is there")
    codes = [item.item for item in items]
    if twice := {code for code in codes if codes.count(code) > 1}:
        raise ItemInvalid(f"{folder}: {', '.join(sorted(twice))} stands in two files")
    return tuple(items)


def read_cards(folder: Path) -> Cards:
    """Give the card groups of the folder, or raise `CardInvalid` naming the file."""
    return Cards.of(_read_card(path) for path in sorted(folder.glob("*.yaml")))


def _read_card(path: Path) -> Card:
    try:
        said: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        _check_kinds(said, _KINDS_OF_CARD)
        materials = tuple(Material(**one) for one in said.get("materials", ()))
        own = {
            "holders": tuple(said["holders"]),
            "certificate_types": tuple(said.get("certificate_types", ())),
            "materials": materials,
        }
        return Card(**{**said, **own})
    except (yaml.YAMLError, OSError, ValueError, KeyError, TypeError, AttributeError, Invalid) as error:
        raise CardInvalid(f"{path.name}: {error}") from error


def _read(path: Path) -> Item:
    try:
        said: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        _check_kinds(said, _KINDS)
        needs = tuple(_need(one) for one in said.get("needs", ()))
        own = {"required": tuple(said["required"]), "basis": said["basis"].strip(), "needs": needs}
        return Item(**{**said, **own})
    except (yaml.YAMLError, OSError, ValueError, KeyError, TypeError, AttributeError, Invalid) as error:
        raise ItemInvalid(f"{path.name}: {error}") from error


def _need(said: dict[str, Any]) -> Need:
    _check_kinds(said, _KINDS_OF_NEED)
    own = {"fields": tuple(said.get("fields", ())), "predicate": _predicate(said.get("predicate"))}
    return Need(**{**said, **own})


def _predicate(said: dict[str, Any] | None) -> Predicate | None:
    """`value` is one or a list; a number or a date of YAML is meant as it is written."""
    if said is None:
        return None
    named = dict(said)
    value = named.pop("value")
    values = value if isinstance(value, list) else [value]
    return Predicate(**named, values=tuple(str(one) for one in values))


def _check_kinds(said: dict[str, Any], kinds: Mapping[str, type]) -> None:
    """YAML makes a number of `2026` and a text of `"yes"`; who hears of the item would bury it."""
    for name, value in said.items():
        kind = kinds.get(name, str)
        if not isinstance(value, kind):
            raise ItemInvalid(f"{name} is no {kind.__name__}")
