"""Pictures that travel inside an answer."""

import base64
from typing import Literal

from services.identity.ports import World

ImageForm = Literal["svg", "png"]


def picture_of(world: World, text: str, form: ImageForm) -> str:
    """As a data URI (RFC 2397), which a page shows as it is."""
    if form == "svg":
        return data_uri(world.drawing.svg(text), "image/svg+xml")
    return data_uri(world.drawing.png(text), "image/png")


def data_uri(content: bytes, media_type: str) -> str:
    """Whole and in Base64."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
