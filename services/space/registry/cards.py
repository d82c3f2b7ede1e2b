"""The files of the card groups."""

from pathlib import Path
from typing import Any

import yaml

from services.kernel.errors import Invalid
from services.space.domain import Card, CardInvalid, Cards, Material
from services.space.registry.reading import check_kinds

_KINDS = {"order": int, "holders": list, "certificate_types": list, "materials": list}


def read_cards(folder: Path) -> Cards:
    """Give the card groups of the folder, or raise `CardInvalid` naming the file."""
    return Cards.of(_read_card(path) for path in sorted(folder.glob("*.yaml")))


def _read_card(path: Path) -> Card:
    try:
        said: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        check_kinds(said, _KINDS)
        materials = tuple(Material(**one) for one in said.get("materials", ()))
        own = {
            "holders": tuple(said["holders"]),
            "certificate_types": tuple(said.get("certificate_types", ())),
            "materials": materials,
        }
        return Card(**{**said, **own})
    except (yaml.YAMLError, OSError, ValueError, KeyError, TypeError, AttributeError, Invalid) as error:
        raise CardInvalid(f"{path.name}: {error}") from error
