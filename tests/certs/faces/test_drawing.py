"""The face of a certificate: what a person sees, and a machine reads, is what was handed in."""

import threading
from collections.abc import Callable
from datetime import date
from io import BytesIO

import pytest
from PIL import Image, ImageChops
from pypdf import PdfReader

from services.certs.domain.face import Face, FaceUnprintable
from services.certs.faces import Faces
from tests.certs.faces.reading import codes, fonts_of, opened, plain, text_of
from tests.certs.faces.samples import CODE, MARKING, TOKEN, a_face

# As long as the codes of identity are: 198 characters of the alphanumeric set.
LONG_CODE = "YV1:" + "NCFOXN%TSMAHN-H3YS1IK47ES6IXJR4E47X5" * 5
STATES = {
    "suspended": "暂扣",
    "withdrawn": "撤销",
    "revoked": "吊销",
    "cancelled": "注销",
    "expired": "失效",
    "superseded": "被替代",
    "what is this": "无效",
}


def red_share(picture: Image.Image) -> float:
    """How much of it is as red as the letters of a stamp, or redder."""
    red, green, blue = picture.convert("RGB").split()
    more = ImageChops.subtract(red, ImageChops.lighter(green, blue)).point([0] * 60 + [255] * 196)
    return more.histogram()[255] / (picture.width * picture.height)


class TestThePicture:
    @pytest.mark.parametrize("code", [CODE, LONG_CODE], ids=["address", "signed code"])
    @pytest.mark.parametrize("template", ["certificate", "licence"])
    @pytest.mark.parametrize(
        "changes", [{}, {"marking": MARKING, "state": "revoked"}], ids=["plain", "marked"]
    )
    def test_has_a_code_that_a_scanner_reads(
        self, faces: Faces, code: str, template: str, changes: dict[str, object]
    ) -> None:
        face = a_face(code=code, template=template, **changes)
        assert codes(opened(faces.png(face))) == [code]

    def test_is_a_page_upright_or_lying(self, faces: Faces) -> None:
        upright, lying = (opened(faces.png(a_face(template=name))) for name in ("certificate", "licence"))
        assert upright.size == (lying.height, lying.width)
        assert upright.height / upright.width == pytest.approx(297 / 210, rel=0.01)

    def test_of_an_unknown_template_is_the_usual_one(self, faces: Faces) -> None:
        assert faces.png(a_face(template="../../etc/passwd")) == faces.png(a_face())

    def test_grows_when_its_texts_do_not_fit_a_page(self, faces: Faces) -> None:
        """Nothing is lost at the foot: the code stands below the last line."""
        tall = opened(
            faces.png(a_face(fields=tuple((f"项目{number}", "食品销售" * 20) for number in range(40))))
        )
        assert tall.height > 2 * opened(faces.png(a_face())).height
        assert codes(tall) == [CODE]

    def test_of_a_long_value_says_that_it_is_cut(self, faces: Faces) -> None:
        """The picture of twenty thousand characters is that of the first six hundred with a note."""
        long = a_face(fields=(("经营项目", "食" * 20_000),))
        assert faces.png(long) == faces.png(a_face(fields=(("经营项目", "食" * 601),)))
        assert faces.png(long) != faces.png(a_face(fields=(("经营项目", "食" * 600),)))

    def test_as_svg_needs_no_font_and_no_file_of_others(self, faces: Faces) -> None:
        drawn = faces.svg(a_face()).decode()
        assert drawn.startswith("<svg")
        assert not {"<text", "@font-face", "<script"} & {
            word for word in ("<text", "@font-face", "<script") if word in drawn
        }
        assert 'href="http' not in drawn


class TestTheFile:
    def test_says_everything_in_text_that_can_be_searched(self, signed: Callable[[Face], bytes]) -> None:
        face, said = a_face(), text_of(signed(a_face()))
        fields = [text for pair in face.fields for text in pair]
        texts = [
            face.name,
            face.number,
            face.identifier,
            face.authority_name,
            face.holder_name,
            face.holder_number,
        ]
        for text in (*texts, face.holder_number_term, face.code_shown, *fields):
            assert plain(text) in said

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({}, "2026年3月5日 至 2031年3月4日"),
            ({"valid_to": None}, "2026年3月5日 起 长期"),
            ({"valid_from": None}, "未载明 至 2031年3月4日"),
            ({"issued_on": date(2025, 12, 31)}, "颁发日期：2025年12月31日"),
        ],
    )
    def test_says_its_days_as_civil_dates(self, faces: Faces, changes: dict[str, object], words: str) -> None:
        assert plain(words) in text_of(faces.pdf(a_face(**changes)))

    def test_carries_its_fonts_with_it(self, signed: Callable[[Face], bytes]) -> None:
        """Subsets: six letters and a plus sign before the name."""
        fonts = list(fonts_of(signed(a_face(marking=MARKING))))
        assert len(fonts) >= 2
        assert all(embedded and name[7:8] == "+" for name, embedded in fonts)

    def test_is_small_although_a_font_has_eight_megabytes(self, signed: Callable[[Face], bytes]) -> None:
        assert len(signed(a_face(marking=MARKING))) < 150_000

    def test_claims_to_be_an_archive_file(self, faces: Faces) -> None:
        assert b"<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A" in faces.pdf(a_face()).replace(b"\n", b"")

    def test_of_the_same_face_is_the_same(self, faces: Faces) -> None:
        """No clock and no chance goes into it; an authority's signature does."""
        assert faces.pdf(a_face(), token=TOKEN) == Faces().pdf(a_face(), token=TOKEN)

    def test_has_as_many_pages_as_its_texts_take(self, faces: Faces) -> None:
        """All of it, to the last word, and the pages counted."""
        content = "".join(f"第{number}项食品销售，" for number in range(1_500))
        pdf = faces.pdf(a_face(fields=(("经营项目", content),)))
        pages = len(PdfReader(BytesIO(pdf)).pages)
        assert pages > 3
        assert plain("第1499项食品销售") in text_of(pdf)
        assert plain(f"第{pages}页，共{pages}页") in text_of(pdf)


