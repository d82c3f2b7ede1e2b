"""Signing lists again, while the ones before stay served: for whoever holds the lease."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.certs.proof.addresses import Addresses
from services.certs.proof.cwt import sign_cwt
from services.certs.proof.status import TTL, Status, pack, sign
from services.kernel.keys.rings import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedList:
    """A list as it is served, as JWT and as CWT; `lst`: its content, to see whether there is anything new."""

    number: int
    token: str
    cwt: bytes
    lst: str
    made_at: datetime


class Lists(Protocol):
    """Every status as the certificates have it, and the lists signed last. May raise `Unavailable`."""

    async def numbers(self) -> Sequence[int]:
        """The lists in which places have been given out."""
        ...

    async def not_valid(self, number: int) -> Mapping[int, Status]:
        """By index, whatever is not valid in this list now."""
        ...

    async def kept(self, number: int) -> SignedList | None:
        """As it is served."""
        ...

    async def keep(self, signed: SignedList) -> None:
        """Serve it from now on, unless what is served was made later."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """`signer`: of the platform's status keys; a list holds certificates of many authorities."""

    lists: Lists
    addresses: Addresses
    signer: Signer

    async def publish(self, *, at: datetime) -> int:
        """Sign what changed, and what has lived half its time; how many that were. Harmless when repeated."""
        signed = [await self._publish_one(number, at) for number in await self.lists.numbers()]
        return sum(signed)

    async def _publish_one(self, number: int, at: datetime) -> bool:
        claims = pack(self.addresses.status_list(number), await self.lists.not_valid(number), at=at)
        lst, kept = claims["status_list"]["lst"], await self.lists.kept(number)
        if kept is not None and kept.lst == lst and at - kept.made_at < TTL / 2:
            return False
        token, cwt = sign(claims, self.signer), sign_cwt(claims, self.signer.key)
        await self.lists.keep(SignedList(number=number, token=token, cwt=cwt, lst=lst, made_at=at))
        return True
