"""Which approvals come with another name than their holder's, and which of those waiting need not longer."""

import asyncio
import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from services.certs.domain import (
    Certificate,
    Confirmation,
    HolderNameDiffers,
    Organisation,
    Pending,
    Told,
    traces_of,
)
from services.certs.domain.names import DoubtState
from services.certs.handlers.desk import Desk
from services.kernel.errors import Stale, Unavailable
from services.kernel.holders import mask_number

log = logging.getLogger("yima.certs")

PLATFORM = "platform"


class HolderNotYetKnown(Unavailable):
    """Registered with identity, and still on the way to us."""

    code = "holder_not_yet_known"
    retry_after = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Nothing was issued: the name is not that of the number's holder, and the authority is to look at it."""

    pending_id: str

    @property
    def refusal(self) -> HolderNameDiffers:
        """For who sent this one alone.

        Over HTTP a refusal and no 202: a system that looks at the status alone would take it for issued, and
        nothing happens to it before somebody acts. The same again, once it is confirmed, is 200 or 201.
        """
        return HolderNameDiffers(self.pending_id)


def confirmation_id(holder_id: str, authority: str, name_hash: str) -> str:
    """One for each of the three together."""
    return hashlib.sha256(f"{holder_id}:{authority}:{name_hash}".encode()).hexdigest()[:32]


async def doubtful(desk: Desk, certificates: Sequence[Certificate]) -> Mapping[str, str]:
    """Those whose holder is known under other names alone: approval id to the hash of the name it says.

    A name that the authority has confirmed is as good as the holder's own.
    """
    if not certificates:
        return {}
    known = await desk.names.known([one.holder_id for one in certificates])
    found = {
        one.approval_id: (one, name_hash)
        for one in certificates
        if one.holder_id in known and known[one.holder_id].doubts(name_hash := _hash(desk, one))
    }
    asked = {key: confirmation_id(one.holder_id, one.authority, name) for key, (one, name) in found.items()}
    confirmed = await desk.confirmations.there(list(asked.values())) if asked else frozenset()
    return {key: name for key, (_, name) in found.items() if asked[key] not in confirmed}


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


async def held_back(
    desk: Desk, certificates: Sequence[Certificate], names: Mapping[str, str], sender: Organisation
) -> frozenset[str]:
    """Put each on the list, once; give the ids of those that stay there.

    A name that was told in this moment has let go what waited before it, and not what was added since.
    """
    if not certificates:
        return frozenset()
    await _hold(desk, certificates, names, sender.organisation)
    still = await doubtful(desk, certificates)
    let_go = [one for one in certificates if one.approval_id not in still]
    await settle_issued(desk, [one.approval_id for one in let_go], await waiting_for(desk, let_go))
    return frozenset(still)


async def _hold(
    desk: Desk, certificates: Sequence[Certificate], names: Mapping[str, str], sender: str
) -> None:
    now = desk.clock.now()
    pendings = []
    for one in certificates:
        decision, called = traces_of(one.approval, desk.keys.identity)
        pendings.append(
            Pending(
                pending_id=one.approval_id,
                kind="held",
                organisation=sender,
                authority=one.authority,
                certificate_type=one.type.certificate_type,
                holder_id=one.holder_id,
                name_hash=names[one.approval_id],
                decision=decision,
                called=called,
                arrival=desk.clock.new_id(),
                since=now,
                told=Told(approval=one.approval, id_number_masked=mask_number(one.number)),
            )
        )
    await desk.pendings.hold(pendings)


async def waiting_for(desk: Desk, certificates: Sequence[Certificate]) -> Mapping[str, list[Pending]]:
    """What waits, by the certificate that puts it right: itself, or with another number or another name."""
    if not certificates:
        return {}
    traces = {one.approval_id: traces_of(one.approval, desk.keys.identity) for one in certificates}
    waiting = await desk.pendings.of_decisions([decision for decision, _ in traces.values()])
    found: dict[str, list[Pending]] = {}
    for one in certificates if waiting else ():
        traced = traces[one.approval_id]
        right = [each for each in waiting if each.is_put_right_by(one.approval_id, one.holder_id, *traced)]
        found[one.approval_id] = right
    return found


async def settle_issued(desk: Desk, issued: Iterable[str], waiting: Mapping[str, list[Pending]]) -> None:
    """What waited for these certificates waits no more."""
    for certificate_id in issued:
        for pending in waiting.get(certificate_id, ()):
            if pending.pending_id != certificate_id:
                await settle(desk, pending, "resent")
                continue
            # Issued is issued, also to a holder of whom no name is known.
            found = await fitting(desk, [pending])
            await settle(desk, pending, found[0][1] if found else "fits")


async def settle(desk: Desk, pending: Pending, state: DoubtState, *, by: str = PLATFORM) -> None:
    """Let it wait no more; whoever was first with another end has it."""
    with suppress(Stale):
        await desk.pendings.keep(pending.settled(state, by=by, at=desk.clock.now()))


async def fitting(desk: Desk, pendings: Sequence[Pending]) -> list[tuple[Pending, DoubtState]]:
    """Those whose name is not in doubt any more, and what it is now: confirmed, or the holder's own.

    Where no name is known, nothing fits: who was erased has not become the right one.
    """
    pendings = [one for one in pendings if one.kind != "vanished"]
    asked = {one.pending_id: confirmation_id(one.holder_id, one.authority, one.name_hash) for one in pendings}
    known, confirmed = await asyncio.gather(
        desk.names.known([one.holder_id for one in pendings]),
        desk.confirmations.there(list(asked.values())),
    )
    found: list[tuple[Pending, DoubtState]] = []
    for one in pendings:
        if asked[one.pending_id] in confirmed:
            found.append((one, "confirmed"))
        elif one.holder_id in known and one.name_hash in known[one.holder_id].name_hashes:
            found.append((one, "fits"))
    return found


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


def _hash(desk: Desk, one: Certificate) -> str:
    return desk.hash_name(one.holder_id, one.approval.holder.name)
