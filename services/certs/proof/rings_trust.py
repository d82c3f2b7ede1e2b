"""Whom the platform itself believes: the authorities whose keys it has, as they are at this moment."""

from collections.abc import Iterator, Mapping

from services.certs.proof.addresses import Addresses
from services.certs.proof.authorities import AuthorityRings
from services.certs.proof.suites import public_keys
from services.certs.proof.trust import Issuer, Trust


class RingIssuers(Mapping[str, Issuer]):
    """Authorities by `iss`; a ring is looked at when it is asked for, and read anew when it has changed."""

    def __init__(self, rings: AuthorityRings, addresses: Addresses) -> None:
        self._rings, self._addresses = rings, addresses
        self._read: dict[str, tuple[object, tuple[str, ...], Issuer]] = {}

    def __getitem__(self, iss: str) -> Issuer:
        authority = iss.rpartition("/")[2]
        ring = self._rings.find(authority)
        if ring is None or self._addresses.issuer(authority) != iss:
            raise KeyError(iss)
        published, dead, issuer = self._read.get(iss, (None, (), None))
        if issuer is None or published is not ring.published or dead != ring.dead:
            issuer = Issuer(issuer=iss, keys=public_keys(ring.published), dead=frozenset(ring.dead))
            self._read[iss] = ring.published, ring.dead, issuer
        return issuer

    def __iter__(self) -> Iterator[str]:
        return map(self._addresses.issuer, self._rings.authorities())

    def __len__(self) -> int:
        return len(self._rings.authorities())


def trust_in(rings: AuthorityRings, addresses: Addresses) -> Trust:
    """Of authorities alone: whoever has the register at hand needs no status list."""
    return Trust(issuers=RingIssuers(rings, addresses))
