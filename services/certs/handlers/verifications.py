"""Verification for anyone: what is shown, held against the register as it is at this moment."""

from dataclasses import dataclass

from services.certs.domain import CertificateType
from services.certs.domain.printed_code import PrintedCodes, PrintedCodeWrong
from services.certs.domain.register import Record
from services.certs.domain.verification import Found, Verification
from services.certs.ports import Checks, Records, Types
from services.kernel.clock import Clock
from services.kernel.errors import Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """What a verification is done with."""

    records: Records
    types: Types
    checks: Checks
    printed: PrintedCodes
    clock: Clock


async def verify_presented(verifier: Verifier, content: bytes) -> Verification:
    """Three answers; a store that is away leaves the status unknown and the other two as they are."""
    presented = await verifier.checks.open(content)
    if presented.kind == "code":
        found = await _by_code(verifier, presented.text or "")
    else:
        found = await _by_id(verifier, presented.certificate_id)
    return await verifier.checks.judge(presented, found)


async def _by_id(verifier: Verifier, certificate_id: str | None) -> Found:
    at = verifier.clock.now()
    if certificate_id is None:
        return Found(at=at)
    try:
        record = await verifier.records.find(certificate_id)
    except Unavailable:
        return Found(at=at, reached=False)
    return Found(at=at, record=record, type=await _type_of(verifier, record))


async def _by_code(verifier: Verifier, text: str) -> Found:
    at = verifier.clock.now()
    try:
        printed = verifier.printed.read(text)
        record = await verifier.records.find_printed(printed)
        credential = await verifier.records.open(record) if record else None
    except PrintedCodeWrong:
        return Found(at=at)
    except Unavailable:
        return Found(at=at, reached=False)
    kind = await _type_of(verifier, record)
    return Found(at=at, record=record, type=kind, edition=printed.edition, credential=credential)


async def _type_of(verifier: Verifier, record: Record | None) -> CertificateType | None:
    """At the version that the certificate keeps; unknown where the store goes away just now."""
    if record is None:
        return None
    try:
        return await verifier.types.find(record.certificate_type, version=record.last.type_version)
    except Unavailable:
        return None
