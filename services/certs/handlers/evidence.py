"""Into the log what was said, and evidence of it out to those whose certificate it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.certs.domain import CertificateUnknown, Lived, Standing, fact_ids, fact_of
from services.certs.events import CertificateIssued, StatusChanged
from services.certs.handlers.changes import show_certificate
from services.certs.handlers.copies import CopyRoom, own_record
from services.certs.ports import CertificateLog, Histories
from services.kernel.clock import Clock
from services.kernel.keys.tokens import Caller

# What was said so long ago was heard, or is lost.
ON_THEIR_WAY = timedelta(hours=1)


async def log_facts(
    log: CertificateLog, said: Sequence[tuple[str, CertificateIssued | StatusChanged]]
) -> None:
    """A leaf for each event, by its id; harmless when repeated."""
    await log.add([fact_of(ce_id, event) for ce_id, event in said])


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlogged:
    """How many versions of certificates have no leaf; `untold`: of which nobody knows what it was."""

    told: int
    untold: int


async def find_unlogged(
    clock: Clock, histories: Histories, log: CertificateLog, *, backfill: bool
) -> Unlogged:
    """Look at every version of every certificate, and hand in those that have no leaf, if wanted."""
    told = untold = 0
    async for page in histories.pages(before=clock.now() - ON_THEIR_WAY):
        missed = await _missed(page, log)
        facts = {one: await histories.facts(one) for one in {certificate_id for certificate_id, _ in missed}}
        found = [facts[one][version] for one, version in missed if version in facts[one]]
        told, untold = told + len(found), untold + len(missed) - len(found)
        if backfill and found:
            await log.add(found)
    return Unlogged(told=told, untold=untold)


async def _missed(page: Sequence[Lived], log: CertificateLog) -> Sequence[tuple[str, int]]:
    """Certificates with the versions to which no leaf belongs."""
    ids = {
        (one.certificate_id, version): fact_ids(one.certificate_id, one.ever, version=version)
        for one in page
        for version in range(1, one.version + 1)
    }
    there = await log.logged([each for some in ids.values() for each in some])
    return [key for key, some in ids.items() if not there.intersection(some)]


async def show_evidence(
    room: CopyRoom,
    log: CertificateLog,
    certificate_id: str,
    *,
    version: int | None,
    older: str | None,
    caller: Caller,
) -> Mapping[str, object]:
    """Of the change that led to this version, by default the last.

    With an `older` head: that the log has only grown since, too.
    For the authority, its data source and the holder, as far as they get a copy; for others there is no such
    certificate.
    """
    found = await _theirs(room, certificate_id, caller)
    wanted = version or found.version
    if wanted > found.version:
        raise CertificateUnknown(f"the certificate has the versions 1 to {found.version}, not {wanted}")
    holders = dict.fromkeys((*found.holder_ids, *found.ever))
    return await log.evidence(fact_ids(found.certificate_id, holders, version=wanted), older=older)


async def _theirs(room: CopyRoom, certificate_id: str, caller: Caller) -> Standing:
    if caller.kind == "machine":
        return await show_certificate(room.desk, certificate_id, sender=caller.organisation)
    await own_record(room, certificate_id, caller=caller)
    found = await room.desk.standings.find(certificate_id)
    # It may have become another's between the two.
    if found is None or not set(found.holder_ids) & set(caller.holder_ids):
        raise CertificateUnknown("no certificate of yours has this id")
    return found
