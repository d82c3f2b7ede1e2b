"""The token inside a certificate's PDF is found as it was put in, and nothing else is taken for it."""

import zlib
from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter

from services.certs.faces import Faces, embedded_token
from tests.certs.faces.samples import TOKEN, a_face

LONG = TOKEN + "WyJzYWx0IiwibmFtZSIsIngiXQ~" * 3_000


def attached(*contents: bytes, packed: bool = False) -> bytes:
    """The least of a file that has attachments."""
    streams = [
        b"%d 0 obj\n<</Type/EmbeddedFile%s>>\nstream\r\n%s\r\nendstream endobj\n"
        % (number, b"/Filter/FlateDecode" if packed else b"", zlib.compress(content) if packed else content)
        for number, content in enumerate(contents, 1)
    ]
    return b"%PDF-1.7\n" + b"".join(streams)


class TestEmbeddedToken:
    @pytest.mark.parametrize("token", [TOKEN, LONG], ids=["short", "long"])
    def test_is_found_as_it_was_put_in(self, faces: Faces, token: str) -> None:
        """A long one is compressed in the file."""
        assert embedded_token(faces.pdf(a_face(), token=token)) == token

    def test_is_an_attachment_that_any_reader_shows(self, faces: Faces) -> None:
        found = PdfReader(BytesIO(faces.pdf(a_face(), token=LONG))).attachments
        assert {name: [bytes(one) for one in content] for name, content in found.items()} == {
            "certificate.sd-jwt": [LONG.encode()]
        }

    def test_is_found_in_a_file_that_another_program_has_saved(self, faces: Faces) -> None:
        writer = PdfWriter(clone_from=PdfReader(BytesIO(faces.pdf(a_face(), token=TOKEN))))
        saved = BytesIO()
        writer.write(saved)
        assert embedded_token(saved.getvalue()) == TOKEN

    def test_is_none_where_none_was_put_in(self, faces: Faces) -> None:
        assert embedded_token(faces.pdf(a_face())) is None

    @pytest.mark.parametrize("packed", [True, False])
    def test_is_none_where_there_are_two(self, packed: bool) -> None:  # noqa: FBT001 - a parameter of the test
        other = TOKEN.replace("eyJpc", "eyJqc")
        assert embedded_token(attached(TOKEN.encode(), packed=packed)) == TOKEN
        assert embedded_token(attached(TOKEN.encode(), TOKEN.encode(), packed=packed)) == TOKEN
        assert embedded_token(attached(TOKEN.encode(), other.encode(), packed=packed)) is None

    @pytest.mark.parametrize("content", [b"", b"<xml/>", b"a.b.c", b"a.b.c~d", b"\xff" * 99, b"a.b.c~ "])
    def test_is_none_where_something_else_is_attached(self, content: bytes) -> None:
        assert embedded_token(attached(content)) is None
        assert embedded_token(attached(content, packed=True)) is None

    def test_is_unpacked_up_to_a_bound(self) -> None:
        """A hundred megabytes of letters in a hundred kilobytes: the bound is 256 KB."""
        bomb = b"a.b." + b"c" * 100_000_000 + b"~"
        assert embedded_token(attached(bomb, packed=True)) is None

    @pytest.mark.parametrize(
        "pdf", [b"", b"/EmbeddedFile", b"/EmbeddedFile stream", b"/EmbeddedFile/FlateDecode stream\nx\x9c"]
    )
    def test_is_none_in_pieces(self, pdf: bytes) -> None:
        assert embedded_token(pdf) is None
