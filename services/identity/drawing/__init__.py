"""The craft of pictures: codes on screens by zint, printed ones by qrcode and pillow."""

from services.identity.drawing.screen import on_screen
from services.identity.drawing.sheets import Printing

__all__ = ["ZintDrawing"]


class ZintDrawing:
    """Holds the fonts, and nothing that was drawn."""

    def __init__(self) -> None:
        self._printing = Printing()

    def svg(self, text: str) -> bytes:
        """Sharp at every size."""
        return on_screen(text, "svg")

    def png(self, text: str) -> bytes:
        """Six pixels a module."""
        return on_screen(text, "png")

    def poster(self, url: str, *, name: str, form: str) -> bytes:
        """A4, to be hung up beside the door."""
        return self._printing.poster(url, name=name, form=form)

    def sheet(self, url: str, *, lines: tuple[str, ...], form: str) -> bytes:
        """A6, to be folded and carried."""
        return self._printing.sheet(url, lines=lines, form=form)
