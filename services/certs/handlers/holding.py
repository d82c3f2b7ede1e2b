"""What is held back because of a name, and what waits no longer."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from services.certs.domain import (
    Certificate,
    HolderNameDiffers,
    Organisation,
    Pending,
    Told,
    traces_of,
)
from services.certs.domain.pending import DoubtState, answers_to
from services.certs.handlers.desk import Desk
from services.certs.handlers.doubts import Doubts, confirmation_id, doubtful
from services.kernel.errors import Stale
from services.kernel.holders import mask_number

PLATFORM = "platform"


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


async def held_back(
    desk: Desk, certificates: Sequence[Certificate], doubts: Doubts, sender: Organisation
) -> frozenset[str]:
    """Put each on the list, once; give the ids of those that stay there.

    A name that was told in this moment has let go what waited before it, and not what was added since.
    """
    if not certificates:
        return frozenset()
    await _hold(desk, certificates, doubts, sender.organisation)
    still = await doubtful(desk, certificates)
    let_go = [one for one in certificates if one.approval_id not in still]
    await settle_issued(desk, [one.approval_id for one in let_go], await waiting_for(desk, let_go))
    return frozenset(still)


async def _hold(desk: Desk, certificates: Sequence[Certificate], doubts: Doubts, sender: str) -> None:
    """Ask about one of its holders at a time, and about the next when that one is in doubt no more."""
    now = desk.clock.now()
    pendings = []
    for one in certificates:
        (doubt, *_) = doubts[one.approval_id]
        decision, called = traces_of(one.approval, desk.keys.identity)
        pendings.append(
            Pending(
                pending_id=one.approval_id,
                kind="held",
                organisation=sender,
                authority=one.authority,
                certificate_type=one.type.certificate_type,
                holder_id=doubt.holder_id,
                name_hash=doubt.name_hash,
                decision=decision,
                called=called,
                arrival=desk.clock.new_id(),
                since=now,
                told=Told(
                    approval=one.approval, id_number_masked=mask_number(doubt.number), place=doubt.place
                ),
            )
        )
    there = await desk.pendings.hold(pendings)
    joint = {one.approval_id for one in certificates if one.joint}
    for pending in (one for one in pendings if one.pending_id in there & joint):
        known = await desk.pendings.find(pending.pending_id)
        open_still = {each.holder_id for each in doubts[pending.pending_id]}
        if known and known.state == "waiting" and known.holder_id not in open_still:
            with suppress(Stale):
                await desk.pendings.keep(replace(pending, version=known.version), anew=True)


async def waiting_for(desk: Desk, certificates: Sequence[Certificate]) -> Mapping[str, list[Pending]]:
    """What waits, by the certificate that puts it right: itself, or with another number or another name."""
    if not certificates:
        return {}
    traces = {one.approval_id: traces_of(one.approval, desk.keys.identity) for one in certificates}
    waiting = await desk.pendings.traced(
        each
        for one in certificates
        for each in answers_to(traces[one.approval_id][0], one.holder_id, traces[one.approval_id][1])
    )
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


def named_by(desk: Desk, pending: Pending) -> str:
    """The hash of the name that its holder has in what it says."""
    return desk.hash_name(pending.holder_id, pending.told.holder.name) if pending.told else ""


async def waits_still(desk: Desk, pending: Pending) -> bool:
    """Whether it waits, and settle it where not.

    A certificate that has ended, or moved to its right holder, or has another name by now, does not.
    """
    if pending.kind == "held":
        return True
    issued = await desk.pendings.issued(pending.entry_id)
    same = issued is not None and issued.holder_id == pending.holder_id
    if issued and same and (pending.kind == "vanished" or named_by(desk, issued) == pending.name_hash):
        return True
    await settle(desk, pending, "ended")
    return False


async def settle_corrected(desk: Desk, certificate_id: str, holder_ids: Sequence[str]) -> None:
    """What waited because of what was wrong in a certificate waits no more; these had it until then."""
    for holder_id in holder_ids:
        async for page in desk.pendings.of_holder(holder_id):
            for one in page:
                if one.certificate_id == certificate_id:
                    await waits_still(desk, one)
