"""The proof of certificates as they are issued: by the authority's own key, with a place for their status."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date

from services.certs.domain import Certificate
from services.certs.domain.printed_code import PrintedCodes
from services.certs.ports import Counter, Place, Proof
from services.certs.proof.addresses import Addresses
from services.certs.proof.authorities import AuthorityRings
from services.certs.proof.credentials import Claims, Credential, Salts, issue_vc
from services.certs.proof.slots import Shuffles, Slot
from services.kernel.keys.rings import Signer

# A tenth of a millisecond each: more than these take longer than others should wait for the loop.
_FEW = 8


class Prover:
    """`counter`: of the places of the status lists. `printed`: the codes that stand on faces."""

    def __init__(
        self,
        rings: AuthorityRings,
        counter: Counter,
        shuffles: Shuffles,
        addresses: Addresses,
        *,
        printed: PrintedCodes,
        salts: Salts,
    ) -> None:
        self._printed = printed
        self._rings, self._counter, self._shuffles = rings, counter, shuffles
        self._addresses, self._salts = addresses, salts

    async def prove(self, certificates: Sequence[Certificate]) -> Sequence[Proof]:
        """Keys are made for an authority that signs for the first time."""
        numbers = await self._counter.take(len(certificates))
        places = [
            Place(status_list=which, index=index) for which, index in map(self._shuffles.place, numbers)
        ]
        signers = {
            authority: await self._signer(authority) for authority in {one.authority for one in certificates}
        }
        pairs = list(zip(certificates, places, strict=True))
        if len(pairs) > _FEW:
            return await asyncio.to_thread(self._proofs, pairs, signers)
        return self._proofs(pairs, signers)

    async def _signer(self, authority: str) -> Signer:
        found = self._rings.find(authority)
        if found is None:
            found = await asyncio.to_thread(self._rings.ring, authority)
        return Signer(found)

    def _proofs(
        self, pairs: Sequence[tuple[Certificate, Place]], signers: Mapping[str, Signer]
    ) -> Sequence[Proof]:
        return [
            Proof(credential=self._signed(one, place, signers[one.authority]), place=place)
            for one, place in pairs
        ]

    def _signed(self, certificate: Certificate, place: Place, signer: Signer) -> str:
        addresses, (claims, fields) = self._addresses, _said(certificate)
        credential = Credential(
            id=certificate.id,
            issuer=addresses.issuer(certificate.authority),
            type=addresses.type(certificate.type.certificate_type),
            issued_at=certificate.issued_at,
            valid_from=certificate.valid_from,
            valid_to=certificate.valid_to,
            status=Slot(uri=addresses.status_list(place.status_list), index=place.index),
            claims={**claims, "printed_code": self._printed.of(certificate.id, certificate.version)},
            fields=fields,
        )
        return issue_vc(credential, signer, salts=self._salts)


def _said(certificate: Certificate) -> tuple[Claims, Claims]:
    """Whatever a reader sees: what every certificate has, and what only its type has."""
    shown = dict(certificate.shown())
    fields = shown.pop("fields")
    if not isinstance(fields, dict):
        raise TypeError("fields: needed by name")
    return {
        name: value.isoformat() if isinstance(value, date) else value for name, value in shown.items()
    }, fields
