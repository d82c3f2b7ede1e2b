"""The parts of an OFD (GB/T 33190): what each file in the package says."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from xml.sax.saxutils import escape, quoteattr

from services.certs.domain.face import Face
from services.certs.domain.identifier import ROOT
from services.certs.faces.ofd.marks import SANS, SERIF, Mark, numbers
from services.certs.faces.ofd.sheet import Sheet
from services.certs.faces.ofd.words import Words, plain
from services.certs.faces.plain import BREAK

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_FONTS = {SERIF: "宋体", SANS: "黑体"}
_TYPE_PLACE, _ISSUER_PLACE, _PARTS = 0, 1, 5
_NO_END = "长期"
_FIRST_ID = 10


class Document:
    """Ids are counted through the whole document; `parts` has each file's text by name."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet, self._ids = sheet, count(_FIRST_ID)
        self._pages: list[str] = []
        self._templates: list[tuple[int, str, str]] = []
        self.parts: dict[str, str] = {}

    def template(self, order: str, marks: Sequence[Mark]) -> None:
        """`order`: Background or Foreground, below or above every page."""
        if marks:
            name = f"Tpls/Tpl_{len(self._templates)}/Content.xml"
            self._templates.append((next(self._ids), order, name))
            self.parts[f"Doc_0/{name}"] = self._content("", marks)

    def page(self, marks: Sequence[Mark]) -> None:
        name = f"Pages/Page_{len(self._pages)}/Content.xml"
        used = "".join(
            f'<ofd:Template TemplateID="{one}" ZOrder="{order}"/>' for one, order, _ in self._templates
        )
        self.parts[f"Doc_0/{name}"] = self._content(used, marks)
        self._pages.append(f'<ofd:Page ID="{next(self._ids)}" BaseLoc="{name}"/>')

    def document(self) -> str:
        templates = "".join(
            f'<ofd:TemplatePage ID="{one}" ZOrder="{order}" BaseLoc="{name}"/>'
            for one, order, name in self._templates
        )
        return _part(
            "Document",
            f"<ofd:CommonData><ofd:MaxUnitID>{next(self._ids)}</ofd:MaxUnitID>"
            f"<ofd:PageArea>{self._box()}</ofd:PageArea>"
            f"<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>{templates}</ofd:CommonData>"
            f"<ofd:Pages>{''.join(self._pages)}</ofd:Pages>"
            "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>",
        )

    def _content(self, templates: str, marks: Sequence[Mark]) -> str:
        layer = next(self._ids)
        drawn = "\n".join(mark.xml(mark_id) for mark, mark_id in zip(marks, self._ids, strict=False))
        return _part(
            "Page",
            f"{templates}<ofd:Area>{self._box()}</ofd:Area>"
            f'<ofd:Content><ofd:Layer ID="{layer}" Type="Body">\n{drawn}\n</ofd:Layer></ofd:Content>',
        )

    def _box(self) -> str:
        return f"<ofd:PhysicalBox>{numbers(0, 0, self._sheet.width, self._sheet.height)}</ofd:PhysicalBox>"


def root(face: Face, words: Words, document_id: str) -> str:
    """OFD.xml, with the metadata under the initials that certificates use (GB/T 36905)."""
    metadata = "".join(
        f"<ofd:CustomData Name={quoteattr(name)}>{escape(text)}</ofd:CustomData>"
        for name, text in ((name, text.replace(BREAK, "")) for name, text in _metadata(face, words))
        if text
    )
    day = face.issued_on.isoformat()
    return (
        f'{_HEAD}<ofd:OFD {_NAMESPACE} Version="1.1" DocType="OFD"><ofd:DocBody><ofd:DocInfo>'
        f"<ofd:DocID>{document_id}</ofd:DocID><ofd:Title>{escape(words.title)}</ofd:Title>"
        f"<ofd:Author>{escape(words.authority)}</ofd:Author><ofd:CreationDate>{day}</ofd:CreationDate>"
        f"<ofd:Creator>Yima</ofd:Creator><ofd:CustomDatas>{metadata}</ofd:CustomDatas></ofd:DocInfo>"
        f"<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    )


def resources() -> str:
    """Fonts by name alone: every reader of OFD has these two, or takes others for them."""
    fonts = "".join(
        f'<ofd:Font ID="{one}" FontName="{name}" FamilyName="{name}" Charset="unicode"/>'
        for one, name in _FONTS.items()
    )
    return _part("Res", f"<ofd:Fonts>{fonts}</ofd:Fonts>", ' BaseLoc="Res"')


def attachments(files: Mapping[str, bytes], day: str) -> str:
    """The list of what is attached; sizes in kilobytes."""
    listed = "".join(
        f'<ofd:Attachment ID="{place}" Name="{name}" Format="{name.rpartition(".")[2]}" '
        f'CreationDate="{day}" Size="{numbers(len(content) / 1024)}" Visible="true">'
        f"<ofd:FileLoc>{name}</ofd:FileLoc></ofd:Attachment>"
        for place, (name, content) in enumerate(files.items(), 1)
    )
    return _part("Attachments", listed)


def _metadata(face: Face, words: Words) -> Iterator[tuple[str, str]]:
    """The terms of a type's own fields are the names after KZ_; several may have one term."""
    line = plain()
    numbered = face.identifier.removeprefix(f"{ROOT}.").split(".")
    known = face.identifier.startswith(f"{ROOT}.") and len(numbered) == _PARTS
    yield "ZZMC", words.name
    yield "ZZLXDM", line.line(numbered[_TYPE_PLACE]) if known else ""
    yield "ZZBH", line.line(face.number)
    yield "ZZBS", line.line(face.identifier)
    yield "ZZBFJG", words.authority
    yield "ZZBFJGDM", line.line(numbered[_ISSUER_PLACE]) if known else ""
    yield "ZZBFRQ", face.issued_on.isoformat()
    yield "CZZT", line.text(face.holder_name)
    yield "CZZTDM", line.text(face.holder_number)
    yield "CZZTDMLX", line.line(face.holder_number_term)
    yield "ZZYXQQSRQ", face.valid_from.isoformat() if face.valid_from else ""
    yield "ZZYXQJZRQ", face.valid_to.isoformat() if face.valid_to else _NO_END
    for term, value in face.fields:
        yield f"KZ_{line.line(term)}".replace(BREAK, ""), line.text(value)


def _part(name: str, inside: str, attributes: str = "") -> str:
    return f"{_HEAD}<ofd:{name} {_NAMESPACE}{attributes}>{inside}</ofd:{name}>"
