"""What stands under the addresses that certificates name: keys of authorities, status lists."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from services.certs.ports import Counter, Lists
from services.certs.proof.addresses import Addresses, trust_list
from services.certs.proof.authorities import AuthorityRings
from services.certs.proof.seals import Seals
from services.certs.proof.slots import SIZE
from services.certs.proof.status import MEDIA_TYPE, MEDIA_TYPE_CWT, cached
from services.kernel.clock import Clock
from services.kernel.errors import NotFound, Unavailable
from services.kernel.keys.rings import KeyRing


class AuthorityKeysUnknown(NotFound):
    """Nothing was ever signed in this authority's name here."""

    code = "authority_keys_unknown"


class StatusListUnknown(NotFound):
    """No certificate was ever given a place in a list of this number."""

    code = "status_list_unknown"


class StatusListNotReady(Unavailable):
    """The first certificates of a list have just got their places; it is signed within seconds."""

    code = "status_list_not_ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """`status_ring`: the platform's keys of status lists; a list holds certificates of many authorities."""

    rings: AuthorityRings
    seals: Seals
    status_ring: KeyRing
    addresses: Addresses
    lists: Lists
    counter: Counter
    clock: Clock

    async def issuer(self, path: str) -> Mapping[str, Any]:
        """The metadata of the issuer whose address has this path."""
        authority = path.rsplit("/", 1)[-1]
        ring = self.rings.find(authority)
        if ring is None or path != urlsplit(self.addresses.issuer(authority)).path:
            raise AuthorityKeysUnknown("no authority has keys at this address")
        return self.addresses.metadata(authority, ring)

    async def trust_list(self) -> Mapping[str, Any]:
        """Of all authorities; read beside the loop: a province has thousands of them."""
        return await asyncio.to_thread(self._trust_list)

    async def seal_root(self) -> str:
        """Made when it is first asked for."""
        return await asyncio.to_thread(lambda: self.seals.root_pem)

    async def status_list(self, number: int, *, accept: str) -> tuple[bytes, Mapping[str, str]]:
        """A list as it is served, with its headers."""
        found = await self.lists.kept(number)
        if found is None:
            if 0 <= number * SIZE < await self.counter.given():
                raise StatusListNotReady(f"the status list {number} is being signed")
            raise StatusListUnknown(f"there is no status list {number}")
        as_cwt = MEDIA_TYPE_CWT in accept and MEDIA_TYPE not in accept
        content = found.cwt if as_cwt else found.token
        headers = cached(content, made_at=found.made_at, at=self.clock.now())
        return content if isinstance(content, bytes) else content.encode(), headers

    def _trust_list(self) -> Mapping[str, Any]:
        found = [(one, self.rings.find(one)) for one in self.rings.authorities()]
        said = [self.addresses.metadata(authority, ring) for authority, ring in found if ring]
        return {**trust_list(said, self.status_ring), "seal_roots": [self.seals.root_pem]}
