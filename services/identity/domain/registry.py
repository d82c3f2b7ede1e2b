"""What an administrator registers and takes back, version by version, and the sessions that fall with it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from services.kernel.errors import Conflict


class VersionDiffers(Conflict):
    """Somebody else changed it since it was read: their change would be undone unseen."""

    code = "version_differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """`sessions_end_at`: when it was last taken back; a session begun until then is dead for good.

    One that nobody refreshed during a removal is not to live again when the right is given back.
    """

    version: int = 0
    removed: bool = False
    sessions_end_at: datetime | None = None

    def ends_session(self, *, begun_at: datetime) -> bool:
        """Whether a session begun then fell with this."""
        return self.removed or (self.sessions_end_at is not None and begun_at <= self.sessions_end_at)


R = TypeVar("R", bound=Registered)


def next_version(
    found: R | None, wanted: R, *, at: datetime, read: int | None = None, falls: bool = False
) -> R | None:
    """Give what is to be kept, or None where nothing changes.

    `read`: the version that the caller had before its eyes (0: nothing), where it says so. `falls`: sessions
    end with this change though nothing is removed.
    """
    ends = found.sessions_end_at if found else None
    if found and not found.removed and (wanted.removed or falls):
        ends = at
    version = found.version if found else 0
    wanted = replace(wanted, version=version, sessions_end_at=ends)
    if found == wanted:
        return None
    if read is not None and read != version:
        raise VersionDiffers(f"it stands at version {version}; version {read} was read")
    return replace(wanted, version=version + 1)
