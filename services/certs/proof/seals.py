"""The seals that authorities sign PDF files with: a P-256 key each, its certificate, and the root above all.

A key of its own beside the one that signs certificates: that one may be of SM2, which PDF readers do not
know, and no key signs two kinds of things. Made when first needed, by whichever process is first; files of
mode 0600.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cryptography import x509

from services.certs.proof.authorities import FileRings, ensure_ring, sync, written_text
from services.certs.proof.x509 import PortKey, certify, make_root
from services.kernel.clock import Clock
from services.kernel.keys.rings import FileRing, KeyRing

Serials = Callable[[], int]
Chain = tuple[x509.Certificate, ...]


class Seals:
    """`folder`: `root.jwks` and `root.pem`, `<credit code>.jwks`, `<credit code>.<key id>.pem`."""

    def __init__(
        self, folder: Path, *, name: str, clock: Clock, serials: Serials = x509.random_serial_number
    ) -> None:
        self._folder, self._name, self._clock, self._serials = folder, name, clock, serials
        self._rings = FileRings(folder, clock=clock)
        self._chains: dict[tuple[str, str], Chain] = {}
        self._root: str | None = None

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

    def of(self, authority: str, name: str) -> tuple[PortKey, Chain]:
        """The key that seals for this authority, and its certificate with the root behind it."""
        ring = self._rings.ring(authority)
        key_id = ring.current.key_id
        if (chain := self._chains.get((authority, key_id))) is None:
            path = self._folder / f"{authority}.{key_id}.pem"
            pem = self._kept(path, lambda at: self._certificate(ring, authority, name, at))
            chain = (x509.load_pem_x509_certificate(pem.encode()), self.root)
            self._chains[authority, key_id] = chain
        return PortKey(ring.current, _current(ring)), chain

    def is_dead(self, authority: str, key_id: str) -> bool:
        """Whether the authority has declared the key of a seal worth nothing."""
        ring = self._rings.find(authority)
        return ring is not None and key_id in ring.dead

    def _made_root(self) -> str:
        path = self._folder / "root.jwks"
        ensure_ring(path, at=self._clock.now())
        ring = FileRing(path)
        return self._kept(
            self._folder / "root.pem",
            lambda at: make_root(
                ring.current, _current(ring), name=self._name, serial=self._serials(), at=at
            ),
        )

    def _certificate(self, ring: KeyRing, authority: str, name: str, at: datetime) -> str:
        root_pem = self.root_pem
        return certify(
            root_pem,
            FileRing(self._folder / "root.jwks").current,
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
