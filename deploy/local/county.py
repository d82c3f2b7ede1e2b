"""The sample county: who is registered, with which entitlements, before the first approval arrives."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from deploy.local.actors import Json, LogIn, Operator, Platform, Resident, Session, System
from deploy.local.log_in import LogIns
from deploy.local.sample.authorities import DATA_BUREAU, ISSUING, MARKET_REGULATION, Authority

PARTNER = Authority("郧西县天河水务公司（示例伙伴）", "91420322YM0000008T")
# The names that the log-ins have at identity; an operator's id ends in the second.
PROVINCE, STAFF = "province", "staff"
_AT_ONCE = 8
_LEVELS = ["password", "real_name", "face"]


@dataclass(frozen=True, slots=True)
class County:
    """The systems that work with Yima in the sample county, and how its people sign in."""

    admin: System
    source: System
    front_desk: System
    portal: System
    counter: System
    partner: System
    log_ins: LogIns

    @classmethod
    def of(cls, platform: Platform, log_ins: LogIns) -> "County":
        names = ("admin", "source", "front-desk", "portal", "counter", "partner")
        admin, source, front_desk, portal, counter, partner = (System(platform, name) for name in names)
        return cls(admin, source, front_desk, portal, counter, partner, log_ins)

    async def register(self, holders: Iterable[Mapping[str, str]]) -> None:
        """As a register of persons or enterprises does: they are known, and told, before they sign in."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(holder: Mapping[str, str]) -> None:
            said = {name: holder[name] for name in ("id_type", "id_number", "name")}
            async with gate:
                await self.front_desk.ask("identity", "POST", "/v1/holders", json=said)

        await asyncio.gather(*map(one, holders))

    async def resident(self, holder: Mapping[str, str]) -> Resident:
        """Sign a person or an enterprise in at the province; the first time registers the holder."""
        return await Resident.signed_in(self.resident_session(holder))

    def resident_session(self, holder: Mapping[str, str]) -> Session:
        """As the province knows them; signs in at the first call."""
        claims = {
            "cert_type": holder["id_type"],
            "cert_number": holder["id_number"],
            "name": holder["name"],
            "acr": "face",
        }
        return Session(self.portal, self.log_ins.province, claims)

    def operator(
        self, staff_id: str, counter: str, *roles: str, authority: Authority = MARKET_REGULATION
    ) -> Operator:
        """A member of staff, as the county's directory knows them; signs in at the first call."""
        claims = {
            "employee_id": staff_id,
            "org_code": authority.code,
            "desk": counter,
            "duties": list(roles),
        }
        return Operator(Session(self.counter, self.log_ins.staff, claims), staff_id, counter)


def operator_id(staff_id: str) -> str:
    """As topics, logs and holders have it."""
    return f"{staff_id}@{STAFF}"


async def settle(platform: Platform, log_ins: LogIns) -> County:
    """Register organisations, clients and log-ins; harmless when they are registered."""
    county = County.of(platform, log_ins)
    await _organisations(county.admin, platform)
    await _client(county.admin, county.source, DATA_BUREAU, scopes=["approvals:write"])
    await _client(county.admin, county.front_desk, DATA_BUREAU, scopes=["holders:write"])
    await _client(county.admin, county.portal, DATA_BUREAU)
    await _client(county.admin, county.counter, DATA_BUREAU)
    await _client(county.admin, county.partner, PARTNER, scopes=["events:subscribe"])
    await _log_ins(county)
    return county


async def _organisations(admin: System, platform: Platform) -> None:
    types = await _types_by_name(platform)
    items = [one["item"] for one in (await platform.ask("space", "GET", "/v1/items"))["items"]]
    issued = {one: [types[name] for name in (*one.certificate_names, *one.also_issues)] for one in ISSUING}
    asked_for = sorted(types.values())
    for authority, own in issued.items():
        await _organisation(admin, authority, certificate_types=own, items=items, may_ask_for=asked_for)
    sends = [{"authority": one.code, "certificate_types": own} for one, own in issued.items()]
    await _organisation(admin, DATA_BUREAU, source_for=sends)
    await _organisation(admin, PARTNER)


async def _log_ins(county: County) -> None:
    residents = {"id_type": "cert_type", "id_number": "cert_number", "name": "name", "assurance": "acr"}
    staff = {"staff_id": "employee_id", "organisation": "org_code", "counter": "desk", "roles": "duties"}
    await _issuer(
        county.admin,
        PROVINCE,
        county.log_ins.province,
        kind="resident",
        clients={county.portal.client_id: county.log_ins.province.audience},
        claims=residents,
        levels=_LEVELS,
        least="real_name",
    )
    await _issuer(
        county.admin,
        STAFF,
        county.log_ins.staff,
        kind="operator",
        clients={county.counter.client_id: county.log_ins.staff.audience},
        claims=staff,
    )


async def _types_by_name(platform: Platform) -> dict[str, str]:
    answer = await platform.ask("certs", "GET", "/v1/certificate-types")
    return {one["name"]: one["certificate_type"] for one in answer["certificate_types"]}


async def _organisation(admin: System, authority: Authority, **entitlements: object) -> None:
    said: Json = {"name": authority.name, "certificate_types": [], "source_for": [], "items": []}
    said |= entitlements
    await admin.ask("identity", "PUT", f"/v1/organisations/{authority.code}", json=said)


async def _client(admin: System, client: System, organisation: Authority, **rights: object) -> None:
    said: Json = {"organisation": organisation.code, "jwks": {"keys": [client.public_jwk]}}
    said |= {"scopes": [], **rights}
    await admin.ask("identity", "PUT", f"/v1/clients/{client.client_id}", json=said)


async def _issuer(admin: System, name: str, log_in: LogIn, **said: object) -> None:
    await admin.ask("identity", "PUT", f"/v1/issuers/{name}", json={"issuer": log_in.url, **said})
