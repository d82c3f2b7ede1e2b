"""Faces of a certificate drawn, signed and checked, on one core of this process."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bench.figures import Aim, Figure, spread
from services.certs.domain.face import Face, Marking
from services.certs.faces import Faces, check_ofd, check_pdf, draw_ofd, sign_pdf

AIM_PDF = Aim(150)
AIM_PICTURE = Aim(40)
# The size of a real one: SD-JWT of a certificate with ten disclosures.
_TOKEN = f"{'a' * 90}.{'b' * 900}.{'c' * 86}~" + f"{'d' * 70}~" * 10
_WARM_UP = 4
_AT = datetime(2026, 3, 5, tzinfo=UTC)

T = TypeVar("T")


def drawn(*, count: int) -> list[Figure]:
    """Each face is another one; every other is an annotated copy."""
    faces, key = Faces(), ec.generate_private_key(ec.SECP256R1())
    chain = [_certificate(key)]
    files: list[bytes] = []

    def pdf(face: Face) -> None:
        files.append(sign_pdf(faces.pdf(face, token=_TOKEN), key, chain, at=_AT))

    made = [_face(number) for number in range(count)]
    figures = spread("PDF of a certificate drawn and signed", _took(pdf, made), p50=AIM_PDF)
    figures += spread("PNG of a certificate drawn", _took(faces.png, made), p50=AIM_PICTURE)
    figures += spread("SVG of a certificate drawn", _took(faces.svg, made), p50=AIM_PICTURE)

    def check(file: bytes) -> None:
        if check_pdf(file, chain, at=_AT).integrity != "valid":
            raise ValueError("a PDF that was just signed is not valid; needed: valid")

    figures += spread("PDF of a certificate checked", _took(check, files))
    return figures + _ofd(made)


def _ofd(made: Sequence[Face]) -> list[Figure]:
    files: list[bytes] = []

    def draw(face: Face) -> None:
        files.append(draw_ofd(face, token=_TOKEN))

    def check(file: bytes) -> None:
        if check_ofd(file).face is None:
            raise ValueError("an OFD that was just drawn is not known again; needed: its face")

    figures = spread("OFD of a certificate drawn", _took(draw, made), p50=AIM_PDF)
    return figures + spread("OFD of a certificate checked", _took(check, files))


def _took(once: Callable[[T], object], what: Sequence[T]) -> list[float]:
    """Milliseconds of each; the first ones load and compile, and are left out."""
    took = []
    for one in what:
        begun = time.perf_counter()
        once(one)
        took.append((time.perf_counter() - begun) * 1000)
    return took[_WARM_UP:]


def _face(number: int) -> Face:
    marking = Marking(
        organisation="郧西县住房和城乡建设局",
        purpose="办理门店招牌设置许可",
        made_by="郧西县政务服务中心3号窗口",
        made_on=date(2026, 11, 25),
        expires_on=date(2026, 12, 25),
    )
    return Face(
        name="食品经营许可证",
        number=f"JY1420322{number:07d}",
        identifier="1.2.156.3005.2.11100000MB9999900G901.11420322YM0000002G.0A1B2C3D4E5F.001.7",
        authority_name="郧西县市场监督管理局",
        holder_name=f"郧西县城关镇七夕食品商行{number}",
        holder_number="92420322YM00000012",
        holder_number_term="统一社会信用代码",
        valid_from=date(2026, 3, 5),
        valid_to=date(2031, 3, 4),
        issued_on=date(2026, 3, 5),
        code=f"https://yima.yunxi.example/v/{number:026d}",
        code_shown=f"{number:012d}",
        fields=(
            ("法定代表人", "陈素琴"),
            ("决定文书名称", "食品经营许可决定书"),
            ("决定文书号", f"西食许〔2026〕{number}号"),
            ("许可类别", "普通"),
            ("经营项目", "预包装食品销售（含冷藏冷冻食品）、散装食品销售（不含散装熟食）"),
        ),
        marking=marking if number % 2 else None,
    )


def _certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """Trusted as it is: a chain of one."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "郧西县市场监督管理局")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(_AT - timedelta(days=1))
        .not_valid_after(_AT + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
