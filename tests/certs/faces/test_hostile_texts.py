"""Names, fields and purposes are data: whatever stands in them is drawn or replaced, never obeyed."""

from dataclasses import replace
from functools import partial
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from services.certs.domain.face import Face
from services.certs.faces import Faces, check_ofd, draw_ofd
from services.certs.faces.plain import GETA, Plain
from tests.certs.faces.ofd_reading import NAMESPACE, pages_of, trees_of
from tests.certs.faces.ofd_reading import text_of as text_of_ofd
from tests.certs.faces.reading import codes, opened, plain, text_of
from tests.certs.faces.samples import CODE, MARKING, TOKEN, a_face

HOSTILE = {
    "markup": "#strong[x] $x^2$ *b* _i_ `raw` @ref <label> // /* \\ = # #{panic()} #sys.inputs.face",
    "reading a file": '#read("page.typ") #include "paper.typ" #import "@preview/a:1.0.0"',
    "json": '","name":"x","warning":null,"rows":[]}',
    "one long word": "A" * 10_000,
    "digits": "1" * 10_000,
    "points": "，" * 10_000,
    "brackets": "（" * 10_000,
    "ten thousand characters": "郧西县" * 3_333,
    "rare characters": "𪟝𰻞𬴂㐂䶮🀄🙂",
    "from right to left": "مرحبا بالعالم שלום \u202e drawkcab \u2066x\u2069",
    "controls": "".join(map(chr, range(32))) + "\x7f\x85\u2028\u2029\ufeff",
    "half of a pair": "\ud800 \udfff x",
    "stacked marks": "a" + "\u0301" * 5_000,
    "private and unassigned": "\ue000\uf8ff\U000f0000\U0010ffff\ufffe\u0378",
    "variants": "葛\U000e0100葛\ufe00",
    "nothing": "",
    "blanks": " \u3000\u00a0\t",
    "many lines": "\n" * 10_000 + "x",
    "lines": "x\n" * 5_000,
}


def everywhere(text: str) -> Face:
    """In every place that a person fills in."""
    return a_face(
        name=text[:500],
        number=text[:100],
        identifier=text[:100],
        authority_name=text[:200],
        holder_name=text[:500],
        holder_number=text[:100],
        code_shown=text[:50],
        fields=((text[:100], text),),
        marking=replace(MARKING, organisation=text[:200], purpose=text[:500], made_by=text[:100]),
    )


def edge_is_clean(picture: Image.Image) -> bool:
    """Outside the frame there is paper and nothing else."""
    width, height = picture.size
    strip = round(min(width, height) * 7 / 210)
    sides = [(0, 0, width, strip), (0, 0, strip, height), (width - strip, 0, width, height)]
    return all(len(picture.convert("RGB").crop(side).getcolors() or []) == 1 for side in sides)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
class TestAHostileText:
    def test_is_drawn_inside_the_frame_and_leaves_the_code_readable(self, faces: Faces, text: str) -> None:
        face = everywhere(text)
        assert codes(opened(faces.png(face))) == [CODE]
        assert edge_is_clean(opened(faces.png(replace(face, marking=None))))

    def test_makes_a_file_with_an_end(self, faces: Faces, text: str) -> None:
        pages = len(PdfReader(BytesIO(faces.pdf(everywhere(text)))).pages)
        assert pages < 250

    @pytest.mark.parametrize("template", ["certificate", "licence"])
    def test_makes_an_ofd_that_is_well_formed_and_stays_on_its_pages(self, text: str, template: str) -> None:
        ofd = draw_ofd(replace(everywhere(text), template=template), token=TOKEN)
        assert len(pages_of(ofd)) < 250
        for name, tree in trees_of(ofd).items():
            if "/Pages/" in name:
                assert all(map(partial(_inside, *_size(tree)), _boxes(tree)))

    def test_makes_an_ofd_that_is_known_again(self, text: str) -> None:
        """Half of a pair, controls and all: the data is exactly what was drawn."""
        assert check_ofd(draw_ofd(everywhere(text), token=TOKEN)).face == everywhere(text)


