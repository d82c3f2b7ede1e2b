"""The public face of an enterprise code (企业码): what anybody may see who reads the printed poster."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.kernel.errors import Conflict, NotFound

FACE_PATH = "/q/"
_FACE = re.compile(r"https?://[^\s?#]+/q/[A-Z2-7]{26}")


class FaceUnknown(NotFound):
    """No organisation has this face."""

    code = "face_unknown"


class FaceNotOfEnterprise(Conflict):
    """A person has no static code: nothing of a person is public."""

    code = "face_not_of_enterprise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """A certificate of a public type (证照公示). `valid_to` None: 长期."""

    name: str
    authority: str
    valid_to: date | None
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """All of it: a field more would be somebody's secret on a shop window."""

    name: str
    code: str
    status: Literal["active", "dissolved"]
    licences: tuple[Licence, ...]


def is_face(text: str) -> bool:
    """Whether a scanned text is the static code of an enterprise, which opens nothing at a counter."""
    return _FACE.fullmatch(text.strip()) is not None
