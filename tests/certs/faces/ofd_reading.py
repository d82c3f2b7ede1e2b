"""What others read from our OFDs: ofdkit its texts, an XML parser and zipfile the rest."""

import re
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from xml.etree import ElementTree as ET

import ofdkit
from PIL import Image, ImageDraw

from tests.certs.faces.reading import plain

NAMESPACE = "{http://www.ofdspec.org/2016}"
_DOTS = 8  # a millimetre


def entries_of(ofd: bytes) -> Mapping[str, bytes]:
    with zipfile.ZipFile(BytesIO(ofd)) as package:
        return {name: package.read(name) for name in package.namelist()}


def zipped(entries: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """As another program packs it."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", method) as package:
        for name, content in entries.items():
            package.writestr(name, content)
    return made.getvalue()


def trees_of(ofd: bytes) -> Mapping[str, ET.Element]:
    """Each part, parsed strictly."""
    parts = entries_of(ofd).items()
    return {name: ET.fromstring(content) for name, content in parts if name.endswith(".xml")}  # noqa: S314 - ours


def pages_of(ofd: bytes) -> list[str]:
    """The texts of each page itself, without blanks; see `over_pages_of` for what lies below and above."""
    with ofdkit.open(ofd) as document:
        assert document.warnings == []
        return [
            plain("".join(run.text for run in page.runs if not run.from_template)) for page in document.pages
        ]


def text_of(ofd: bytes) -> str:
    return "".join(pages_of(ofd))


def over_pages_of(ofd: bytes) -> list[list[str]]:
    """What stands on each page by its templates."""
    with ofdkit.open(ofd) as document:
        return [[plain(run.text) for run in page.runs if run.from_template] for page in document.pages]


def metadata_of(ofd: bytes) -> Mapping[str, str]:
    with ofdkit.open(ofd) as document:
        return dict(document.info.custom_data)


def blocks_of(ofd: bytes) -> Iterator[Image.Image]:
    """Each filled shape of many outlines, drawn as a picture with white around it."""
    for tree in trees_of(ofd).values():
        for shape in tree.iter(f"{NAMESPACE}PathObject"):
            data = shape.findtext(f"{NAMESPACE}AbbreviatedData") or ""
            if shape.get("Fill") == "true" and data.count("M") > 1:
                yield _drawn(data, float((shape.get("CTM") or "1").split()[0]))


def _drawn(data: str, scale: float) -> Image.Image:
    picture = Image.new("L", (40 * _DOTS, 40 * _DOTS), 255)
    for outline in data.split("C"):
        points = [float(one) * scale * _DOTS for one in re.findall(r"[-0-9.]+", outline)]
        if points:
            left, top, right, low = points[0], points[1], points[4], points[5]
            ImageDraw.Draw(picture).rectangle((left, top, right - 1, low - 1), fill=0)
    return picture
