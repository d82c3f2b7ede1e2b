"""The printed code of an enterprise: what it shows to anybody, and who may print it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.identity.domain.faces import is_face
from services.identity.events import CertificateIssued, PublishedField, Representation, TypePublished
from services.identity.store import FACES, MANDATES
from services.kernel.event import decode, entry, record
from tests.identity.office import ENTERPRISE, HERE, ISSUER, PERSON, SHOP, SHOP_CODE, Json, Office

FOOD, SECRET = "11100000MB9999900G901", "11100000MB9999900G980"


async def hear(office: Office, *events: Any) -> None:
    """As the stream hands them over."""
    for one in events:
        kind = type(one)
        (listener,) = (each for each in office.service.listeners if each.topic == kind.topic())
        made = record(entry(one, version=one.version, at=office.clock.now()))
        await listener.hears[kind]([decode(kind, made)])


def a_type(code: str = FOOD, *, public: bool = True, version: int = 2) -> TypePublished:
    fields = (PublishedField(name="content", term="经营项目"),)
    return TypePublished(
        certificate_type=code, version=version, name="食品经营许可证", fields=fields, public=public
    )


def a_certificate(holder_id: str, **said: Any) -> CertificateIssued:
    event: Json = {
        "certificate_id": "9449c7f3a93cf0c55a675ddf1c83732d",
        "version": 1,
        "holder_id": holder_id,
        "certificate_type": FOOD,
        "state": "valid",
        "authority": HERE,
        "issued_at": datetime(2026, 2, 1, tzinfo=UTC),
        "valid_to": date(2026, 12, 31),
    }
    return CertificateIssued(**event | said)


async def address(office: Office, token: str) -> str:
    answer = await office.call("GET", "/v1/me/enterprise-code", token)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["url"])


@pytest.fixture
async def firm(office: Office) -> str:
    return await office.holder_id(ENTERPRISE)


@pytest.fixture
async def url(office: Office, firm: str) -> str:
    return await address(office, await office.resident(firm))


async def face(office: Office, url: str) -> Json:
    """As anybody sees it: without a token."""
    answer = await office.http.get(url)
    assert answer.status_code == 200, answer.text
    shown: Json = answer.json()
    return shown


class TestFace:
    async def test_shows_name_code_status_and_public_licences_and_nothing_else(
        self, office: Office, firm: str, url: str
    ) -> None:
        await hear(office, a_type(), a_type(SECRET, public=False))
        secret = a_certificate(firm, certificate_id="b" * 32, certificate_type=SECRET)
        unknown = a_certificate(firm, certificate_id="c" * 32, certificate_type="11100000MB9999900G981")
        await hear(office, a_certificate(firm), secret, unknown)
        licence = {
            "name": "食品经营许可证",
            "authority": "郧西县市场监督管理局",
            "valid_to": "2026-12-31",
            "state": "valid",
        }
        assert await face(office, url) == {
            "name": SHOP,
            "code": SHOP_CODE,
            "status": "active",
            "licences": [licence],
        }

    async def test_is_the_same_address_for_life_and_tells_nothing_of_whose_it_is(
        self, office: Office, firm: str, url: str
    ) -> None:
        office.clock.forward(days=400)
        assert await address(office, await office.resident(firm)) == url
        assert url.startswith(f"{ISSUER}/q/")
        assert is_face(url)
        assert SHOP_CODE not in url
        assert firm not in url

    async def test_says_so_when_the_enterprise_is_dissolved(self, office: Office, url: str) -> None:
        token = await office.operator("w009", "authority")
        said = {"id_type": "001", "id_number": SHOP_CODE, "reason": "注销", "checked": "注销通知书"}
        closed = await office.call("POST", "/v1/holders:close", token, json=said | {"state": "dissolved"})
        assert closed.status_code == 200, closed.text
        assert (await face(office, url))["status"] == "dissolved"

    async def test_says_nothing_of_a_freeze(self, office: Office, firm: str, url: str) -> None:
        """That the phone of an enterprise was lost is nobody's business."""
        before = await face(office, url)
        await office.call("POST", "/v1/me/freeze", await office.resident(firm), json={"reason": "lost"})
        assert await face(office, url) == before

    @pytest.mark.parametrize("state", ["suspended", "withdrawn", "revoked", "cancelled"])
    async def test_shows_a_licence_as_it_stands(
        self, office: Office, firm: str, url: str, state: str
    ) -> None:
        later = a_certificate(firm, version=2, state=state)
        await hear(office, later, a_certificate(firm), a_type())
        assert [one["state"] for one in (await face(office, url))["licences"]] == [state]

    async def test_shows_an_expired_licence_as_expired_from_the_day_after_the_last_in_china(
        self, office: Office, firm: str, url: str
    ) -> None:
        await hear(office, a_type(), a_certificate(firm, valid_to=office.clock.now().date()))
        assert [one["state"] for one in (await face(office, url))["licences"]] == ["valid"]
        office.clock.forward(hours=8)
        assert [one["state"] for one in (await face(office, url))["licences"]] == ["expired"]

    async def test_hides_a_licence_of_a_type_that_is_public_no_more(
        self, office: Office, firm: str, url: str
    ) -> None:
        await hear(office, a_certificate(firm), a_type(version=3, public=False), a_type())
        assert (await face(office, url))["licences"] == []

    async def test_names_an_authority_that_is_not_on_the_platform_by_its_code(
        self, office: Office, firm: str, url: str
    ) -> None:
        await hear(office, a_type(), a_certificate(firm, authority="11420322YM0000003K"))
        assert [one["authority"] for one in (await face(office, url))["licences"]] == ["11420322YM0000003K"]


