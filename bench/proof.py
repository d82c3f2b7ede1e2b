"""Certificates as SD-JWT VC: issued and verified on one core, beside the bare signature of one library."""

import json
import secrets
import tempfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.utils import base64url_decode

from bench.figures import Aim, Figure
from bench.rates import rate_here
from services.certs.proof import (
    Addresses,
    Credential,
    FileRings,
    Shelf,
    Slot,
    disclose,
    issue_vc,
    pack,
    read_trust,
    sign,
    trust_list,
    verify,
)
from services.certs.proof.evp import libcrypto
from services.certs.proof.sm2 import missing, new_sm2_key
from services.certs.proof.suites import held
from services.certs.proof.x509 import as_der, public_key
from services.kernel.clock import SystemClock
from services.kernel.keys import jws
from services.kernel.keys.rings import HeldRing, KeyRing, Signer

AIM_VERIFIED = 0.3
_TURNS = 10
_BUREAU = "11420322011424067K"
_STATUS = "12420322011424067K"
_CLAIMS = {
    "identifier": f"1.2.156.3005.2.11100000MB0143028R001.{_BUREAU}.0000000000000001.001.9",
    "name": "食品经营许可证",
    "number": "JY24203220000001",
    "authority_name": "郧西县市场监督管理局",
    "holder_name": "郧西县城关镇七夕食品商行",
    "id_type": "001",
    "id_number_masked": "92************4R",
}
_FIELDS = {f"field_{number}": "热食类食品制售" for number in range(6)}


def measure(*, count: int) -> Sequence[Figure]:
    """By turns, so that whatever else the machine does meets all of them alike."""
    at, addresses = SystemClock().now(), Addresses("https://yima.example")
    with tempfile.TemporaryDirectory() as folder:
        rings = FileRings(Path(folder), clock=SystemClock())
        ring, status = rings.ring(_BUREAU), rings.ring(_STATUS)
    trust = read_trust(json.dumps(trust_list([addresses.metadata(_BUREAU, ring)], status)))
    slot = Slot(uri=addresses.status_list(0), index=70_001)
    shelf = Shelf([sign(pack(slot.uri, {1: "invalid"}, at=at), Signer(status))], trust)
    credential = Credential(
        id="a-certificate",
        issuer=addresses.issuer(_BUREAU),
        type=addresses.type("11100000MB0143028R001"),
        issued_at=at,
        valid_from=date(2026, 1, 1),
        valid_to=None,
        status=slot,
        claims=_CLAIMS,
        fields=_FIELDS,
    )
    signer = Signer(ring)
    token = issue_vc(credential, signer, salts=secrets.token_bytes)
    part = disclose(token, ["identifier", "holder_name"])
    whole, some, signed, issued, bare = _by_turns(
        lambda: verify(token, keys=trust, status=shelf, at=at),
        lambda: verify(part, keys=trust, status=shelf, at=at),
        lambda: signer.sign({"iat": 0}, typ="JWT"),
        lambda: issue_vc(credential, signer, salts=secrets.token_bytes),
        _bare(token, ring),
        count=count,
    )
    aim, beside = Aim(AIM_VERIFIED * bare, ">="), "ES256 checks"
    claims = len(_CLAIMS) + len(_FIELDS)
    return [
        Figure(
            name=f"certificates of {claims} claims verified offline, a core",
            value=whole, unit="/s", aim=aim, bare=bare, beside=beside,
        ),
        Figure(
            name="  of two claims", value=some, unit="/s", aim=aim, bare=bare, beside=beside,
        ),
        Figure(
            name=f"certificates of {claims} claims issued, a core",
            value=issued, unit="/s", bare=signed, beside="signatures",
        ),
        *_sm2(credential, shelf, count=count),
    ]  # fmt: skip


def _sm2(credential: Credential, shelf: Shelf, *, count: int) -> Sequence[Figure]:
    """The other suite, beside libcrypto alone, the key already in its hands; nothing where it is missing."""
    if missing():
        return []
    jwk = new_sm2_key()
    ring, library = HeldRing({"keys": [jwk]}, held=held), libcrypto()
    trust = read_trust(json.dumps({"issuer": credential.issuer, "jwks": ring.published}))
    signer = Signer(ring)
    token = issue_vc(credential, signer, salts=secrets.token_bytes)
    said = jws.read(token.partition("~")[0], longest=len(token))
    numbers = {name: base64url_decode(jwk[name]) for name in ("x", "y", "d")}
    key = library.key(numbers["x"] + numbers["y"], int.from_bytes(numbers["d"]))
    signature = as_der(said.signature)
    verified, signed, bare_verified, bare_signed = _by_turns(
        lambda: verify(token, keys=trust, status=shelf, at=credential.issued_at),
        lambda: signer.sign({"iat": 0}, typ="JWT"),
        lambda: library.verify(key, said.signed, signature),
        lambda: library.sign(key, said.signed),
        count=count,
    )
    return [
        Figure(
            name="certificates signed with SM2 verified offline, a core",
            value=verified, unit="/s", bare=bare_verified, beside="SM2 checks",
        ),
        Figure(
            name="tokens signed with SM2, a core",
            value=signed, unit="/s", bare=bare_signed, beside="SM2 signatures",
        ),
    ]  # fmt: skip


def _bare(token: str, ring: KeyRing) -> Callable[[], object]:
    """The check of the same signature, already in the form that the library wants."""
    said = jws.read(token.partition("~")[0], longest=len(token))
    kid = ring.current.key_id
    key = public_key(next(jwk for jwk in ring.published["keys"] if jwk["kid"] == kid))
    signature, algorithm = as_der(said.signature), ECDSA(SHA256())
    return lambda: key.verify(signature, said.signed, algorithm)


def _by_turns(*once: Callable[[], object], count: int) -> Sequence[float]:
    """How many a second of each: the best of its turns."""
    turns = [[rate_here(one, count=count // _TURNS) for one in once] for _ in range(_TURNS)]
    return [max(rates) for rates in zip(*turns, strict=True)]
