"""A province's log-in and a county's staff directory, trusted by an office."""

from typing import Any

import httpx

from deploy.local.issuer import Algorithm, Issuer
from tests.identity.office import HERE, NUMBER, Json, Office

PROVINCE, DIRECTORY = "https://login.province.test", "https://staff.county.test"
# One key pair for all tests: RSA takes its time.
_MADE: dict[tuple[str, Algorithm], Issuer] = {}

RESIDENTS: Json = {
    "kind": "resident",
    "issuer": PROVINCE,
    "clients": {"portal": "yima-portal", "front-desk": "yima-desk"},
    "claims": {"id_type": "cert_type", "id_number": "cert_no", "name": "real_name", "assurance": "acr"},
    "id_types": {"身份证": "111", "台胞证": "511", "营业执照": "001"},
    "levels": ["password", "sms", "face"],
    "least": "sms",
}
STAFF: Json = {
    "kind": "operator",
    "issuer": DIRECTORY,
    "clients": {"counter": "yima-counter"},
    "claims": {"staff_id": "uid", "organisation": "org", "roles": "groups", "counter": "window"},
}


def issuer_at(url: str, algorithm: Algorithm = "RS256") -> Issuer:
    """The same at each call."""
    if (url, algorithm) not in _MADE:
        _MADE[url, algorithm] = Issuer(url, algorithm=algorithm)
    return _MADE[url, algorithm]


async def put_issuer(office: Office, name: str, said: Json, **changes: Any) -> httpx.Response:
    """As the administrator registers it."""
    return await office.call("PUT", f"/v1/issuers/{name}", await office.token("admin"), json=said | changes)


class LogIns:
    """Both, and the tokens that they give."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.province, self.directory = issuer_at(PROVINCE), issuer_at(DIRECTORY)

    async def open(self) -> None:
        """Published, and registered with the office."""
        self.office.web |= {**self.province.documents, **self.directory.documents}
        await self.office.put_client("portal")
        for name, said in (("province", RESIDENTS), ("staff", STAFF)):
            answer = await put_issuer(self.office, name, said)
            assert answer.status_code == 200, answer.text

    def of_resident(self, **changes: Any) -> str:
        """An ID token of a made-up person, made now."""
        said: Json = {"cert_type": "身份证", "cert_no": NUMBER, "real_name": "欧阳禾苗", "acr": "face"}
        frame: Json = {"audience": "yima-portal", "at": self.office.clock.now().timestamp()}
        return self.province.id_token(**frame | said | changes)

    def of_staff(self, **changes: Any) -> str:
        """An ID token of a member of staff, made now."""
        said: Json = {"uid": "w001", "org": HERE, "groups": ["statutory", "canteen"], "window": "3号窗口"}
        frame: Json = {"audience": "yima-counter", "at": self.office.clock.now().timestamp()}
        return self.directory.id_token(**frame | said | changes)

    async def resident(self, **changes: Any) -> Json:
        """The answer to a sign-in."""
        answer = await self.office.exchange("portal", self.of_resident(**changes))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def operator(self, **changes: Any) -> Json:
        """The answer to a sign-in."""
        answer = await self.office.exchange("counter", self.of_staff(**changes))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())
