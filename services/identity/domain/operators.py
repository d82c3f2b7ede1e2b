"""Members of staff who act at counters, and the roles that open more than a scan."""

from dataclasses import dataclass, replace
from typing import Literal

from services.identity.events import OperatorChanged
from services.kernel.errors import Forbidden, NotFound

# statutory: 依职能用证; supervisor: reviews its use; hotline: speaks with holders by telephone;
# authority: acts on a holder's standing by law; registrar: checks papers and prints codes at a counter.
Role = Literal["statutory", "supervisor", "hotline", "authority", "registrar"]


class OperatorRemoved(Forbidden):
    """Not, or no longer, on the list of staff."""

    code = "operator_removed"


class OperatorUnknown(NotFound):
    code = "operator_unknown"


class RoleMissing(Forbidden):
    """The operator does not have the role that this needs."""

    code = "role_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """`operator_id` is `<staff id>@<issuer name>`: two directories may number their staff alike."""

    operator_id: str
    version: int = 0
    organisation: str
    roles: frozenset[str] = frozenset()
    removed: bool = False

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
    found: Operator | None, wanted: Operator, *, by: str
) -> tuple[Operator, OperatorChanged | None]:
    """Give the member of staff as it then stands; no fact where nothing changed."""
    version = found.version if found else 0
    if found == replace(wanted, version=version):
        return found, None
    kept = replace(wanted, version=version + 1)
    return kept, kept.changed(by=by)
