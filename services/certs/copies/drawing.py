"""A copy drawn: the page says what its token says, and a PDF is sealed by the authority that issued it."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from services.certs.domain.copy import Copy, FacesBusy
from services.certs.domain.face import Face
from services.certs.domain.facing import Said, face_of
from services.certs.faces import Faces, sign_pdf
from services.certs.proof import Addresses, Seals, disclose, shown_in
from services.kernel.clock import Clock, civil_date

# Threads that draw; and copies that may wait for one, each some tens of milliseconds.
AT_ONCE, MOST_WAITING = 2, 40


@dataclass(slots=True, kw_only=True)
class CopyDesk:
    """Keeps `ports.Copies`. `faces`: gives fonts and templates; loaded when the first copy is drawn."""

    faces: Callable[[], Faces]
    seals: Seals
    addresses: Addresses
    clock: Clock
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    in_hand: int = 0

    async def draw(self, copy: Copy) -> bytes:
        """In a thread, a few at once; FacesBusy, FaceUnprintable."""
        if self.in_hand >= AT_ONCE + MOST_WAITING:
            raise FacesBusy(f"{self.in_hand} copies are being drawn")
        self.in_hand += 1
        try:
            async with self.turns:
                return await asyncio.to_thread(self._drawn, copy)
        finally:
            self.in_hand -= 1

    def holders(self, credential: str) -> Sequence[str]:
        """As the token says them."""
        shown = shown_in(credential)
        others = shown.get("joint_holders")
        names = [one["name"] for one in others] if isinstance(others, list) else []
        return [str(shown.get("holder_name", "")), *map(str, names)]

    def part(self, credential: str, names: Collection[str]) -> str:
        """See `disclose`."""
        return disclose(credential, names)

    def _drawn(self, copy: Copy) -> bytes:
        face, faces = self.face(copy), self.faces()
        match copy.form:
            case "svg":
                return faces.svg(face)
            case "png":
                return faces.png(face)
            case "ofd":
                return faces.ofd(face, token=copy.credential)
            case "pdf":
                authority, called = copy.record.authority, copy.authority_name
                key, chain = self.seals.of(authority, face.authority_name, registered=called)
                pdf = faces.pdf(face, token=copy.credential)
                return sign_pdf(pdf, key, chain, at=self.clock.now())

    def face(self, copy: Copy) -> Face:
        """What stands on it."""
        shown = shown_in(copy.credential)
        fields = shown.pop("fields")
        if not isinstance(fields, dict):
            raise TypeError("fields: needed by name")
        said = Said(
            claims=shown,
            fields=fields,
            base=self.addresses.base,
            issued_on=civil_date(copy.record.last.issued_at),
        )
        return face_of(said, copy.kind, state=copy.state, marking=copy.marking)
