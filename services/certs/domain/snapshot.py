"""An authority's full list (全量数据) of one type of certificate, held against what stands here."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Literal

from services.certs.domain.approval import Approval
from services.certs.domain.representation import numbers_of
from services.kernel.errors import Conflict

# same: it stands. ended: the row says that it is valid, and here it was ended. foreign: of another authority
# or type. changed: it stands with other details, or the number stands and another decision is given now.
RowState = Literal["same", "new", "changed", "ended", "foreign"]

# Names of authority and source are written in another way on every channel; `raw` is the row itself.
_NEVER = frozenset(
    {"raw", "source_name", "source_code", "remark", "authority_name", "authority_code", "renews"}
    | {"certificate_type", "certificate_name", "long_term", "holder", "representatives", "fields"}
)


class SnapshotTooSmall(Conflict):
    """So much of what stands is not in the file that the file is more likely cut off than right."""

    code = "snapshot_too_small"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Which certificates the file is the whole list of; `apply`: act on what it says."""

    authority: str
    certificate_type: str
    apply: bool = False
    expect_vanished: int | None = None

    def check(self, *, standing: int, vanished: int, refused: int) -> None:
        """Raise unless so much may be missing: half, none where a row could not be read, or as expected.

        A row that was refused names a certificate that then seems to be missing.
        """
        usual = 0 if refused else standing // 2
        allowed = usual if self.expect_vanished is None else self.expect_vanished
        if vanished > allowed:
            raise SnapshotTooSmall(
                f"{vanished} of {standing} that stand are not in the file ({refused} rows refused); "
                f"needed {allowed} at most, or expect_vanished={vanished}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a row is: by which certificate that stands, if by one; `differing`: names of fields."""

    state: RowState
    approval: Approval
    certificate_id: str | None = None
    identifier: str | None = None
    differing: tuple[str, ...] = ()


def differing(before: Approval, after: Approval) -> tuple[str, ...]:
    """Names alone of what differs between two approvals of one certificate: values are personal."""
    one, other = _parts(before), _parts(after)
    return tuple(sorted(name for name in one | other if one.get(name) != other.get(name)))


def renewing(approval: Approval) -> Approval:
    """The approval as the next edition of the certificate that has its number."""
    return replace(approval, renews=approval.certificate_number)


def _parts(approval: Approval) -> dict[str, str]:
    return {name: value for name, value in _named(approval) if value}


def _named(approval: Approval) -> Iterator[tuple[str, str | None]]:
    for one in fields(approval):
        if one.name not in _NEVER:
            value = getattr(approval, one.name)
            yield one.name, None if value is None else "".join(str(value).split())
    yield "holder.name", "".join(approval.holder.name.split())
    yield "legal_representative", approval.holder.legal_representative
    yield "representatives", numbers_of(approval.representatives) or None
    for name, value in approval.fields.items():
        yield f"fields.{name}", str(value)
