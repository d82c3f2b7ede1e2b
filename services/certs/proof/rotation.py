"""Changing an authority's keys: what it signed has to hold for decades, so a public half stays for good.

next: published, signs later. current: signs. previous: its private half is deleted. dead: its id alone.
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.certs.proof.authorities import sync, written
from services.certs.proof.suites import Jwk, Suite, new_key, suite_of
from services.kernel.errors import Conflict, NotFound
from services.kernel.keys.secrets import read_jwks

# Verifiers without a network may keep a list of keys for a day: a key is published for two before it signs.
PUBLISHED_BEFORE = timedelta(hours=48)
_DEAD = ("kty", "kid", "state", "since")


class RotationTooEarly(Conflict):
    code = "rotation_too_early"


class KeyNotHeld(NotFound):
    code = "key_not_held"


def rotate(path: Path, *, at: datetime, forced: bool = False, suite: Suite | None = None) -> None:
    """The next key signs from now on; RotationTooEarly while some may not know it yet.

    `suite`: of the new next key, where it is to be another one: it signs after the next rotation.
    """

    def moved(keys: Sequence[Jwk]) -> Sequence[Jwk]:
        ready = max(key["since"] for key in keys if key["state"] == "next") + PUBLISHED_BEFORE.total_seconds()
        if at.timestamp() < ready and not forced:
            raise RotationTooEarly(f"others may not have the next key before {_said(ready)}")
        to = {"next": "current", "current": "previous"}
        kept = [_in_state(key, to[key["state"]], at) if key["state"] in to else key for key in keys]
        of = suite or suite_of(next(key for key in keys if key["state"] == "next"))
        return [*kept, _in_state(new_key(of), "next", at)]

    _change(path, moved)


def kill(path: Path, key_id: str, *, at: datetime) -> None:
    """At once: whatever it signed is worth nothing any more, and has to be issued again. KeyNotHeld."""

    def moved(keys: Sequence[Jwk]) -> Sequence[Jwk]:
        found = next((key for key in keys if key["kid"] == key_id and key["state"] != "dead"), None)
        if found is None:
            raise KeyNotHeld(f"no key {key_id} that lives")
        rest = [_in_state(key, "dead", at) if key is found else key for key in keys]
        if found["state"] == "current":
            rest = [_in_state(key, "current", at) if key["state"] == "next" else key for key in rest]
        lacks_next = not any(key["state"] == "next" for key in rest)
        of = suite_of(next((key for key in keys if key["state"] == "next"), found))
        return [*rest, _in_state(new_key(of), "next", at)] if lacks_next else rest

    _change(path, moved)


def _said(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _in_state(key: Jwk, state: str, at: datetime) -> Jwk:
    whole = key | {"state": state, "since": int(at.timestamp())}
    if state == "dead":
        return {name: whole[name] for name in _DEAD}
    return {name: value for name, value in whole.items() if name != "d" or state != "previous"}


def _change(path: Path, moved: Callable[[Sequence[Jwk]], Sequence[Jwk]]) -> None:
    """Whole, and one at a time."""
    with _alone(path.parent):
        written(path, moved(read_jwks(path)["keys"])).replace(path)
        sync(path.parent)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
