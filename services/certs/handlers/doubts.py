"""Which approvals come with another name than their holder's, and what an authority says of such a name."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.certs.domain import (
    Certificate,
    Confirmation,
    KnownAs,
    Pending,
)
from services.certs.handlers.desk import Desk
from services.kernel.errors import Unavailable


class HolderNotYetKnown(Unavailable):
    """Registered with identity, and still on the way to us."""

    code = "holder_not_yet_known"
    retry_after = 1


def confirmation_id(holder_id: str, authority: str, name_hash: str) -> str:
    """One for each of the three together."""
    return hashlib.sha256(f"{holder_id}:{authority}:{name_hash}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One holder of a certificate, at this place among its holders, who is known under other names alone."""

    place: int
    holder_id: str
    number: str
    name_hash: str


Doubts = Mapping[str, Sequence[Doubt]]


async def doubtful(desk: Desk, certificates: Sequence[Certificate]) -> Doubts:
    """Those of which a holder is known under other names alone, by approval id.

    A name that the authority has confirmed is as good as the holder's own.
    """
    if not certificates:
        return {}
    known = await desk.names.known([each for one in certificates for each in one.holder_ids])
    found = {one.approval_id: (one.authority, _doubts(desk, one, known)) for one in certificates if known}
    asked = {
        confirmation_id(each.holder_id, authority, each.name_hash)
        for authority, doubts in found.values()
        for each in doubts
    }
    confirmed = await desk.confirmations.there(list(asked)) if asked else frozenset()
    left = {
        key: [
            each
            for each in doubts
            if confirmation_id(each.holder_id, authority, each.name_hash) not in confirmed
        ]
        for key, (authority, doubts) in found.items()
    }
    return {key: doubts for key, doubts in left.items() if doubts}


def _doubts(desk: Desk, one: Certificate, known: Mapping[str, KnownAs]) -> list[Doubt]:
    named = [(one.holder_id, one.number, one.approval.holder.name)]
    named += [(each.holder_id, each.number, each.name) for each in one.joint]
    heard = [(place, *each) for place, each in enumerate(named) if each[0] in known]
    said = [
        Doubt(place=place, holder_id=key, number=number, name_hash=desk.hash_name(key, name))
        for place, key, number, name in heard
    ]
    return [each for each in said if known[each.holder_id].doubts(each.name_hash)]


async def doubts_name(desk: Desk, holder_id: str, authority: str, name: str) -> bool:
    """Whether a certificate that says this name is not for this holder to see; as space judges it.

    HolderNotYetKnown where nothing was heard of the holder: who calls is registered, so it is on its way.
    """
    known = (await desk.names.known([holder_id])).get(holder_id)
    if known is None:
        raise HolderNotYetKnown("the registration of the holder has not arrived here yet")
    name_hash = desk.hash_name(holder_id, name)
    if not known.doubts(name_hash):
        return False
    confirmed = confirmation_id(holder_id, authority, name_hash)
    return confirmed not in await desk.confirmations.there([confirmed])


def confirmation_of(pending: Pending, *, reason: str, by: str, desk: Desk) -> Confirmation:
    """The authority's word, as it is kept."""
    return Confirmation(
        confirmation_id=confirmation_id(pending.holder_id, pending.authority, pending.name_hash),
        holder_id=pending.holder_id,
        authority=pending.authority,
        name_hash=pending.name_hash,
        reason=reason,
        by=by,
        at=desk.clock.now(),
    )