def _size(tree: ET.Element) -> tuple[float, float]:
    _, _, width, height = (tree.findtext(f".//{NAMESPACE}PhysicalBox") or "").split()
    return float(width), float(height)


def _boxes(tree: ET.Element) -> list[tuple[float, ...]]:
    drawn = [one for one in tree.iter() if "Boundary" in one.attrib]
    return [tuple(map(float, one.attrib["Boundary"].split())) for one in drawn]


def _inside(width: float, height: float, box: tuple[float, ...]) -> bool:
    """Of the frame, which is nine millimetres from the edge."""
    left, top, wide, high = box
    return left > 9 and top > 9 and left + wide < width - 9 and top + high < height - 9


class TestWhatIsWritten:
    @pytest.mark.parametrize("name", ["markup", "reading a file", "json"])
    def test_is_shown_as_it_was_written(self, faces: Faces, name: str) -> None:
        text = HOSTILE[name]
        face = a_face(fields=(("经营项目", text),))
        assert plain(text) in text_of(faces.pdf(face))
        assert plain(text) in text_of_ofd(draw_ofd(face))

    def test_loses_no_character_of_a_long_value(self, faces: Faces) -> None:
        long = "ж" * 5_000
        face = a_face(fields=(("经营项目", long),))
        assert text_of(faces.pdf(face)).count("ж") == 5_000
        assert text_of_ofd(draw_ofd(face)).count("ж") == 5_000

    def test_keeps_the_lines_of_a_value(self, faces: Faces) -> None:
        said = PdfReader(BytesIO(faces.pdf(a_face(fields=(("经营项目", "一、甲\r\n\r\n二、乙"),)))))
        assert "一、甲\n二、乙" in said.pages[0].extract_text()

    def test_shows_a_mark_for_a_character_without_a_glyph_and_says_which_it_is(self, faces: Faces) -> None:
        said = text_of(faces.pdf(a_face(holder_name="张𰻞")))
        assert f"张{GETA}" in said
        assert "U+30EDE" in said

    def test_draws_the_rare_characters_of_names_that_the_fonts_have(self, faces: Faces) -> None:
        said = text_of(faces.pdf(a_face(holder_name="张𪟝䶮·阿依古丽")))
        assert "张𪟝䶮·阿依古丽" in said
        assert GETA not in said


class TestPlain:
    def test_steers_no_reader_backwards(self) -> None:
        """U+202E turns what follows it round: a number could be shown as another."""
        assert Plain(frozenset(range(128))).text("1\u202e2\u20663") == "123"

    def test_gives_a_long_word_places_to_break(self) -> None:
        assert Plain(frozenset(range(128))).text("a" * 30) == "a" * 24 + "\u200b" + "a" * 6

    def test_gives_it_more_of_them_where_there_is_less_room(self) -> None:
        """A term's column is narrow: its text would run into the value."""
        assert Plain(frozenset(range(128))).line("a" * 9, word=8) == "a" * 8 + "\u200b" + "a"

    def test_cuts_a_line_that_is_longer_than_any_known(self) -> None:
        assert Plain(frozenset(range(128))).line("a b\nc d", longest=5) == "a b c…"

    def test_keeps_at_most_two_marks_on_a_letter(self) -> None:
        assert Plain(frozenset(range(1024))).text("x" + "\u0330" * 9) == "x\u0330\u0330"

    def test_counts_each_missing_character_once_in_its_order(self) -> None:
        made = Plain(frozenset(range(128)))
        assert made.text("乙a甲乙") == f"{GETA}a{GETA}{GETA}"
        assert list(made.missing) == ["乙", "甲"]


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=300))
def test_any_text_at_all_is_drawn(faces: Faces, text: str) -> None:
    assert faces.pdf(everywhere(text)).startswith(b"%PDF-1.7")
    assert faces.svg(everywhere(text)).startswith(b"<svg")
    assert len(trees_of(draw_ofd(everywhere(text)))) >= 6
