"""Pictures of codes: what a camera reads from them is what was written."""

import base64
import random
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from services.identity.codes import CoseCodes, siv_key
from services.identity.domain.codes import CONCESSIONS, Emergency
from services.identity.drawing import ZintDrawing
from services.kernel.holders import holder_id
from services.kernel.keys.rings import FileRing
from services.kernel.keys.secrets import read_jwks
from tests.identity.office import ENTERPRISE, PERSON, Office

EXPIRY = datetime(2026, 3, 1, 8, 1, tzinfo=UTC)
URL = "https://yima.yunxi.example/q/ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LINES = ("持证人：欧阳**", "有效期至2026年3月31日，可用5次", "使用时请说出证件号码后四位")
# From the longest name that a code has room for, and every concession there is.
LONG = Emergency(name_masked="湖北省十堰市郧西县七夕文化旅游投资开发公司", concessions=CONCESSIONS)


@pytest.fixture(scope="module")
def drawing() -> ZintDrawing:
    return ZintDrawing()


@pytest.fixture(scope="module", params=[None, LONG], ids=["person code", "emergency code"])
def text(request: pytest.FixtureRequest, keys: Path) -> str:
    file = keys / "identity" / "codes.jwks"
    codes = CoseCodes(FileRing(file), siv_key(read_jwks(file)))
    holder = holder_id(b"k" * 32, "111", "420322199002151021")
    return codes.write(holder_id=holder, expires_at=EXPIRY, emergency=request.param)


def read(picture: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture.convert("L"))]


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content)).convert("L")


def modules(picture: Image.Image) -> int:
    """How many modules a side has: the finder pattern's first run of dark ones is seven."""
    box = ImageChops.invert(picture).getbbox()
    assert box is not None
    row = [picture.getpixel((place, box[1])) for place in range(box[0], box[2])]
    seven = next(place for place, shade in enumerate(row) if shade)
    return round((box[2] - box[0]) / (seven / 7))


def with_noise(picture: Image.Image, sigma: int) -> Image.Image:
    chance = random.Random(7)
    size = picture.width * picture.height
    noise = Image.frombytes(
        "L", picture.size, bytes(min(255, max(0, round(chance.gauss(128, sigma)))) for _ in range(size))
    )
    return ImageChops.add(picture, noise, scale=1, offset=-128)


class TestOnScreen:
    def test_is_read_as_it_was_written(self, drawing: ZintDrawing, text: str) -> None:
        assert read(opened(drawing.png(text))) == [text]

    def test_has_no_more_modules_than_its_kind_may(self, drawing: ZintDrawing, text: str) -> None:
        """Version 8 has 49 a side, version 10 has 57."""
        assert modules(opened(drawing.png(text))) <= (49 if len(text) == 198 else 57)

    def test_keeps_four_light_modules_around_it(self, drawing: ZintDrawing, text: str) -> None:
        picture = opened(drawing.png(text))
        box = ImageChops.invert(picture).getbbox()
        assert box is not None
        one = (box[2] - box[0]) / modules(picture)
        assert min(box[0], box[1], picture.width - box[2], picture.height - box[3]) >= 4 * one

    @pytest.mark.parametrize("pixels", [3, 4, 6, 9])
    def test_is_read_at_every_size(self, drawing: ZintDrawing, text: str, pixels: int) -> None:
        picture = opened(drawing.png(text))
        side = picture.width * pixels // 6
        assert read(picture.resize((side, side))) == [text]

    @pytest.mark.parametrize("degrees", [3, 17, 90, 135, 180, 271])
    def test_is_read_however_the_phone_is_held(self, drawing: ZintDrawing, text: str, degrees: int) -> None:
        picture = opened(drawing.png(text))
        turned = picture.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
        assert read(turned) == [text]

    def test_is_read_on_a_cheap_camera(self, drawing: ZintDrawing, text: str) -> None:
        """Blurred; noisy; pressed by JPEG: one of them at a time."""
        picture = opened(drawing.png(text))
        pressed = BytesIO()
        picture.save(pressed, "JPEG", quality=60)
        for seen in (
            picture.filter(ImageFilter.GaussianBlur(1.5)),
            with_noise(picture, 20),
            Image.open(pressed),
        ):
            assert read(seen) == [text]

    def test_as_svg_is_one_picture_without_anything_to_run_or_fetch(
        self, drawing: ZintDrawing, text: str
    ) -> None:
        svg = drawing.svg(text).decode()
        assert svg.count("<svg") == 1
        assert not any(word in svg.lower() for word in ("<script", "href", "onload", "<image", "url("))
        assert text not in svg, "who copies the picture's source gets no more than who sees the picture"


