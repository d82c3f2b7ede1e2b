"""The seals that authorities sign PDF files with: a P-256 key each, its certificate, and the root above all.

A key of its own beside the one that signs certificates: that one may be of SM2, which PDF readers do not
know, and no key signs two kinds of things. Made when first needed, by whichever process is first; files of
mode 0600.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count
from pathlib import Path

from cryptography import x509

from services.certs.proof.authorities import FileRings, ensure_ring, sync, written_text
from services.certs.proof.x509 import PortKey, certify, holds_on, make_root
from services.kernel.clock import Clock
from services.kernel.keys.rings import FileRing, KeyRing

Serials = Callable[[], int]
Chain = tuple[x509.Certificate, x509.Certificate]
log = logging.getLogger("yima.certs")


class Seals:
    """`folder`: `root.jwks` and `root.pem`, `<credit code>.jwks`, `<credit code>.<key id>.pem`.

    Later certificates of the same key are `<credit code>.<key id>.2.pem` and so on.
    """

    def __init__(
        self, folder: Path, *, name: str, clock: Clock, serials: Serials = x509.random_serial_number
    ) -> None:
        self._folder, self._name, self._clock, self._serials = folder, name, clock, serials
        self._rings = FileRings(folder, clock=clock)
        self._chains: dict[tuple[str, str], Chain] = {}
        self._root: str | None = None
        self._root_key = folder / "root.jwks"

    @property
    def root_pem(self) -> str:
        """Whom to trust for PDF files."""
        if self._root is None:
            self._root = self._made_root()
        return self._root

    @property
    def root(self) -> x509.Certificate:
        """The same, read."""
        return x509.load_pem_x509_certificate(self.root_pem.encode())

    def of(self, authority: str, name: str, *, registered: str = "") -> tuple[PortKey, Chain]:
        """The key that seals for this authority, and its certificate with the root behind it.

        `registered`: what the authority is called today; `name`: what a page calls it, written as whoever
        sent it wrote it, and taken where nobody told the other.
        """
        ring = self._rings.ring(authority)
        key_id, at = ring.current.key_id, self._clock.now()
        chain = self._chains.get((authority, key_id))
        if chain is None or not holds_on(*chain, authority=authority, name=registered, at=at):
            chain = (self._certified(ring, authority, name, registered), self.root)
            self._chains[authority, key_id] = chain
        return PortKey(ring.current, _current(ring)), chain

    def _certified(self, ring: KeyRing, authority: str, name: str, registered: str) -> x509.Certificate:
        """The last certificate of the key; and the next one where that ends, or says another name."""
        paths = self._paths(authority, ring.current.key_id)
        last = next(paths)
        for path in paths:
            if not path.exists():
                break
            last = path
        if last.exists():
            found = x509.load_pem_x509_certificate(last.read_bytes())
            at = self._clock.now()
            if holds_on(found, self.root, authority=authority, name=registered, at=at):
                return found
            if not self._root_key.exists():
                log.warning("a seal waits for the root's key", extra={"organisation": authority})
                return found
            last = path
        pem = self._kept(last, lambda at: self._certificate(ring, authority, registered or name, at))
        return x509.load_pem_x509_certificate(pem.encode())

    def _paths(self, authority: str, key_id: str) -> Iterator[Path]:
        """Of a key's certificates, the oldest first."""
        yield self._folder / f"{authority}.{key_id}.pem"
        for number in count(2):
            yield self._folder / f"{authority}.{key_id}.{number}.pem"

    def is_dead(self, authority: str, key_id: str) -> bool:
        """Whether the authority has declared the key of a seal worth nothing."""
        ring = self._rings.find(authority)
        return ring is not None and key_id in ring.dead

    def _made_root(self) -> str:
        def make(at: datetime) -> str:
            ensure_ring(self._root_key, at=at)
            ring = FileRing(self._root_key)
            return make_root(ring.current, _current(ring), name=self._name, serial=self._serials(), at=at)

        # Its key may be in a safe by now: none is made where the root stands.
        return self._kept(self._folder / "root.pem", make)

    def _certificate(self, ring: KeyRing, authority: str, name: str, at: datetime) -> str:
        root_pem = self.root_pem
        return certify(
            root_pem,
            FileRing(self._root_key).current,
            _current(ring),
            authority=authority,
            name=name or authority,
            serial=self._serials(),
            at=at,
        )

    def _kept(self, path: Path, make: Callable[[datetime], str]) -> str:
        """What the file holds, which is what was made only where no other process was first."""
        if not path.exists():
            draft = written_text(path, make(self._clock.now()))
            try:
                path.hardlink_to(draft)
            except FileExistsError:
                pass  # the other's certificate counts
            finally:
                draft.unlink()
            sync(path.parent)
        return path.read_text(encoding="ascii")


def _current(ring: KeyRing) -> dict[str, str]:
    """The public half of the key that signs now."""
    found: dict[str, str]
    (found,) = (jwk for jwk in ring.published["keys"] if jwk["kid"] == ring.current.key_id)
    return found
