"""What others read from our files: zxing-cpp from a picture, pypdf from a PDF."""

import re
import unicodedata
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import zxingcpp
from PIL import Image
from pypdf import PdfReader


def codes(picture: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture.convert("L"))]


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def text_of(pdf: bytes) -> str:
    """Of all pages, without blanks, line ends and places to break."""
    pages = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    return re.sub(r"[\s\u200b]", "", unicodedata.normalize("NFKC", pages))


def plain(text: str) -> str:
    """The same form of a text to look for."""
    return re.sub(r"[\s\u200b]", "", unicodedata.normalize("NFKC", text))


def fonts_of(pdf: bytes) -> Iterator[tuple[str, bool]]:
    """Each font's name, and whether its outlines are in the file."""
    for page in PdfReader(BytesIO(pdf)).pages:
        resources: Any = page["/Resources"]
        for font in resources["/Font"].values():
            whole = font.get_object()
            (below,) = whole["/DescendantFonts"]
            descriptor = below.get_object()["/FontDescriptor"].get_object()
            yield str(whole["/BaseFont"]), bool({"/FontFile2", "/FontFile3"} & set(descriptor))
