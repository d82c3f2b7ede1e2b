"""Members of staff who act at counters, and the roles that open more than a scan."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.identity.domain.organisations import is_blank, is_one_line
from services.identity.domain.registry import Registered, next_version
from services.identity.events import OperatorChanged
from services.kernel.errors import Forbidden, Invalid, NotFound

# statutory: 依职能用证; supervisor: reviews its use; hotline: speaks with holders by telephone;
# authority: acts on a holder's standing by law; registrar: checks papers and prints codes at a counter.
Role = Literal["statutory", "supervisor", "hotline", "authority", "registrar"]


_LONGEST = 64  # characters of a staff id


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
    """Give the member of staff as it then stands; no fact where nothing changed."""
    kept = next_version(found, wanted, at=at, read=read)
    if kept is None:
        return found or wanted, None
    return kept, kept.changed(by=by)


def name_operator(staff_id: str, issuer_name: str) -> str:
    """Give the operator id, whatever a directory numbers its staff by: a number, a mail address, a name.

    One rule for the sign-in and for the administrator, who could not take back what they cannot name.
    """
    clean = unicodedata.normalize("NFC", staff_id).strip()
    if is_blank(clean) or not is_one_line(clean) or len(clean) > _LONGEST:
        raise OperatorIdUnusable(f"a staff id is one line of 1 to {_LONGEST} characters")
    return f"{clean}@{issuer_name}"
