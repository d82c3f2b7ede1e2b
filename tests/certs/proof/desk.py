"""An authority that issues, its keys and lists in a folder of the test, and what a verifier was given."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from services.certs.proof import (
    Addresses,
    Credential,
    FileRings,
    Shelf,
    Slot,
    Status,
    Suite,
    Trust,
    Verdict,
    ensure_ring,
    issue_vc,
    pack,
    read_trust,
    sign,
    sign_cwt,
    trust_list,
    verify,
)
from services.kernel.keys.rings import FileRing, Signer
from tests.world.people import credit_code

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
BUREAU = "11420322011424067K"
OTHER = credit_code(4_711)
FOOD = "11100000MB0143028R001"
INDEX = 70_001
CLAIMS: Mapping[str, object] = {
    "identifier": f"1.2.156.3005.2.{FOOD}.{BUREAU}.0000000000000001.001.9",
    "name": "食品经营许可证",
    "authority_name": "郧西县市场监督管理局",
    "holder_name": "郧西县金銮餐馆 · 𠮷",
    "id_type": "001",
    "id_number_masked": "92************4R",
    "valid_from": date(2026, 1, 15),
    "remark": None,
}
FIELDS: Mapping[str, object] = {"scope": "热食类食品制售", "employees": 7, "sites": ["城关镇", {"no": 2}]}


class StillClock:
    """It is always the same moment."""

    def now(self) -> datetime:
        return NOW

    def new_id(self) -> str:
        return "0" * 32


@dataclass(frozen=True, kw_only=True)
class Desk:
    addresses: Addresses
    rings: FileRings
    status_ring: FileRing
    folder: Path

    @classmethod
    def at(cls, folder: Path, *, suite: Suite = "ES256") -> "Desk":
        ensure_ring(folder / "status.jwks", at=NOW)
        rings = FileRings(folder / "authorities", clock=StillClock(), suite=suite)
        for authority in (BUREAU, OTHER):
            rings.ring(authority)
        ring = FileRing(folder / "status.jwks")
        base = Addresses("https://yima.example/certs")
        return cls(addresses=base, rings=rings, status_ring=ring, folder=folder)

    def credential(self, **changes: Any) -> Credential:
        return replace(
            Credential(
                id="a-certificate",
                issuer=self.addresses.issuer(BUREAU),
                type=self.addresses.type(FOOD),
                issued_at=NOW,
                valid_from=date(2026, 1, 15),
                valid_to=date(2031, 1, 14),
                status=Slot(uri=self.addresses.status_list(0), index=INDEX),
                claims=CLAIMS,
                fields=FIELDS,
            ),
            **changes,
        )

    def issue(self, *, signed_by: str = BUREAU, **changes: Any) -> str:
        signer = Signer(self.rings.ring(signed_by))
        return issue_vc(self.credential(**changes), signer, salts=secrets.token_bytes)

    def list_of(
        self, *statuses: tuple[int, Status], at: datetime = NOW, number: int = 0, **changes: Any
    ) -> str:
        """`changes`: claims that the list has in place of its own."""
        claims = pack(self.addresses.status_list(number), dict(statuses), at=at)
        return sign({**claims, **changes}, Signer(self.status_ring))

    def cwt_of(self, *statuses: tuple[int, Status], at: datetime = NOW, number: int = 0) -> bytes:
        """The same list in its other form."""
        claims = pack(self.addresses.status_list(number), dict(statuses), at=at)
        return sign_cwt(claims, self.status_ring.current)

    @property
    def published(self) -> str:
        authorities = [self.addresses.metadata(one, self.rings.ring(one)) for one in (BUREAU, OTHER)]
        return json.dumps(trust_list(authorities, self.status_ring))

    @property
    def trust(self) -> Trust:
        return read_trust(self.published)

    def verdict(self, presented: str, *lists: str, at: datetime = NOW, **given: Any) -> Verdict:
        trust = given.pop("trust", self.trust)
        return verify(presented, keys=trust, status=Shelf(lists, trust), at=at, **given)

    def private(self, authority: str = BUREAU) -> ec.EllipticCurvePrivateKey:
        """The key itself: a forger does not have it, but an authority may make what it should not."""
        jwks = json.loads((self.folder / "authorities" / f"{authority}.jwks").read_text())
        key = jwt.PyJWK(jwks["keys"][0], algorithm="ES256").key
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key


def states(verdict: Verdict) -> tuple[str, str, str]:
    return verdict.integrity.state, verdict.status.state, verdict.issuer.state


def codes(verdict: Verdict) -> tuple[str, str, str]:
    return verdict.integrity.code, verdict.status.code, verdict.issuer.code
