"""Reads the key files that set-up made, and refuses any that others could read or change."""

import base64
import binascii
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_OTHERS_MAY_READ = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_KEY_BYTES = 32
# RFC 7518, 6: what only the owner of an EC or symmetric key has.
_PRIVATE_PARTS = ("d", "k")

Jwks = dict[str, Any]


class SecretUnusable(Exception):
    """For the operator, at the start: the file, what is wrong with it and what to do."""


def _read(path: Path, *, forbidden: int) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if mode & forbidden:
                raise SecretUnusable(f"{path} is open to others ({stat.filemode(mode)}): chmod 600 {path}")
            return file.read()
    except OSError as error:
        where = "set-up makes it (deploy/secrets.py) where YIMA_SECRETS says; the demo's are in .run/secrets"
        raise SecretUnusable(f"{path}: {error.strerror}; {where}") from error


def _json(path: Path, *, forbidden: int) -> dict[str, Any]:
    try:
        content = json.loads(_read(path, forbidden=forbidden))
    except ValueError as error:
        raise SecretUnusable(f"{path} is not JSON") from error
    if not isinstance(content, dict):
        raise SecretUnusable(f"{path} is not a JSON object")
    return content


def _jwks(path: Path, *, forbidden: int) -> Jwks:
    jwks = _json(path, forbidden=forbidden)
    if not jwks.get("keys"):
        raise SecretUnusable(f"{path} holds no key set")
    return jwks


def read_key(path: Path) -> bytes:
    """32 bytes, written as Base64url."""
    try:
        key = base64.b64decode(_read(path, forbidden=_OTHERS_MAY_READ).strip() + b"==", altchars=b"-_")
    except binascii.Error as error:
        raise SecretUnusable(f"{path} is not Base64url") from error
    if len(key) != _KEY_BYTES:
        raise SecretUnusable(f"{path} holds {len(key)} bytes; {_KEY_BYTES} are needed")
    return key


def read_jwk(path: Path) -> dict[str, Any]:
    """One private key."""
    return _json(path, forbidden=_OTHERS_MAY_READ)


def read_jwks(path: Path) -> Jwks:
    """A set of private keys, at least one."""
    return _jwks(path, forbidden=_OTHERS_MAY_READ)


def read_public_jwks(path: Path) -> Jwks:
    """A set of public keys, at least one; a private half among them is refused: it is already lost."""
    jwks = _jwks(path, forbidden=_OTHERS_MAY_WRITE)
    if any(part in jwk for jwk in jwks["keys"] for part in _PRIVATE_PARTS):
        raise SecretUnusable(f"{path} is for public keys and holds a private one: make new keys")
    return jwks


def public_jwks(private_jwks: Mapping[str, Any]) -> Jwks:
    """Give the publishable half of the EC keys, and of nothing else."""
    public = ("kty", "crv", "x", "y", "kid", "use", "alg")
    pairs = [jwk for jwk in private_jwks["keys"] if jwk["kty"] == "EC"]
    return {"keys": [{name: jwk[name] for name in public if name in jwk} for jwk in pairs]}
