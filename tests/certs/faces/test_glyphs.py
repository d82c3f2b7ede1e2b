"""Which characters a font can draw is read from the font itself."""

from pathlib import Path

import pytest
from pylopdf_fonts_zh_cn import sans_path, serif_path

from services.certs.faces.glyphs import covered


@pytest.mark.parametrize("font", [sans_path(), serif_path()])
def test_a_font_covers_the_characters_of_names_and_not_everything(font: Path) -> None:
    codes = covered(Path(font))
    assert {ord(one) for one in "郧西县䶮㐂𪟝〓·—A9"} <= codes
    assert not {ord(one) for one in "𰀁🙂م\u202e\x00"} & codes


@pytest.mark.parametrize(
    "content",
    [
        b"OTTO\x00\x00" + bytes(6),
        b"OTTO\x00\x01" + bytes(6) + b"cmap" + bytes(4) + b"\x00\x00\x00\x1c" + bytes(8),
    ],
    ids=["no table", "no map"],
)
def test_a_font_without_a_map_of_unicode_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.otf"
    file.write_bytes(content)
    with pytest.raises(ValueError, match="the font has no"):
        covered(file)
