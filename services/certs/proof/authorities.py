"""A key ring for each issuing authority, made when it is first needed.

Behind `AuthorityRings` an HSM or a KMS may stand: a ring gives a `SigningKey` that signs, and no private key
ever leaves it. Here it is a folder of files of mode 0600, one an authority, in the form of docs/keys.md.
"""

import json
import os
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from services.certs.proof.addresses import AUTHORITY
from services.certs.proof.suites import Jwk, Suite, held, new_key
from services.kernel.clock import Clock
from services.kernel.keys.rings import FileRing, KeyRing


class AuthorityRings(Protocol):
    """The keys of every authority. What is given changes when keys do: ask each time."""

    def ring(self, authority: str) -> KeyRing:
        """Of this authority, made if it has none yet; for what was checked to be one."""
        ...

    def find(self, authority: str) -> KeyRing | None:
        """Of this authority, if it ever signed; for whatever somebody asks for."""
        ...

    def authorities(self) -> Sequence[str]:
        """Every authority that has keys."""
        ...


class FileRings:
    """Files `<credit code>.jwks`; read when first asked for, and again when they change.

    Asking costs one look at the file's date, about 3 µs; the first use of an authority writes to the disk.
    `suite`: of an authority that has no keys yet; later `rotate` alone changes it.
    """

    def __init__(self, folder: Path, *, clock: Clock, suite: Suite = "ES256") -> None:
        self._folder, self._clock, self._suite = folder, clock, suite
        self._rings: dict[str, FileRing] = {}

    def ring(self, authority: str) -> KeyRing:
        found = self.find(authority)
        if found is not None:
            return found
        path = self._path(authority)
        ensure_ring(path, at=self._clock.now(), suite=self._suite)
        return self._read(authority, path)

    def find(self, authority: str) -> KeyRing | None:
        found = self._rings.get(authority)
        if found is not None:
            found.reload()
            return found
        # Nothing but a credit code becomes part of a path: an address may hold anything.
        if not AUTHORITY.fullmatch(authority) or not self._path(authority).exists():
            return None
        return self._read(authority, self._path(authority))

    def authorities(self) -> Sequence[str]:
        names = (path.stem for path in self._folder.glob("*.jwks"))
        return sorted(name for name in names if AUTHORITY.fullmatch(name))

    def _path(self, authority: str) -> Path:
        if not AUTHORITY.fullmatch(authority):
            raise ValueError(f"{authority!r}: needed a credit code of 18 characters")
        return self._folder / f"{authority}.jwks"

    def _read(self, authority: str, path: Path) -> FileRing:
        return self._rings.setdefault(authority, FileRing(path, held=held))


def ensure_ring(path: Path, *, at: datetime, suite: Suite = "ES256") -> None:
    """Make the file with a current and a next key unless it is there.

    Of two processes at once one wins, whole, and the other finds its file: a link, unlike a rename,
    never takes the place of what stands.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        return
    since = int(at.timestamp())
    keys = [new_key(suite) | {"state": state, "since": since} for state in ("current", "next")]
    draft = written(path, keys)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # the other was first: its keys count
    finally:
        draft.unlink()
    sync(path.parent)


def written(path: Path, keys: Sequence[Jwk]) -> Path:
    """Give a draft of the ring beside its file."""
    return written_text(path, json.dumps({"keys": keys}, indent=1) + "\n")


def written_text(path: Path, text: str) -> Path:
    """Give a draft beside the file, on the disk, that nobody else may read."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft


def sync(folder: Path) -> None:
    """A name that a power cut takes away would take the key of what was signed with it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
