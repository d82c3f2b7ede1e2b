"""What waits because of a name: shown to its authority; let go by it, by identity or by a better approval."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from services.certs.domain import (
    Organisation,
    Pending,
    PendingUnknown,
    RoleMissing,
    check_reason,
    traces_of,
)
from services.certs.events import EntryDisputed, HolderErased, HolderRegistered, HolderRenamed
from services.certs.handlers.approvals import accept_approvals
from services.certs.handlers.desk import Desk, find_sender, is_theirs
from services.certs.handlers.doubts import confirmation_of
from services.certs.handlers.holding import Waiting, fitting, named_by, settle, waits_still
from services.kernel.again import decide_again
from services.kernel.errors import Refusal, Stale
from services.kernel.keys.tokens import Caller

# Of staff: whoever acts for an authority by law, as identity's registry says.
_ROLE = "authority"
log = logging.getLogger("yima.certs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """A page of the list, newest first; `next` is `before` of the following."""

    rows: Sequence[Pending]
    next: str | None


async def list_pendings(desk: Desk, caller: Caller, *, before: str | None, limit: int) -> Waits:
    """What waits for the authorities that the caller is, or sends for. What is over by now is left out."""
    organisation = await _authorised(desk, caller)
    authorities = {organisation.organisation, *organisation.source_for}
    found = await desk.pendings.page(sorted(authorities), before=before, limit=limit + 1)
    rows = [one for one in found[:limit] if await _is_theirs(desk, one, organisation)]
    current = [one for one in rows if await waits_still(desk, one)]
    return Waits(rows=current, next=found[limit - 1].arrival if len(found) > limit else None)


async def confirm_name(desk: Desk, pending_id: str, caller: Caller, *, reason: str) -> Pending:
    """The authority's word that the holder is rightly called so; all that waits for this word is let go."""
    found = await _find(desk, pending_id, caller)
    if found.state in {"waiting", "resent"} and not await waits_still(desk, found):
        found = await _find(desk, pending_id, caller)
    found.check_waiting("waiting", "discarded", "resent", "confirmed")
    if found.kind == "vanished":
        return await _confirm_standing(desk, found, caller, reason=check_reason(reason))
    confirmation = confirmation_of(found, reason=check_reason(reason), by=_who(caller), desk=desk)
    await desk.confirmations.add(confirmation)
    if found.state in {"discarded", "resent"}:
        await desk.pendings.keep(found.reopened(kind=found.kind, arrival=found.arrival, at=found.since))
    await release(desk, found.holder_id)
    return await _find(desk, pending_id, caller)


async def _confirm_standing(desk: Desk, found: Pending, caller: Caller, *, reason: str) -> Pending:
    """The authority's word that it stands, whatever its list says."""
    if found.state == "waiting":
        at = desk.clock.now()
        await desk.pendings.keep(found.settled("confirmed", by=_who(caller), at=at, reason=reason))
    return await _find(desk, found.pending_id, caller)


async def discard_pending(desk: Desk, pending_id: str, caller: Caller, *, reason: str) -> Pending:
    """Put it aside for good: the same approval again waits no more than this one does."""

    async def discard() -> None:
        found, now = await _find(desk, pending_id, caller), desk.clock.now()
        if found.state != "discarded":
            await desk.pendings.keep(found.discarded(by=_who(caller), at=now, reason=reason))

    await decide_again(discard)
    return await _find(desk, pending_id, caller)


async def release(desk: Desk, holder_id: str) -> None:
    """Issue what was held, and let rest what was disputed, where the name is in doubt no more."""
    async for page in desk.pendings.of_holder(holder_id):
        for pending, state in await fitting(desk, page):
            if pending.kind == "held" and not await _issue(desk, pending):
                continue
            await settle(desk, pending, state)


async def hear_names(desk: Desk, heard: Sequence[HolderRegistered | HolderRenamed | HolderErased]) -> None:
    """First the names, then what waited for one of them; an erasure tells no name."""
    await desk.names.advance(heard)
    for holder_id in sorted({one.holder_id for one in heard if not isinstance(one, HolderErased)}):
        await release(desk, holder_id)


async def hear_disputes(desk: Desk, heard: Sequence[EntryDisputed]) -> None:
    """Put on the list what lies hidden in a space; unless it is over, or its name in doubt no more."""
    for one in heard:
        await decide_again(partial(_dispute, desk, one))


async def _dispute(desk: Desk, heard: EntryDisputed) -> None:
    issued = await desk.pendings.issued(heard.entry_id)
    if issued is None or issued.told is None or issued.holder_id != heard.holder_id:
        return
    if named_by(desk, issued) != heard.name_hash:
        return  # of an earlier edition
    decision, called = traces_of(issued.told.approval, desk.keys.identity)
    arrival, now = desk.clock.new_id(), desk.clock.now()
    pending = Pending(
        pending_id=issued.pending_id,
        kind="disputed",
        organisation=issued.organisation,
        authority=issued.authority,
        certificate_type=issued.certificate_type,
        holder_id=issued.holder_id,
        name_hash=heard.name_hash,
        decision=decision,
        called=called,
        arrival=arrival,
        since=now,
        told=issued.told,
    )
    known = await desk.pendings.find(pending.pending_id)
    if known and known.state == "waiting" and known.name_hash == heard.name_hash:
        return
    if known:
        await desk.pendings.keep(replace(pending, version=known.version), anew=True)
    else:
        await desk.pendings.hold([pending])
    # The name may have been corrected, or confirmed, while the dispute was on its way.
    await release(desk, pending.holder_id)


async def _issue(desk: Desk, pending: Pending) -> bool:
    """By the rules as they are now, for who sent it; what they refuse goes on waiting, and says why."""
    if pending.told is None:
        return False
    (outcome,) = await accept_approvals(desk, [pending.told.approval], sender=pending.organisation)
    if isinstance(outcome, Refusal):
        log.warning(
            "a name is in doubt no more, and the approval is refused for another reason",
            extra={"pending_id": pending.pending_id, "reason": outcome.code},
        )
        with suppress(Stale):
            await desk.pendings.keep(replace(pending, refusal=outcome.code))
    return not isinstance(outcome, Refusal | Waiting)


async def _authorised(desk: Desk, caller: Caller) -> Organisation:
    """A registered system of the authority or its data source, or a person whom the authority sent."""
    if caller.kind == "operator" and _ROLE not in caller.roles:
        raise RoleMissing(f"the role {_ROLE} is needed")
    return await find_sender(desk, caller.organisation)


def _who(caller: Caller) -> str:
    return caller.subject if caller.kind == "operator" else caller.client_id


async def _find(desk: Desk, pending_id: str, caller: Caller) -> Pending:
    organisation, found = await _authorised(desk, caller), await desk.pendings.find(pending_id)
    if found is None or not await _is_theirs(desk, found, organisation):
        raise PendingUnknown("nothing of yours waits under this id")
    return found


async def _is_theirs(desk: Desk, pending: Pending, organisation: Organisation) -> bool:
    return is_theirs(pending, organisation, await desk.types.catalogue())
