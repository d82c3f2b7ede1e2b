"""When a key may sign, and until when it is needed: next, current, previous; or dead.

A key is published before it signs, for as long as anybody may still hold a list without it; and stays
published until the last thing that it signed has ended. So a rotation refuses nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.kernel.errors import Conflict, NotFound

KeyState = Literal["next", "current", "previous", "dead"]

# For so long do others keep a list of our keys.
LISTS_KEPT = timedelta(seconds=300)


class RotationTooEarly(Conflict):
    code = "rotation_too_early"


class KeyNotHeld(NotFound):
    code = "key_not_held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """`since`: when it came into this state."""

    key_id: str
    state: KeyState
    since: datetime


Keys = tuple[Key, ...]


def in_state(keys: Sequence[Key], state: KeyState) -> Keys:
    return tuple(key for key in keys if key.state == state)


def may_rotate_at(keys: Sequence[Key]) -> datetime | None:
    """When everybody has the next key: twice the time that lists are kept. None without a next key."""
    return max((key.since + 2 * LISTS_KEPT for key in in_state(keys, "next")), default=None)


def rotate_keys(
    keys: Sequence[Key], made: str, *, at: datetime, life: timedelta, forced: bool = False
) -> Keys:
    """The next key signs from now on, `made` is published; `life`: the longest that something signed lives.

    Without a next key there is nothing to change to: `made` becomes it, and the rest is for later.
    """
    if not in_state(keys, "next"):
        return (*keys, Key(key_id=made, state="next", since=at))
    ready = may_rotate_at(keys) or at
    if at < ready and not forced:
        raise RotationTooEarly(f"others may not have the next key before {ready:%Y-%m-%d %H:%M:%S} UTC")
    moved: dict[KeyState, KeyState] = {"next": "current", "current": "previous"}
    kept = [
        replace(key, state=moved[key.state], since=at) if key.state in moved else key
        for key in keys
        if not (key.state == "previous" and at > key.since + life + LISTS_KEPT)
    ]
    return (*kept, Key(key_id=made, state="next", since=at))


def kill_key(keys: Sequence[Key], key_id: str, made: str, *, at: datetime) -> Keys:
    """At once, whoever is refused by it: only its id stays, so that lists without a network can name it."""
    found = next((key for key in keys if key.key_id == key_id and key.state != "dead"), None)
    if found is None:
        raise KeyNotHeld(f"no key {key_id} that lives")
    dead = replace(found, state="dead", since=at)
    rest = tuple(dead if key is found else key for key in keys)
    if found.state == "previous":
        return rest
    if found.state == "current":
        rest = tuple(replace(key, state="current", since=at) if key.state == "next" else key for key in rest)
    signs = any(key.state == "current" for key in rest)
    return (*rest, Key(key_id=made, state="next" if signs else "current", since=at))