class TestOnPaper:
    @pytest.mark.parametrize("name", ["郧西县七夕食品商行", "𬭚䶮" * 20, "A very long name " * 12, ""])
    def test_a_poster_is_read_from_the_door(self, drawing: ZintDrawing, name: str) -> None:
        """From whole size to a seventh of it, which is a phone three steps away."""
        poster = opened(drawing.poster(URL, name=name, form="png"))
        for part in (1, 3, 5):
            assert read(poster.resize((poster.width // part, poster.height // part))) == [URL]

    @pytest.mark.parametrize("degrees", [5, 45, 180])
    def test_a_poster_is_read_askew(self, drawing: ZintDrawing, degrees: int) -> None:
        poster = opened(drawing.poster(URL, name="郧西县七夕食品商行", form="png"))
        small = poster.resize((poster.width // 2, poster.height // 2))
        assert read(small.rotate(degrees, expand=True, fillcolor=255)) == [URL]

    def test_a_sheet_is_read_with_a_fold_and_a_stain(self, drawing: ZintDrawing) -> None:
        sheet = opened(drawing.sheet(URL, lines=LINES, form="png"))
        draw = ImageDraw.Draw(sheet)
        draw.line((0, 360, sheet.width, 372), fill=255, width=12)
        draw.ellipse((500, 500, 560, 560), fill=90)
        assert read(sheet) == [URL]

    def test_carries_the_emblem_in_the_middle_of_the_code(self, drawing: ZintDrawing) -> None:
        poster = Image.open(BytesIO(drawing.poster(URL, name="郧西县七夕食品商行", form="png"))).convert(
            "RGB"
        )
        found = zxingcpp.read_barcodes(poster.convert("L"))[0].position
        corners = [found.top_left, found.bottom_right]
        middle = tuple(sum(getattr(corner, axis) for corner in corners) // 2 for axis in "xy")
        near = poster.crop((middle[0] - 20, middle[1] - 40, middle[0] + 20, middle[1] + 40))
        colours = near.getcolors(maxcolors=40 * 80) or []
        assert any(shade[0] > 150 and shade[1] < 60 for _, shade in colours if isinstance(shade, tuple))

    def test_says_the_name_below(self, drawing: ZintDrawing) -> None:
        """In letters of the font that comes along: two names give two pictures, one name the same."""
        one, again, other = (
            drawing.poster(URL, name=name, form="png") for name in ("郧西商行", "郧西商行", "房县商行")
        )
        assert one == again != other

    @pytest.mark.parametrize("form", ["png", "pdf"])
    def test_comes_as_a_file_that_a_printer_takes(self, drawing: ZintDrawing, form: str) -> None:
        starts = {"png": b"\x89PNG", "pdf": b"%PDF-"}[form]
        assert drawing.poster(URL, name="郧西县七夕食品商行", form=form).startswith(starts)
        assert drawing.sheet(URL, lines=LINES, form=form).startswith(starts)


class TestPostCodes:
    @pytest.mark.parametrize(("form", "media_type"), [("png", "image/png"), ("svg", "image/svg+xml")])
    async def test_brings_the_picture_where_it_is_asked_for(
        self, office: Office, form: str, media_type: str
    ) -> None:
        token = await office.resident(await office.holder_id(PERSON))
        shown = (await office.call("POST", f"/v1/codes?image={form}", token)).json()
        assert shown["image"].startswith(f"data:{media_type};base64,")
        if form == "png":
            with Image.open(BytesIO(_decoded(shown["image"]))) as picture:
                assert read(picture) == [shown["code"]]

    async def test_is_text_alone_otherwise(self, office: Office) -> None:
        token = await office.resident(await office.holder_id(ENTERPRISE))
        assert "image" not in (await office.call("POST", "/v1/codes", token)).json()

    async def test_takes_no_other_form(self, office: Office) -> None:
        token = await office.resident(await office.holder_id(PERSON))
        answer = await office.call("POST", "/v1/codes?image=gif", token)
        assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


def _decoded(uri: str) -> bytes:
    return base64.b64decode(uri.partition(",")[2])
