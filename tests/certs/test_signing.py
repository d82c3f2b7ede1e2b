"""The signature of a certificate, as anyone can check it with the published keys."""

import base64
import json

import jwt
import pytest

from tests.certs.office import FOOD, MARKET, Office
from tests.world.people import a_shop, an_approval


async def signed(office: Office) -> tuple[str, jwt.PyJWK]:
    """A signature as space gets it, and the published key that it names."""
    await office.post(an_approval(a_shop("郧西县金銮餐馆")))
    (event,) = await office.issued()
    jws: str = office.open(event)["jws"]
    keys = (await office.client.get("/.well-known/jwks.json")).json()
    return jws, jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(jws)["kid"]]


class TestSignature:
    async def test_holds_over_what_a_reader_sees(self, office: Office) -> None:
        jws, key = await signed(office)
        claims = jwt.decode(jws, key, algorithms=["ES256"])
        content = office.open((await office.issued())[0])
        shown = {name: value for name, value in content.items() if name != "jws" and value is not None}
        assert {name: claims[name] for name in shown} == shown
        assert (claims["authority"], claims["certificate_type"]) == (MARKET, FOOD)
        assert claims["certificate_id"] == (await office.issued())[0].certificate_id
        assert jwt.get_unverified_header(jws)["typ"] == "yima-certificate+jwt"

    async def test_does_not_hold_when_a_word_is_changed(self, office: Office) -> None:
        jws, key = await signed(office)
        header, body, signature = jws.split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=="))
        claims["valid_to"] = "2099-01-01"
        other = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
        with pytest.raises(jwt.InvalidSignatureError):
            jwt.decode(f"{header}.{other}.{signature}", key, algorithms=["ES256"])
