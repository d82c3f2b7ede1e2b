"""The two suites that an authority may sign with: ES256, which everybody reads, and SM2 with SM3."""

from collections.abc import Mapping
from typing import Any, Literal

from joserfc.jwk import ECKey, KeyParameters

from services.certs.proof.sm2 import Sm2PublicKey, Sm2SigningKey, new_sm2_key
from services.kernel.keys.jws import CheckingKey
from services.kernel.keys.published import usable
from services.kernel.keys.rings import HeldKey, SigningKey

Jwk = dict[str, Any]
Suite = Literal["ES256", "SM2"]

_CURVES: Mapping[str, Suite] = {"P-256": "ES256", "SM2": "SM2"}


def new_key(suite: Suite) -> Jwk:
    """A private JWK whose kid is its thumbprint (RFC 7638). Unavailable where SM2 is not to be had."""
    if suite == "SM2":
        return new_sm2_key()
    parameters: KeyParameters = {"use": "sig", "alg": "ES256"}
    return dict(ECKey.generate_key("P-256", parameters, auto_kid=True).as_dict(private=True))


def suite_of(jwk: Mapping[str, Any]) -> Suite:
    """ValueError for a curve that is of neither."""
    if (found := _CURVES.get(str(jwk.get("crv")))) is None:
        raise ValueError(f"{jwk.get('crv')}: a curve of neither suite")
    return found


def held(jwk: Mapping[str, Any]) -> SigningKey:
    """What signs with this JWK; ValueError, KeyError or TypeError where it is no private key."""
    return Sm2SigningKey(jwk) if suite_of(jwk) == "SM2" else HeldKey(jwk)


def public_keys(jwks: Mapping[str, Any]) -> dict[str, CheckingKey]:
    """The keys of both suites by id; one that cannot be read does not take the others with it."""
    found: dict[str, CheckingKey] = {}
    for jwk in jwks.get("keys") or ():
        try:
            found[str(jwk["kid"])] = Sm2PublicKey(jwk)
        except (KeyError, TypeError, ValueError):
            continue
    return found | usable(jwks)
