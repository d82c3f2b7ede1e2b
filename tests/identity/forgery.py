"""Every odd form of a signed token that we could think of, made from a genuine one."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import get_default_algorithms

Json = dict[str, Any]
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
ALGORITHMS = get_default_algorithms()
STRANGER = ec.generate_private_key(ec.SECP256R1())
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass(frozen=True, kw_only=True)
class Mint:
    """A genuine token's parts and the key that signs it: what only who signs can do is tried too."""

    head: Json
    body: Json
    key: PrivateKey

    @classmethod
    def of(cls, token: str, key: PrivateKey) -> "Mint":
        body = jwt.decode(token, options={"verify_signature": False})
        return cls(head=jwt.get_unverified_header(token), body=body, key=key)

    def signed(
        self, head: Json | bytes, body: object, *, key: PrivateKey | None = None, algorithm: str = ""
    ) -> str:
        """As the owner of the key would, were they so minded; `bytes` go in as they are."""
        raw = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (head, body)]
        signing = f"{b64(raw[0])}.{b64(raw[1])}"
        signer = ALGORITHMS[algorithm or self.head["alg"]]
        return f"{signing}.{b64(signer.sign(signing.encode(), key or self.key))}"

    def with_head(self, **changes: Any) -> str:
        return self.signed(_changed(self.head, changes), self.body)

    def with_body(self, **changes: Any) -> str:
        return self.signed(self.head, _changed(self.body, changes))

    @property
    def genuine(self) -> str:
        return self.signed(self.head, self.body)

    @property
    def pem(self) -> bytes:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return bytes(self.key.public_key().public_bytes(serialization.Encoding.PEM, form))


def _changed(part: Json, changes: Json) -> Json:
    return {name: value for name, value in (part | changes).items() if value is not ...}


def forms(mint: Mint) -> dict[str, str]:
    """By name; none of them is to be believed."""
    return forms_of_any(mint) | _made(mint, _times, _claims)


def forms_of_any(mint: Mint) -> dict[str, str]:
    """The same for a signed token of any use, as long as it has `exp` and `sub`."""
    return _made(mint, _shapes, _algorithms, _headers, _signatures, _texts)


def _made(mint: Mint, *makers: Callable[[Mint], Iterator[tuple[str, str]]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for make in makers:
        for name, token in make(mint):
            assert name not in found
            found[name] = token
    return found


def _shapes(mint: Mint) -> Iterator[tuple[str, str]]:
    head, body, signature = mint.genuine.split(".")
    yield from {
        "a word": "x",
        "dots": "...",
        "two dots": "..",
        "letters": "a.b.c",
        "two parts": f"{head}.{body}",
        "four parts": f"{head}.{body}.{signature}.{signature}",
        "five parts, as if encrypted": f"{head}.{body}.{signature}.{body}.{signature}",
        "padded": f"{head}==.{body}.{signature}",
        "plain Base64": f"{head}+/.{body}.{signature}",
        "letters of another script": f"{head}.{body}.é",
        "one megabyte": "x" * 1_000_000,
        "a megabyte of payload": f"{head}.{b64(b' ' * 1_000_000)}.{signature}",
        "just too long": f"{head}.{body}.{signature}" + "A" * 8192,
        "no header": f".{body}.{signature}",
        "no payload": f"{head}..{signature}",
        "JSON serialization": json.dumps({"protected": head, "payload": body, "signature": signature}),
    }.items()


def _algorithms(mint: Mint) -> Iterator[tuple[str, str]]:
    _, body, signature = mint.genuine.split(".")
    for odd in ("none", "None", "NONE", "nOnE", "", None, 256, ["ES256"], {"a": 1}, ...):
        head = b64(json.dumps(_changed(mint.head, {"alg": odd})).encode())
        yield f"alg {odd!r}", f"{head}.{body}.{signature}"
        yield f"alg {odd!r}, unsigned", f"{head}.{body}."
    secrets = {"PEM": mint.pem, "empty": b"", "kid": str(mint.head.get("kid")).encode()}
    for named, secret in secrets.items():
        for bits in ("256", "384", "512"):
            head = b64(json.dumps(mint.head | {"alg": f"HS{bits}"}).encode())
            mac = hmac.digest(secret, f"{head}.{body}".encode(), getattr(hashlib, f"sha{bits}"))
            yield f"HS{bits} with the public key ({named})", f"{head}.{body}.{b64(mac)}"
    for other in ("RS256", "PS256", "RS512", "ES256", "ES384", "ES512", "EdDSA", "ES256K", "A128KW"):
        if other != mint.head["alg"]:
            head = b64(json.dumps(mint.head | {"alg": other}).encode())
            yield f"alg swapped to {other}", f"{head}.{body}.{signature}"
    yield (
        "ES256 by a stranger",
        mint.signed(mint.head | {"alg": "ES256"}, mint.body, key=STRANGER, algorithm="ES256"),
    )


def _headers(mint: Mint) -> Iterator[tuple[str, str]]:
    own = json.loads(ALGORITHMS["ES256"].to_jwk(STRANGER.public_key()))
    brought: Json = {
        "jwk": own,
        "jku": "https://evil.test/jwks",
        "x5u": "https://evil.test/x5",
        "x5c": ["MIIB"],
    }
    for name, value in brought.items():
        head = mint.head | {"alg": "ES256", name: value}
        yield f"brings its key by {name}", mint.signed(head, mint.body, key=STRANGER, algorithm="ES256")
    for kid in ("../../../dev/null", "' OR 1=1 --", "https://evil.test/k", "x" * 4000, "\x00", "$ne"):
        yield f"kid {kid[:20]!r}", mint.with_head(kid=kid)
    for odd in ([mint.head.get("kid")], {"$ne": ""}, 7, True):
        yield f"kid {odd!r}", mint.with_head(kid=odd)
    for typ in ("yima-grant+jwt", "dpop+jwt", "logout+jwt", ["JWT"], 7):
        yield f"typ {typ!r}", mint.with_head(typ=typ)
    yield "crit of nothing", mint.with_head(crit=[])
    yield "crit of what is not there", mint.with_head(crit=["exp"])
    yield "crit unknown", mint.with_head(crit=["http://evil.test/x"], **{"http://evil.test/x": True})
    yield "b64 false", mint.with_head(crit=["b64"], b64=False)
    yield "b64 false, not critical", mint.with_head(b64=False)
    yield "compressed", mint.with_head(zip="DEF")
    yield "encrypted", mint.with_head(enc="A256GCM")
    twice = json.dumps(mint.head)[:-1].encode() + b', "alg": "' + mint.head["alg"].encode() + b'"}'
    yield "alg twice", mint.signed(twice, mint.body)
    for odd_head in (b"[]", b"null", b'"x"', b"1", b"{", b"", b"\xff\xfe{}"):
        if odd_head:
            yield f"header {odd_head!r}", mint.signed(odd_head, mint.body)


def _signatures(mint: Mint) -> Iterator[tuple[str, str]]:
    signed, _, signature = mint.genuine.rpartition(".")
    size = len(base64.urlsafe_b64decode(signature + "=="))
    der = STRANGER.sign(signed.encode(), ec.ECDSA(hashes.SHA256()))
    if isinstance(mint.key, ec.EllipticCurvePrivateKey):
        der = mint.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256()))
    order = ORDER.to_bytes(32, "big")
    odd = {
        "empty": b"",
        "all zero": bytes(size),
        "all ones": b"\xff" * size,
        "one byte": b"\x00",
        "DER": der,
        "r = s = 1": (1).to_bytes(32, "big") * 2,
        "r = s = the order": order * 2,
        "a megabyte": b"\x00" * 1_000_000,
        "truncated": base64.urlsafe_b64decode(signature + "==")[:-1],
        "doubled": base64.urlsafe_b64decode(signature + "==") * 2,
        "with a byte more": base64.urlsafe_b64decode(signature + "==") + b"\x00",
    }
    for name, raw in odd.items():
        yield f"signature {name}", f"{signed}.{b64(raw)}"
    other = mint.with_body(sub="another").rpartition(".")[2]
    yield "signature of another token", f"{signed}.{other}"


