"""The signature of a certificate: ES256, a compact JWS that anyone can check with the published keys."""

import jwt
import msgspec
from jwt.api_jws import PyJWS

from services.certs.domain import Certificate
from services.kernel.keys.secrets import Jwks
from services.kernel.keys.tokens import public_jwks

CERTIFICATE = "yima-certificate+jwt"


class CertificateSigner:
    """Signs with the first key of the set; all of them are published, so that old signatures hold."""

    def __init__(self, private_jwks: Jwks) -> None:
        jwk = private_jwks["keys"][0]
        self._header = {"typ": CERTIFICATE, "kid": str(jwk["kid"])}
        self._key = jwt.PyJWK(jwk, algorithm="ES256")
        self._jws = PyJWS(algorithms=["ES256"])
        self.jwks = public_jwks(private_jwks)

    def sign(self, certificate: Certificate) -> str:
        """Over what a reader sees, and which certificate of which authority it is."""
        claims = {
            "certificate_id": certificate.id,
            "certificate_type": certificate.type.certificate_type,
            "authority": certificate.authority,
            "iat": int(certificate.issued_at.timestamp()),
            **{name: value for name, value in certificate.shown().items() if value is not None},
        }
        # Chinese as UTF-8: as the escapes of the kernel's signer for tokens it takes twice the room,
        # in the document, in the event and in space.
        payload = msgspec.json.encode(claims)
        return self._jws.encode(payload, self._key, algorithm="ES256", headers=dict(self._header))
