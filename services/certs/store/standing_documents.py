"""How a certificate stands, in a document and in an event."""

from collections.abc import Sequence
from datetime import date

import msgspec

from services.certs.domain import Certificate, Edition, Move, Representation, Standing, token_digest
from services.certs.events import Representation as Represented
from services.certs.events import StatusChanged
from services.certs.store.copies import Seat, decrypt_if_there, encrypt_each, seats_of
from services.certs.store.edition_documents import place_of
from services.kernel.keys.sealing import Sealer
from services.kernel.keys.vault import Keys
from services.kernel.store.documents import Document


def status_changed(standing: Standing, seat: Seat, sealed: str, *, token: str) -> StatusChanged:
    """Tell one of the holders of the last change."""
    move = standing.moves[-1]
    return StatusChanged(
        certificate_id=standing.certificate_id,
        version=standing.version,
        holder_id=seat.holder_id,
        place=seat.told,
        certificate_type=standing.certificate_type,
        state=standing.state,
        change=move.order.change,
        changed_at=move.at,
        authority=standing.authority,
        issued_at=standing.issued_at,
        valid_from=standing.valid_from,
        valid_to=standing.valid_to,
        sealed=sealed,
        represents=tuple(
            Represented(holder_id=one.holder_id, role=one.role, until=one.until)
            for one in standing.represents
        ),
        token_digest=token_digest(token),
    )


def removed(
    over: Standing, seat: Seat, move: Move, sealer: Sealer, certificate: Certificate
) -> StatusChanged:
    """Tell one who had it wrongly that it is gone, and why; nothing of whose it is, nor of what it says."""
    version = over.version + 1
    content = {
        "name": certificate.type.name,
        "authority_name": certificate.approval.authority_name,
        "order": move.order,
        **dict.fromkeys(("identifier", "holder_name", "credential"), ""),
    }
    sealed = sealer.seal(
        "space",
        msgspec.json.encode(content),
        event_type=StatusChanged.type,
        holder_id=seat.holder_id,
        version=version,
    )
    return StatusChanged(
        certificate_id=over.certificate_id,
        version=version,
        holder_id=seat.holder_id,
        place=seat.told,
        certificate_type=over.certificate_type,
        state="removed",
        change=move.order.change,
        changed_at=move.at,
        authority=over.authority,
        issued_at=over.issued_at,
        sealed=sealed,
    )


def encrypt_moves(
    keys: Keys, seats: Sequence[Seat], moves: Sequence[Move], certificate_id: str
) -> list[list[bytes]]:
    """The whole account anew, for who has the certificate from now on."""
    return [
        encrypt_each(keys, seats, msgspec.json.encode(one), place=move_place(certificate_id, number))
        for number, one in enumerate(moves)
    ]


def standing_in(document: Document, keys: Keys) -> Standing:
    """Give what a document says; `keys`: of its holders, where changes are on record.

    Changes that were erased are left out: the state that they led to stands in the clear.
    """
    version, seats = document["versions"][-1], seats_of(document)
    moves = [
        decrypt_if_there(keys, seats, one, place=move_place(document["_id"], place))
        for place, one in enumerate(document.get("moves", ()))
    ]
    return Standing(
        certificate_id=document["_id"],
        version=document["version"],
        holder_id=seats[0].holder_id,
        joint=tuple(one.holder_id for one in seats[1:]),
        ever=tuple(document["holder_ids"]),
        certificate_type=document["certificate_type"],
        authority=document["authority"],
        identifier=document["identifier"],
        state=document["state"],
        issued_at=version["issued_at"],
        valid_from=_day(version["valid_from"]),
        valid_to=_day(version["valid_to"]),
        represents=tuple(
            Representation(holder_id=one["holder_id"], role=one["role"], until=_day(one["until"]))
            for one in version["represents"]
        ),
        moves=tuple(msgspec.json.decode(one, type=Move) for one in moves if one is not None),
        editions=tuple(_edition(one) for one in document["versions"]),
    )


def _edition(version: Document) -> Edition:
    return Edition(
        number=version["version"],
        identifier=version["identifier"],
        issued_at=version["issued_at"],
        valid_from=_day(version["valid_from"]),
        valid_to=_day(version["valid_to"]),
        decided_on=_day(version["decided_on"]),
        number_key=version["number_key"],
        approval_id=version["approval"],
        digest=version["digest"],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def move_place(certificate_id: str, number: int) -> str:
    """Where the account of one change stands, which its encryption is bound to."""
    return f"{place_of(certificate_id)}/moves/{number}"