def _times(mint: Mint) -> Iterator[tuple[str, str]]:
    now, soon = mint.body["iat"], mint.body["exp"]
    for odd in (
        *(str(soon), "", "tomorrow", float("nan"), float("inf"), -float("inf"), 10**400, 1e300, -soon),
        *(True, None, [soon], {"t": soon}, ..., 253_402_300_800),
    ):
        yield f"exp {str(odd)[:30]!r}", mint.with_body(exp=odd)
    raw = json.dumps(mint.body).encode()
    yield (
        "exp 1e999",
        mint.signed(mint.head, raw.replace(f'"exp": {soon}'.encode(), b'"exp": 1e999')),
    )
    for odd in (str(now), float("nan"), now + 3600, True, 10**400, -1):
        yield f"iat {str(odd)[:30]!r}", mint.with_body(iat=odd)
    for odd in (now + 3600, "now", float("inf"), [now]):
        yield f"nbf {str(odd)[:30]!r}", mint.with_body(nbf=odd)


def _claims(mint: Mint) -> Iterator[tuple[str, str]]:
    odd: Any
    issuer, audience = mint.body["iss"], mint.body["aud"]
    for odd in (f"{issuer}.evil.test", issuer[:-1], f"{issuer}/", issuer.upper(), [issuer], {}, 7, None, ...):
        yield f"iss {odd!r}", mint.with_body(iss=odd)
    for odd in ("evil", [audience, "evil"], ["evil"], [], {audience: 1}, 7, None, ..., f"{audience}x"):
        yield f"aud {odd!r}", mint.with_body(aud=odd)
    for odd in ("", 7, ["x"], {"$ne": ""}, True, None, ...):
        yield f"sub {odd!r}", mint.with_body(sub=odd)
    yield "unsigned in a signed one", mint.signed(mint.head, {"jwt": mint.genuine})
    yield "a token inside a token", mint.signed(mint.head | {"cty": "JWT"}, mint.genuine.encode())


def _texts(mint: Mint) -> Iterator[tuple[str, str]]:
    raw = json.dumps(mint.body).encode()
    odd = {
        "an array": b"[1]",
        "null": b"null",
        "a text": b'"x"',
        "a number": b"1",
        "half": raw[:-1],
        "two objects": raw + raw,
        "exp twice": raw[:-1] + b', "exp": 99999999999}',
        "sub twice": raw[:-1] + b', "sub": "another"}',
        "not UTF-8": raw.replace(b'"sub"', b'"\xff", "sub"'),
        "UTF-16": raw.decode().encode("utf-16"),
        "a byte order mark": b"\xef\xbb\xbf" + raw,
        "half a surrogate pair": raw[:-1] + b', "x": "\\ud800"}',
        "NaN somewhere": raw[:-1] + b', "x": NaN}',
        "deep": b"[" * 3000 + b"]" * 3000,
        "deep inside": raw[:-1] + b', "x": ' + b"[" * 2900 + b"]" * 2900 + b"}",
        "a comment": b"/* x */" + raw,
    }
    for name, text in odd.items():
        yield f"payload: {name}", mint.signed(mint.head, text)
