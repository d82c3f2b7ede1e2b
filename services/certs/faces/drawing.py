"""Faces as SVG, PNG and PDF, set by typst from one set of templates; as OFD, by hand.

Texts reach the templates as data (`sys.inputs`), so nothing in a name is markup.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Literal

import typst
from pylopdf_fonts_zh_cn import sans_path, serif_path

from services.certs.domain.face import TEMPLATES as NAMES
from services.certs.domain.face import Face
from services.certs.faces.attachment import is_token
from services.certs.faces.glyphs import covered
from services.certs.faces.ofd import draw_ofd
from services.certs.faces.plain import Plain
from services.certs.faces.qr import code_svg
from services.certs.faces.wording import wording

TEMPLATES = Path(__file__).parent / "templates"
USUAL = "certificate"
_PPI = 110.0
# ISO 19005-3: for archives, and with the certificate's data as an attachment.
_ARCHIVAL: Literal["a-3a"] = "a-3a"


class _Setter:
    """One template, compiled with fonts that are loaded already; typst lends a compiler to one thread."""

    def __init__(self, name: str, fonts: typst.Fonts) -> None:
        self._compiler = typst.Compiler(TEMPLATES / f"{name}.typ", root=TEMPLATES, font_paths=fonts)
        self._one = Lock()

    def pdf(self, inputs: Mapping[str, str], *, at: datetime) -> bytes:
        with self._one:
            return _single(
                self._compiler.compile(
                    format="pdf", sys_inputs=dict(inputs), pdf_standards=_ARCHIVAL, timestamp=at
                )
            )

    def picture(self, inputs: Mapping[str, str], form: Literal["svg", "png"]) -> bytes:
        """One page, or one as high as it takes."""
        with self._one:
            made = self._compiler.compile(format=form, sys_inputs=dict(inputs), ppi=_PPI)
            if isinstance(made, list):
                tall = {**inputs, "tall": "yes"}
                made = self._compiler.compile(format=form, sys_inputs=tall, ppi=_PPI)
        return _single(made)


class Faces:
    """Fonts and templates, loaded once (some 50 ms); keeps nothing that was drawn. For any thread."""

    def __init__(self) -> None:
        files = [Path(sans_path()), Path(serif_path())]
        folders = [str(folder) for folder in {file.parent for file in files}]
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
        self._covered = frozenset.intersection(*map(covered, files))
        self._setters = MappingProxyType({name: _Setter(name, fonts) for name in NAMES})

    def svg(self, face: Face) -> bytes:
        """Sharp at every size; letters are outlines, so it needs no font."""
        return self._setter(face).picture(self._inputs(face, picture=True), "svg")

    def png(self, face: Face) -> bytes:
        """A page of A4 at 110 dots an inch, higher where the texts need it."""
        return self._setter(face).picture(self._inputs(face, picture=True), "png")

    def pdf(self, face: Face, *, token: str | None = None) -> bytes:
        """PDF/A-3a with subsets of the fonts; `token` (SD-JWT) becomes its attachment. Not signed yet.

        The same face gives the same bytes: the file's own date is the day of issue.
        """
        inputs = self._inputs(face, picture=False)
        if token is not None:
            if not is_token(token):
                raise ValueError("the token is not in the form of an SD-JWT")
            inputs["token"] = token
        return self._setter(face).pdf(inputs, at=datetime.combine(face.issued_on, time(), UTC))

    @staticmethod
    def ofd(face: Face, *, token: str | None = None) -> bytes:
        """The same, for readers of OFD; see `draw_ofd`."""
        return draw_ofd(face, token=token)

    def _setter(self, face: Face) -> _Setter:
        return self._setters.get(face.template, self._setters[USUAL])

    def _inputs(self, face: Face, *, picture: bool) -> dict[str, str]:
        face.check_printable()
        said = wording(face, Plain(self._covered), picture=picture)
        return {"face": json.dumps(said, ensure_ascii=False), "code": code_svg(face.code)}


def _single(made: bytes | list[bytes] | None) -> bytes:
    if not isinstance(made, bytes):
        raise TypeError(f"typst gave {type(made).__name__}; needed one file")
    return made