class TestNoFace:
    async def test_of_anybody_but_an_organisation_there_is_none(self, office: Office) -> None:
        person = await office.holder_id(PERSON)
        answer = await office.call("GET", "/v1/me/enterprise-code", await office.resident(person))
        assert (answer.status_code, answer.json()["code"]) == (409, "face_not_of_enterprise")
        # Not even where a document would say so.
        await office.documents.insert(FACES, {"_id": "P" * 26, "holder_id": person})
        one, other = await office.http.get("/q/" + "P" * 26), await office.http.get("/q/" + "N" * 26)
        assert (one.status_code, one.json()["code"]) == (404, "face_unknown")
        assert one.json()["detail"] == other.json()["detail"]

    async def test_a_holder_id_opens_none(self, office: Office, firm: str, url: str) -> None:
        assert (await office.http.get(f"/q/{firm}")).status_code == 404

    async def test_goes_with_the_holder_that_was_erased(self, office: Office, firm: str, url: str) -> None:
        erased = await office.call("POST", "/v1/me/erasure", await office.resident(firm))
        assert erased.status_code < 300, erased.text
        assert (await office.http.get(url)).status_code == 404


class TestPrinting:
    async def acting(self, office: Office, firm: str, **said: Any) -> str:
        """The chief of the enterprise, by its licence."""
        chief = await office.holder_id(PERSON)
        speaks = (Representation(holder_id=chief, role="legal_representative"),)
        await hear(office, a_certificate(firm, represents=speaks))
        (mandate,) = office.documents._kept[MANDATES.name]  # noqa: SLF001
        return await office.resident(firm, actor=chief, mandate_id=mandate, **said)

    async def test_is_for_the_legal_representative_too(self, office: Office, firm: str, url: str) -> None:
        assert await address(office, await self.acting(office, firm)) == url

    async def test_ends_with_the_mandate(self, office: Office, firm: str) -> None:
        token = await self.acting(office, firm)
        await hear(office, a_certificate(firm, version=2, state="revoked"))
        answer = await office.call("GET", "/v1/me/enterprise-code", token)
        assert (answer.status_code, answer.json()["code"]) == (410, "mandate_ended")

    async def test_is_not_for_who_acts_in_some_items_alone(self, office: Office, firm: str) -> None:
        token = await self.acting(office, firm, kind="agent")
        answer = await office.call("GET", "/v1/me/enterprise-code", token)
        assert answer.json()["code"] == "caller_kind_wrong"

    @pytest.mark.parametrize(
        ("form", "kind", "begins"), [("png", "image/png", b"\x89PNG"), ("pdf", "application/pdf", b"%PDF-")]
    )
    async def test_gives_a_poster(
        self, office: Office, firm: str, form: str, kind: str, begins: bytes
    ) -> None:
        token = await office.resident(firm)
        answer = await office.call("GET", "/v1/me/enterprise-code/poster", token, params={"form": form})
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind), answer.text
        assert answer.content.startswith(begins)


class TestWhoseFace:
    @pytest.mark.parametrize(
        ("text", "is_one"),
        [
            (f"https://yima.example/q/{'A' * 26}", True),
            (f"https://yima.example/base/q/{'A' * 26}", True),
            (f"https://yima.example/p/{'A' * 26}", False),
            (f"https://yima.example/q/{'A' * 25}", False),
            (f"https://yima.example/q/{'a' * 26}", False),
            (f"https://yima.example/x?y=/q/{'A' * 26}", False),
            ("YM1:ABC", False),
        ],
    )
    def test_a_scanned_poster_is_told_from_a_code(self, text: str, is_one: bool) -> None:  # noqa: FBT001 - a parameter
        assert is_face(text) is is_one
