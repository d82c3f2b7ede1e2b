"""An authority's full list against what stands: what is new, what changed, what it must be asked about."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from services.certs.domain import (
    Approval,
    Certificate,
    Compared,
    Kept,
    Snapshot,
    Standing,
    differing,
    renewing,
)
from services.certs.handlers.approvals import decide
from services.certs.handlers.desk import Desk, find_sender
from services.certs.handlers.holding import settle
from services.kernel.clock import civil_date
from services.kernel.errors import Refusal, Stale

_ENDED = frozenset({"withdrawn", "revoked", "cancelled"})
# Of what was asked about: settled without the authority's word.
_UNANSWERED = frozenset({"returned", "ended"})
_PAGE = 200


async def check_snapshot(desk: Desk, snapshot: Snapshot, *, sender: str | None) -> Snapshot:
    """Give it with the code that the type has now, to who may send this authority's approvals of it."""
    organisation, types = await find_sender(desk, sender), await desk.types.catalogue()
    kind = types.find(snapshot.certificate_type, None)
    organisation.check_entitled(authority=snapshot.authority, certificate_types=kind.codes)
    return replace(snapshot, certificate_type=kind.certificate_type)


async def compare_rows(
    desk: Desk, approvals: Sequence[Approval], snapshot: Snapshot, *, sender: str
) -> list[Compared | Refusal]:
    """Tell of each row what it is; nothing is changed."""
    organisation, types = await find_sender(desk, sender), await desk.types.catalogue()
    decided = decide(desk, approvals, organisation, types, desk.clock.now())
    rows = [one for one in decided if isinstance(one, Certificate)]
    known = await desk.certificates.known(list({one.approval_id for one in rows}))
    keys = {one.number_key for one in rows if one.number_key and one.approval_id not in known}
    numbered = await desk.standings.numbered(sorted(keys)) if keys else {}
    return [
        one if isinstance(one, Refusal) else await _compared(desk, one, said, snapshot, known, numbered)
        for one, said in zip(decided, approvals, strict=True)
    ]


async def standing_pages(desk: Desk, snapshot: Snapshot) -> AsyncIterator[Sequence[Standing]]:
    """What stands today of this authority and type, page by page along an index."""
    kind = (await desk.types.catalogue()).of(snapshot.certificate_type)
    today = civil_date(desk.clock.now())
    for code in kind.codes if kind else (snapshot.certificate_type,):
        after = ""
        while page := await desk.standings.standing(snapshot.authority, code, after=after, limit=_PAGE):
            yield [one for one in page if one.state_on(today) != "expired"]
            after = page[-1].certificate_id


async def ask_authority(desk: Desk, certificate_ids: Sequence[str], *, sender: str) -> None:
    """Put on its list what its file does not name: nothing ends without its word.

    Once asked is enough, and what was answered stays so; what was back meanwhile is asked about again.
    """
    found = [await desk.pendings.issued(one) for one in certificate_ids]
    now = desk.clock.now()
    asked = [one.vanished(sender=sender, arrival=desk.clock.new_id(), at=now) for one in found if one]
    there = await desk.pendings.hold(asked)
    for one in asked:
        known = await desk.pendings.find(one.pending_id) if one.pending_id in there else None
        if known and known.state in _UNANSWERED:
            with suppress(Stale):
                await desk.pendings.keep(replace(one, version=known.version))


async def settle_returned(desk: Desk, snapshot: Snapshot, vanished: frozenset[bytes]) -> None:
    """What was asked about and stands in the file by now needs no answer."""
    before: str | None = None
    while page := await desk.pendings.page([snapshot.authority], before=before, limit=_PAGE):
        for one in page:
            theirs = one.kind == "vanished" and one.certificate_type == snapshot.certificate_type
            if theirs and bytes.fromhex(one.certificate_id) not in vanished:
                await settle(desk, one, "returned")
        before = page[-1].arrival


async def _compared(
    desk: Desk,
    one: Certificate,
    said: Approval,
    snapshot: Snapshot,
    known: Mapping[str, Kept],
    numbered: Mapping[str, Sequence[Standing]],
) -> Compared:
    if one.authority != snapshot.authority or one.type.certificate_type != snapshot.certificate_type:
        return Compared(state="foreign", approval=said)
    kept = known.get(one.approval_id)
    if kept is None:
        called = numbered.get(one.number_key or "", ())
        standing = [each for each in called if each.authority == one.authority and each.stands]
        if len(standing) != 1:
            return Compared(state="new", approval=said)
        certificate_id, identifier = standing[0].certificate_id, standing[0].identifier
        said = renewing(said)
    else:
        certificate_id, identifier = kept.certificate_id, kept.identifier
    found = Compared(state="changed", approval=said, certificate_id=certificate_id, identifier=identifier)
    if kept and kept.state in _ENDED:
        return replace(found, state="ended")
    if kept and one.digest in kept.digests:
        return replace(found, state="same")
    before = await desk.pendings.issued(certificate_id)
    names = differing(before.told.approval, one.approval) if before and before.told else ()
    return replace(found, differing=names)
