"""Into the log what was said, and evidence of it out to those whose certificate it is."""

from collections.abc import Mapping, Sequence

from services.certs.domain import CertificateUnknown, Standing, fact_ids, fact_of
from services.certs.events import CertificateIssued, StatusChanged
from services.certs.handlers.changes import show_certificate
from services.certs.handlers.copies import CopyRoom, own_record
from services.certs.ports import CertificateLog
from services.kernel.keys.tokens import Caller


async def log_facts(
    log: CertificateLog, said: Sequence[tuple[str, CertificateIssued | StatusChanged]]
) -> None:
    """A leaf for each event, by its id; harmless when repeated."""
    await log.add([fact_of(ce_id, event) for ce_id, event in said])


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
