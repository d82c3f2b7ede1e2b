"""Makes the tree of keys that the services need: `python -m deploy.secrets FOLDER`.

Nothing that exists is ever overwritten; a run that was cut off, or two at once, end with one whole tree.
A service reads its own folder and the public `sealing.jwks`, no more.
"""

import argparse
import base64
import json
import os
import secrets
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey, KeyParameters

SERVICES = ("identity", "certs", "space", "notify")
OPEN_SEALED = ("certs", "space", "notify")  # those that are sent sealed content
CLIENTS = ("admin", "source", "front-desk", "portal", "counter", "partner")

Jwk = dict[str, Any]


def make_secrets(folder: Path) -> None:
    for service in SERVICES:
        _keep(folder / service / "master.key", _random_text)
    for service in OPEN_SEALED:
        _keep(folder / service / "sealing.jwks", partial(_sealing_keys, service))
    _keep(folder / "sealing.jwks", lambda: _jwks(*_public_sealing_keys(folder)))
    # identity and certs, alone, turn numbers into holder ids, and must do it alike.
    holder_key = _keep(folder / "identity" / "holder.key", _random_text)
    _keep(folder / "certs" / "holder.key", lambda: holder_key)
    # By it they and the space tell whether a name fits a number, without telling the name.
    name_key = _keep(folder / "identity" / "name.key", _random_text)
    for service in ("certs", "space"):
        _keep(folder / service / "name.key", lambda: name_key)
    _keep(folder / "identity" / "tokens.jwks", lambda: _jwks(*_ring(_signing_key(), _signing_key())))
    _keep(
        folder / "identity" / "codes.jwks",
        lambda: _jwks(*_ring(_code_key("01"), _code_key("02")), _code_id_key()),
    )
    # The keys of authorities are made by certs, when an authority signs for the first time.
    _keep(folder / "certs" / "status.jwks", lambda: _jwks(*_ring(_signing_key(), _signing_key())))
    _keep(folder / "certs" / "shuffle.key", _random_text)
    _keep(folder / "certs" / "printed.key", _random_text)
    _keep(folder / "certs" / "log.jwks", lambda: _jwks(*_ring(_signing_key(), _signing_key())))
    _keep(folder / "space" / "log.jwks", lambda: _jwks(*_ring(_signing_key(), _signing_key())))
    # Of the tickets by which certs draws copies of what was pulled from space.
    tickets = _keep(folder / "space" / "tickets.jwks", lambda: _jwks(*_ring(_signing_key(), _signing_key())))
    _keep(folder / "tickets.jwks", lambda: _jwks(*map(_published, json.loads(tickets)["keys"])))
    _keep(folder / "notify" / "partners.key", _random_text)
    for client in CLIENTS:
        _keep(folder / "clients" / f"{client}.jwk", lambda: json.dumps(_signing_key()))
    admin = json.loads((folder / "clients" / "admin.jwk").read_text())
    _keep(folder / "identity" / "admin.jwk", lambda: json.dumps(_public(admin)))


def _keep(path: Path, make: Callable[[], str]) -> str:
    """What the file holds, which is what was made only if it was not there. Others never see half of it."""
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        _write(draft, make())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass  # another run was first: its key counts
        finally:
            draft.unlink()
    return path.read_text()


def _write(path: Path, content: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _jwks(*keys: Jwk) -> str:
    return json.dumps({"keys": keys}, indent=1) + "\n"


def _random_text() -> str:
    """32 bytes in Base64url."""
    return secrets.token_urlsafe(32)


def _sealing_keys(service: str) -> str:
    return _jwks(_key({"use": "enc", "alg": "ECDH-ES", "kid": f"{service}-1"}))


def _public_sealing_keys(folder: Path) -> list[Jwk]:
    sets = [json.loads((folder / service / "sealing.jwks").read_text()) for service in OPEN_SEALED]
    return [_public(key) for keys in sets for key in keys["keys"]]


def _signing_key() -> Jwk:
    """Its kid is its thumbprint (RFC 7638)."""
    return _key({"use": "sig", "alg": "ES256"})


def _code_key(kid: str) -> Jwk:
    # A kid of one byte, because every byte makes the QR denser.
    return _key({"use": "sig", "alg": "ES256", "kid": kid})


def _ring(current: Jwk, following: Jwk) -> tuple[Jwk, Jwk]:
    """One signs, the other is known before it does (docs/keys.md)."""
    since = int(time.time())
    return current | {"state": "current", "since": since}, following | {"state": "next", "since": since}


def _key(parameters: KeyParameters) -> Jwk:
    return dict(ECKey.generate_key("P-256", parameters, auto_kid=True).as_dict(private=True))


def _code_id_key() -> Jwk:
    # AES-SIV with 256-bit keys takes two of them (RFC 5297, 2.1).
    return {
        "kty": "oct",
        "kid": "siv",
        "k": base64.urlsafe_b64encode(secrets.token_bytes(64)).rstrip(b"=").decode(),
    }


def _public(key: Jwk) -> Jwk:
    return {name: value for name, value in key.items() if name != "d"}


def _published(key: Jwk) -> Jwk:
    """Without its state, which changes."""
    return {name: value for name, value in _public(key).items() if name not in {"state", "since"}}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.secrets", description=__doc__)
    parser.add_argument("folder", type=Path)
    make_secrets(parser.parse_args().folder)


if __name__ == "__main__":
    main()
