"""The key files: read, changed and put back whole, so that a running process meets the old or the new one."""

import argparse
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey, KeyParameters

from services.identity.domain.keys import Key, KeyNotHeld, Keys, kill_key, may_rotate_at, rotate_keys
from services.kernel.clock import Clock
from services.kernel.keys.secrets import read_jwks

Jwk = dict[str, Any]
USES = ("tokens", "codes")
# The longest that the settings allow for a grant, and an emergency code.
_LIVES = {"tokens": timedelta(hours=1), "codes": timedelta(hours=24)}
# What is kept of a dead key. Of a previous one the private half goes: it signs nothing more.
_DEAD = ("kty", "kid", "state", "since")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """The keys of one use, and how to change them."""

    use: str
    path: Path
    clock: Clock

    def listed(self) -> Keys:
        return tuple(_key(jwk, place) for place, jwk in enumerate(_pairs(read_jwks(self.path))))

    def rotate(self, *, forced: bool = False) -> Keys:
        """RotationTooEarly; `forced`: some will refuse what is signed until they fetch the keys again."""
        with self._changing() as jwks:
            made = self._new(jwks)
            keys = rotate_keys(
                self.listed(), made["kid"], at=self.clock.now(), life=_LIVES[self.use], forced=forced
            )
            return self._keep(jwks, keys, made)

    def kill(self, key_id: str) -> Keys:
        """KeyNotHeld."""
        with self._changing() as jwks:
            made = self._new(jwks)
            return self._keep(jwks, kill_key(self.listed(), key_id, made["kid"], at=self.clock.now()), made)

    def _new(self, jwks: Jwk) -> Jwk:
        """A token key is named by its thumbprint (RFC 7638), a code key by one byte."""
        parameters: KeyParameters = {"use": "sig", "alg": "ES256"}
        if self.use == "codes":
            parameters["kid"] = _free_byte([jwk["kid"] for jwk in _pairs(jwks)])
        made = ECKey.generate_key("P-256", parameters, auto_kid=True)
        return dict(made.as_dict(private=True))

    def _keep(self, jwks: Jwk, keys: Keys, made: Jwk) -> Keys:
        found = {jwk["kid"]: jwk for jwk in (*_pairs(jwks), made)}
        others = [jwk for jwk in jwks["keys"] if jwk["kty"] != "EC"]
        content = json.dumps({"keys": [*(_entry(key, found[key.key_id]) for key in keys), *others]}, indent=1)
        draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(content + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
        return keys

    @contextmanager
    def _changing(self) -> Iterator[Jwk]:
        """One at a time: of two rotations at once the second finds a next key that is too young."""
        read_jwks(self.path)  # says what to do if there is none
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield read_jwks(self.path)
        finally:
            os.close(folder)


def _pairs(jwks: Jwk) -> list[Jwk]:
    return [jwk for jwk in jwks["keys"] if jwk["kty"] == "EC"]


def _key(jwk: Jwk, place: int) -> Key:
    """Without a state the first signs; the others wait, and have been known for long."""
    return Key(
        key_id=str(jwk["kid"]),
        state=jwk.get("state") or ("next" if place else "current"),
        since=datetime.fromtimestamp(jwk.get("since", 0), UTC),
    )


def _entry(key: Key, jwk: Jwk) -> Jwk:
    whole = jwk | {"state": key.state, "since": int(key.since.timestamp())}
    if key.state == "dead":
        return {name: whole[name] for name in _DEAD}
    return {name: value for name, value in whole.items() if name != "d" or key.state != "previous"}


def _free_byte(taken: Sequence[str]) -> str:
    """The one after the highest; after ff the lowest that is free: an id is reused as late as can be."""
    highest = max((int(key_id, 16) for key_id in taken), default=0)
    numbers = (*range(highest + 1, 256), *range(1, 256))
    return next(f"{number:02x}" for number in numbers if f"{number:02x}" not in taken)


def change_keys(folder: Path, argv: Sequence[str], clock: Clock) -> str:
    """`keys show|rotate|kill KID [tokens|codes] [--now]`: docs/keys.md. Gives the keys as they are then."""
    said = _parser().parse_args(_told_apart(argv))
    files = [KeyFile(use=use, path=folder / f"{use}.jwks", clock=clock) for use in USES]
    files = [file for file in files if said.use in {file.use, None}]
    if said.action == "kill":
        held = [file for file in files if said.kid in {key.key_id for key in file.listed()}]
        if not held:
            raise KeyNotHeld(f"no key {said.kid} that lives")
        held[0].kill(said.kid)
    elif said.action == "rotate":
        for file in files:
            file.rotate(forced=said.now)
    return "".join(line for file in files for line in _shown(file))


def _shown(file: KeyFile) -> Iterator[str]:
    keys = file.listed()
    for key in keys:
        yield f"{file.use}  {key.state:<8}  since {key.since:%Y-%m-%d %H:%M:%S} UTC  {key.key_id}\n"
    ready = may_rotate_at(keys)
    when = f"from {ready:%Y-%m-%d %H:%M:%S} UTC" if ready else "when a key is next: rotate makes one"
    yield f"{file.use}  may be rotated {when}\n"


def _told_apart(argv: Sequence[str]) -> list[str]:
    """One thumbprint in 64 begins with a hyphen, and is no option."""
    return [argv[0], "--", *argv[1:]] if argv[:1] == ["kill"] and argv[1:] != ["--help"] else list(argv)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.identity keys", description=change_keys.__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    for name in ("show", "rotate", "kill"):
        action = actions.add_parser(name)
        if name == "kill":
            action.add_argument("kid")
        if name == "rotate":
            action.add_argument("--now", action="store_true")
        action.add_argument("use", nargs="?", choices=USES)
    return parser
