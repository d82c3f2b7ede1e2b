"""The face as data inside its own file, from which the file is drawn again when it is checked."""

import json
from dataclasses import asdict
from datetime import date

import msgspec

from services.certs.domain.face import Face

NAME = "face.json"
# One up with whatever changes a byte of what is drawn: older files are then of another form, not changed.
FORM = 1
# Of a stranger's that is read; the longest face takes 720,000 bytes.
LONGEST = 1024 * 1024


def card_of(face: Face) -> bytes:
    """ASCII, so that it holds any text, half a pair too, and gives back exactly what it was given."""
    said = {"form": FORM, "face": asdict(face)}
    return json.dumps(said, default=date.isoformat, separators=(",", ":")).encode("ascii")


def face_of(card: bytes) -> Face | None:
    """None: not of this form."""
    try:
        said = json.loads(card)
        if not isinstance(said, dict) or said.get("form") != FORM:
            return None
        return msgspec.convert(said.get("face"), Face)
    # What a stranger's file makes them raise: no JSON or text, nesting without end, other fields.
    except (ValueError, RecursionError, msgspec.ValidationError):
        return None
