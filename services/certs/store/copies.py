"""What is encrypted of a certificate: one copy for each of its holders, under that holder's key.

So erasing one holder leaves the others theirs whole. What their copies say of the erased one is part of a
certificate that is theirs as much: who is married is married to somebody.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.kernel.holders import HolderId
from services.kernel.keys.vault import CiphertextBroken, ContentErased, Keys
from services.kernel.store.documents import Document


@dataclass(frozen=True, slots=True)
class Seat:
    """One holder of a certificate. `place`: which of all that it ever had, counted from 0."""

    place: int
    holder_id: HolderId

    @property
    def told(self) -> int | None:
        """As an event has it: the first one needs no place."""
        return self.place or None


def seats_of(document: Document) -> list[Seat]:
    """Those whose certificate it is now, in the order of the certificate."""
    ever = document["holder_ids"]
    return [Seat(place, HolderId(ever[place])) for place in document["versions"][-1]["holders"]]


def seats_for(holder_ids: Sequence[HolderId], ever: Sequence[str] = ()) -> tuple[list[Seat], list[str]]:
    """Seat these holders among all that there ever were; give those too, with the new ones at the end."""
    everybody = list(dict.fromkeys((*ever, *holder_ids)))
    return [Seat(everybody.index(one), one) for one in holder_ids], everybody


def encrypt_each(keys: Keys, seats: Sequence[Seat], plain: bytes, *, place: str) -> list[bytes]:
    """One copy each, in order; none for who was erased."""
    return [
        keys.encrypt(one.holder_id, plain, place=place) if keys.holds(one.holder_id) else b"" for one in seats
    ]


def decrypt_if_there(
    keys: Keys, seats: Sequence[Seat], copies: Sequence[bytes], *, place: str
) -> bytes | None:
    """The same where what cannot be read any more must keep nobody from what is to be done; then None."""
    try:
        return decrypt_any(keys, seats, copies, place=place)
    except (ContentErased, CiphertextBroken):
        return None


def decrypt_any(keys: Keys, seats: Sequence[Seat], copies: Sequence[bytes], *, place: str) -> bytes:
    """The first copy whose key is there; `ContentErased` when none is.

    `CiphertextBroken` where none that has a key opens with it: who was erased and has come back has another.
    """
    broken: CiphertextBroken | None = None
    for one, copy in zip(seats, copies, strict=True):
        if copy and keys.holds(one.holder_id):
            try:
                return keys.decrypt(one.holder_id, copy, place=place)
            except CiphertextBroken as error:
                broken = error
    if broken:
        raise broken
    raise ContentErased(f"the content at {place} was erased")
