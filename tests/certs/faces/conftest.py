"""Fonts are loaded, and an authority is made, once."""

from collections.abc import Callable

import pytest

from services.certs.domain.face import Face
from services.certs.faces import Faces, sign_pdf
from tests.certs.faces.authority import AT, Authority, an_authority
from tests.certs.faces.samples import TOKEN


@pytest.fixture(scope="session")
def faces() -> Faces:
    return Faces()


@pytest.fixture(scope="session")
def authority() -> Authority:
    return an_authority()


@pytest.fixture(scope="session")
def signed(faces: Faces, authority: Authority) -> Callable[[Face], bytes]:
    """A face as a PDF with its token, signed by the authority."""
    return lambda face: sign_pdf(faces.pdf(face, token=TOKEN), authority.key, authority.chain, at=AT)
