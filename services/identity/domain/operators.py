"""Members of staff who act at counters, and the roles that open more than a scan."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.identity.domain.registry import Registered, next_version
from services.identity.events import OperatorChanged
from services.kernel.errors import Forbidden, Invalid, NotFound

# statutory: 依职能用证; supervisor: reviews its use; hotline: speaks with holders by telephone;
# authority: acts on a holder's standing by law; registrar: checks papers and prints codes at a counter.
Role = Literal["statutory", "supervisor", "hotline", "authority", "registrar"]


_STAFF_ID = re.compile(r"[A-Za-z0-9._+|:=~\\-]{1,64}")
_LIKE_A_CITIZENS = re.compile(r"[0-9]{15}|[0-9]{17}[0-9Xx]")


class OperatorRemoved(Forbidden):
    """Not, or no longer, on the list of staff."""

    code = "operator_removed"


class OperatorUnknown(NotFound):
    code = "operator_unknown"


class OperatorIdUnusable(Invalid):
    """Not `<staff id>@<log-in>` of a log-in that is registered for operators."""

    code = "operator_id_unusable"


class RoleMissing(Forbidden):
    """The operator does not have the role that this needs."""

    code = "role_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator(Registered):
    """`operator_id` is `<staff id>@<issuer name>`: two directories may number their staff alike."""

    operator_id: str
    organisation: str
    roles: frozenset[str] = frozenset()

    def check_active(self) -> None:
        """Whoever left the service scans nothing more, whatever the token says."""
        if self.removed:
            raise OperatorRemoved(f"{self.operator_id} was taken off the list of staff")

    def check_role(self, *roles: Role) -> None:
        """One of these is enough."""
        if not self.roles & set(roles):
            raise RoleMissing(f"one of these roles is needed: {', '.join(roles)}")

    def changed(self, *, by: str) -> OperatorChanged:
        """Give the fact of this version."""
        return OperatorChanged(
            operator_id=self.operator_id,
            version=self.version,
            organisation=self.organisation,
            roles=tuple(sorted(self.roles)),
            removed=self.removed,
            changed_by=by,
        )


def register_operator(
    found: Operator | None, wanted: Operator, *, by: str, at: datetime, read: int | None = None
) -> tuple[Operator, OperatorChanged | None]:
    """Give the member of staff as it then stands; no fact where nothing changed.

    Sessions of who moves end: their counter is one of the organisation left behind.
    """
    moved = found is not None and found.organisation != wanted.organisation
    kept = next_version(found, wanted, at=at, read=read, falls=moved)
    if kept is None:
        return found or wanted, None
    return kept, kept.changed(by=by)


def name_operator(staff_id: str, issuer_name: str) -> str:
    """Give the operator id: one rule for the sign-in and for the administrator.

    It goes on topics and into logs, where no name, address or number of a person belongs (design.md, law 6).
    """
    if not _STAFF_ID.fullmatch(staff_id) or _LIKE_A_CITIZENS.fullmatch(staff_id):
        raise OperatorIdUnusable(
            "a staff id is 1 to 64 of A-Z, a-z, 0-9 and . _ + - | : = ~ and \\, and no citizen number"
        )
    return f"{staff_id}@{issuer_name}"
