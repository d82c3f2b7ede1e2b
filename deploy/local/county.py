"""The sample county: who is registered, with which entitlements, before the first approval arrives."""

from dataclasses import dataclass

from deploy.local.actors import Json, Platform, System
from deploy.local.sample.authorities import DATA_BUREAU, ISSUING, MARKET_REGULATION, Authority

PARTNER = Authority("郧西县天河水务公司（示例伙伴）", "91420322YM0000008T")


@dataclass(frozen=True, slots=True)
class County:
    """The systems that work with Yima in the sample county."""

    admin: System
    source: System
    front_desk: System
    counter: System
    partner: System

    @classmethod
    def of(cls, platform: Platform) -> "County":
        names = ("admin", "source", "front-desk", "counter", "partner")
        return cls(*(System(platform, name) for name in names))


async def settle(platform: Platform) -> County:
    """Register organisations and clients; harmless when they are registered."""
    county = County.of(platform)
    types = await _types_by_name(platform)
    items = [one["item"] for one in (await platform.ask("space", "GET", "/v1/items"))["items"]]
    for authority in ISSUING:
        issued = [types[name] for name in authority.certificate_names]
        await _organisation(county.admin, authority, certificate_types=issued, items=items)
    sends = [
        {"authority": one.code, "certificate_types": [types[name] for name in one.certificate_names]}
        for one in ISSUING
    ]
    await _organisation(county.admin, DATA_BUREAU, source_for=sends)
    await _organisation(county.admin, PARTNER)
    await _client(county.admin, county.source, DATA_BUREAU, scopes=["approvals:write"])
    await _client(
        county.admin, county.front_desk, DATA_BUREAU, scopes=["holders:write"], vouches_for=["resident"]
    )
    await _client(county.admin, county.counter, MARKET_REGULATION, vouches_for=["operator"])
    await _client(county.admin, county.partner, PARTNER, scopes=["events:subscribe"])
    return county


async def _types_by_name(platform: Platform) -> dict[str, str]:
    answer = await platform.ask("certs", "GET", "/v1/certificate-types")
    return {one["name"]: one["certificate_type"] for one in answer["certificate_types"]}


async def _organisation(admin: System, authority: Authority, **entitlements: object) -> None:
    said: Json = {"name": authority.name, "certificate_types": [], "source_for": [], "items": []}
    said |= entitlements
    await admin.ask("identity", "PUT", f"/v1/organisations/{authority.code}", json=said)


async def _client(admin: System, client: System, organisation: Authority, **rights: object) -> None:
    said: Json = {"organisation": organisation.code, "jwks": {"keys": [client.public_jwk]}}
    said |= {"scopes": [], "vouches_for": [], **rights}
    await admin.ask("identity", "PUT", f"/v1/clients/{client.client_id}", json=said)
