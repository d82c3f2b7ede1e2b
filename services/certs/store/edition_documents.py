"""One edition of a certificate: as a document has it, and as it is said."""

from collections.abc import Iterable
from datetime import date

import msgspec

from services.certs.domain import Certificate, token_digest
from services.certs.events import CertificateIssued, Representation
from services.certs.ports import Proof
from services.kernel.keys.sealing import Sealer
from services.kernel.keys.vault import Keys
from services.kernel.store.documents import Document

_FIRST = 1


def standing_of(certificate: Certificate) -> Document:
    """What stands in the clear of the edition that counts."""
    return {
        "certificate_type": certificate.type.certificate_type,
        "authority": certificate.authority,
        "state": certificate.state,
        "identifier": certificate.identifier,
        "number_key": certificate.number_key,
        "only_one": list(certificate.only_one),
        "sole": bool(certificate.only_one),
        **ends_of(certificate.state, certificate.valid_to),
    }


def edition_of(
    certificate: Certificate, proof: Proof, content: bytes, *, renewed: Iterable[str] = ()
) -> Document:
    """One edition, with its approval: by id, and by a digest of its details. `renewed`: as in `Kept`."""
    return {
        "version": certificate.version,
        "type_version": certificate.type.version,
        "identifier": certificate.identifier,
        "number_key": certificate.number_key,
        "issued_at": certificate.issued_at,
        "decided_on": _text(certificate.approval.decided_on),
        "valid_from": _text(certificate.valid_from),
        "valid_to": _text(certificate.valid_to),
        "represents": [
            {"holder_id": one.holder_id, "role": one.role, "until": _text(one.until)}
            for one in certificate.represents
        ],
        "approval": certificate.approval_id,
        "digest": certificate.digest,
        "renewed": sorted(renewed),
        "status_list": proof.place.status_list,
        "status_index": proof.place.index,
        "content": content,
    }


def ends_of(state: str, valid_to: date | None) -> Document:
    """What the expiry looks along: whether the calendar will end it, and after which day."""
    return {"ends": valid_to is not None and state in {"valid", "suspended"}, "last_day": _text(valid_to)}


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def place_of(certificate_id: str, edition: int = _FIRST) -> str:
    """Where the content of an edition stands, which its encryption is bound to."""
    return f"certificates/{certificate_id}" + (f"/{edition}" if edition > _FIRST else "")


def written(
    certificate: Certificate,
    proof: Proof,
    keys: Keys,
    sealer: Sealer,
    *,
    version: int,
    change: str | None = None,
) -> tuple[bytes, CertificateIssued]:
    """Give an edition's content as it is kept, and the fact that it stands at this version of its document.

    `change`: what made it of the edition before.
    """
    shown = msgspec.json.encode({**certificate.shown(), "credential": proof.credential})
    # What a reader sees can be read out of the credential again.
    kept = msgspec.json.encode({"credential": proof.credential, "approval": certificate.approval})
    place = place_of(certificate.id, certificate.version)
    content = keys.encrypt(certificate.holder_id, kept, place=place)
    sealed = sealer.seal(
        "space", shown, event_type=CertificateIssued.type, holder_id=certificate.holder_id, version=version
    )
    return content, _issued(certificate, proof, sealed, version=version, change=change)


def _issued(
    certificate: Certificate, proof: Proof, sealed: str, *, version: int, change: str | None
) -> CertificateIssued:
    return CertificateIssued(
        certificate_id=certificate.id,
        version=version,
        holder_id=certificate.holder_id,
        certificate_type=certificate.type.certificate_type,
        state=certificate.state,
        authority=certificate.authority,
        issued_at=certificate.issued_at,
        valid_from=certificate.valid_from,
        valid_to=certificate.valid_to,
        sealed=sealed,
        change=change,
        represents=tuple(
            Representation(holder_id=one.holder_id, role=one.role, until=one.until)
            for one in certificate.represents
        ),
        token_digest=token_digest(proof.credential),
    )
