"""One edition of a certificate: as a document has it, and as it is said."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

import msgspec

from services.certs.domain import Certificate, Order, seen_by, token_digest
from services.certs.events import CertificateIssued, Representation
from services.certs.ports import Proof
from services.certs.store.copies import Seat, encrypt_each
from services.kernel.keys.sealing import Sealer
from services.kernel.keys.vault import Keys
from services.kernel.store.documents import Document

_FIRST = 1
STANDING = frozenset({"valid", "suspended"})


def standing_of(certificate: Certificate) -> Document:
    """What stands in the clear of the edition that counts."""
    return {
        "certificate_type": certificate.type.certificate_type,
        "authority": certificate.authority,
        "state": certificate.state,
        "identifier": certificate.identifier,
        "number_key": certificate.number_key,
        "only_one": list(certificate.only_one),
        "sole": bool(certificate.only_one) and certificate.state in STANDING,
        **ends_of(certificate.state, certificate.valid_to),
    }


def edition_of(
    certificate: Certificate,
    proof: Proof,
    content: Sequence[bytes],
    seats: Sequence[Seat],
    *,
    renewed: Iterable[str] = (),
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
        "holders": [one.place for one in seats],
        "content": list(content),
    }


def ends_of(state: str, valid_to: date | None) -> Document:
    """What the expiry looks along: whether the calendar will end it, and after which day."""
    return {"ends": valid_to is not None and state in STANDING, "last_day": _text(valid_to)}


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def place_of(certificate_id: str, edition: int = _FIRST) -> str:
    """Where the content of an edition stands, which its encryption is bound to."""
    return f"certificates/{certificate_id}" + (f"/{edition}" if edition > _FIRST else "")


def written(
    certificate: Certificate,
    proof: Proof,
    seats: Sequence[Seat],
    keys: Keys,
    sealer: Sealer,
    *,
    version: int,
    change: str | None = None,
    order: Order | None = None,
    new: Collection[int] = (),
) -> tuple[list[bytes], list[CertificateIssued]]:
    """Give an edition's content as it is kept, and the facts that it stands at this version of its document.

    `seats`: its holders, in its own order; `change`: what made it of the edition before, `order`: who decided
    it and why. Whose place is `new` is told of a certificate that is issued, not of what it was before.
    """
    shown = {**certificate.shown(), "credential": proof.credential}
    # What a reader sees can be read out of the credential again.
    kept = msgspec.json.encode({"credential": proof.credential, "approval": certificate.approval})
    content = encrypt_each(keys, seats, kept, place=place_of(certificate.id, certificate.version))
    said = []
    for number, seat in enumerate(seats):
        told = {"order": order} if order and seat.place not in new else {}
        sealed = sealer.seal(
            "space",
            msgspec.json.encode({**seen_by(number, shown), **told}),
            event_type=CertificateIssued.type,
            holder_id=seat.holder_id,
            version=version,
        )
        made = None if seat.place in new else change
        said.append(_issued(certificate, proof, seat, sealed, version=version, change=made))
    return content, said


def _issued(
    certificate: Certificate, proof: Proof, seat: Seat, sealed: str, *, version: int, change: str | None
) -> CertificateIssued:
    return CertificateIssued(
        certificate_id=certificate.id,
        version=version,
        holder_id=seat.holder_id,
        place=seat.told,
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