class TestAStateThatIsNotValid:
    @pytest.mark.parametrize(("state", "term"), STATES.items())
    def test_is_said_in_words_and_in_large_letters(self, faces: Faces, state: str, term: str) -> None:
        pdf = faces.pdf(a_face(state=state))
        assert text_of(pdf).count(term) >= 2
        assert plain(f"本证照状态为“{term}”，不得作为有效证照使用") in text_of(pdf)
        assert red_share(opened(faces.png(a_face(state=state)))) > 2 * red_share(opened(faces.png(a_face())))

    def test_stands_on_every_page(self, faces: Faces) -> None:
        pdf = faces.pdf(a_face(state="revoked", fields=(("经营项目", "食品销售，" * 1_500),)))
        pages = PdfReader(BytesIO(pdf)).pages
        assert len(pages) > 1
        assert all("吊销" in page.extract_text() for page in pages)

    def test_is_not_said_of_a_valid_one(self, faces: Faces) -> None:
        assert "不得" not in text_of(faces.pdf(a_face()))


class TestAnAnnotatedCopy:
    def test_says_for_whom_for_what_by_whom_and_until_when(self, faces: Faces) -> None:
        said = text_of(faces.pdf(a_face(marking=MARKING)))
        for words in ("加注件", MARKING.organisation, MARKING.purpose, MARKING.made_by, "2026年12月25日"):
            assert plain(words) in said

    def test_has_its_use_all_over_every_page(self, faces: Faces) -> None:
        pdf = faces.pdf(a_face(marking=MARKING, fields=(("经营项目", "食品销售，" * 1_500),)))
        mark = plain(f"仅供{MARKING.organisation} {MARKING.purpose}使用 2026-11-25")
        for page in PdfReader(BytesIO(pdf)).pages:
            assert plain(page.extract_text()).count(mark) >= 8

    def test_shows_the_mark_in_each_corner_of_the_picture(self, faces: Faces) -> None:
        """A copy that was cut to a quarter still says what it was for."""
        marked, bare = (
            opened(faces.png(a_face(marking=marking))).convert("RGB") for marking in (MARKING, None)
        )
        width, height = marked.size
        for left in (0, width // 2):
            for top in (0, height // 2):
                box = (left, top, left + width // 2, top + height // 2)
                assert ImageChops.difference(marked.crop(box), bare.crop(box)).getbbox() is not None

    def test_is_not_said_of_the_certificate_itself(self, faces: Faces) -> None:
        assert "加注件" not in text_of(faces.pdf(a_face()))
        assert "仅供郧" not in text_of(faces.pdf(a_face()))


class TestFaces:
    def test_serve_many_threads_at_once(self, faces: Faces) -> None:
        """A compiler that is lent twice would raise."""
        made: dict[int, bytes] = {}

        def draw(number: int) -> None:
            made[number] = faces.pdf(a_face(number=f"JY{number}"))

        threads = [threading.Thread(target=draw, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(f"JY{number}" in text_of(pdf) for number, pdf in made.items())
        assert len(made) == 8

    @pytest.mark.parametrize(
        "changes",
        [
            {"fields": (("项目", "x"),) * 61},
            {"fields": (("项目", "x" * 20_001),)},
            {"fields": (("项目", "x" * 20_000),) * 4},
            {"holder_name": "欧" * 20_001},
            {"code": ""},
            {"code": "A" * 501},
            {"code": "查验"},
            {"code": "https://yima.example/v/\n"},
        ],
    )
    def test_refuse_what_no_page_can_hold(self, faces: Faces, changes: dict[str, object]) -> None:
        for draw in (faces.png, faces.svg, faces.pdf):
            with pytest.raises(FaceUnprintable):
                draw(a_face(**changes))

    def test_take_no_attachment_that_is_no_token(self, faces: Faces) -> None:
        with pytest.raises(ValueError, match="SD-JWT"):
            faces.pdf(a_face(), token="<html>")
