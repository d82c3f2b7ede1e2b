"""A scan: an operator read a holder's code for an item and a purpose, and was given a grant."""

from dataclasses import dataclass
from datetime import datetime

from services.identity.domain.organisations import Organisation, is_blank
from services.identity.events import GrantGiven, ScanRecorded
from services.kernel.errors import Forbidden, Invalid, Unavailable

# The holder showed the code for this item (持证人用证).
HOLDER_PRESENTED = "holder_presented"


class OperatorRequired(Forbidden):
    code = "operator_required"


class PurposeMissing(Invalid):
    code = "purpose_missing"


class ItemMissing(Invalid):
    code = "item_missing"


class ItemUnknown(Invalid):
    code = "item_unknown"


class ItemNotYetKnown(Unavailable):
    """What space has published is still being read: nobody can say that the item does not exist."""

    code = "item_not_yet_known"


class ItemNotHandled(Forbidden):
    code = "item_not_handled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What space says of it: the certificate types that it may ask for."""

    item: str
    version: int
    name: str
    required: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What an operator asks with a code; `request` is the same at each repeat of one request."""

    request: str
    operator: str
    organisation: str | None
    counter: str | None
    code: str
    item: str
    purpose: str
    case_number: str | None

    def check_said(self) -> None:
        """Who, where, why and for what are said at every scan."""
        if not self.organisation or not self.counter:
            raise OperatorRequired("the operator's token names no organisation or no counter")
        if is_blank(self.purpose):
            raise PurposeMissing("the purpose of the scan is needed")
        if not self.item:
            raise ItemMissing("the item is needed")


def check_item(item: Item | None, organisation: Organisation | None, order: Order, *, complete: bool) -> Item:
    """Give the item if the operator's organisation handles it; `complete`: all published items are known."""
    if item is None:
        if not complete:
            raise ItemNotYetKnown("the list of items is still being read")
        raise ItemUnknown(f"no item {order.item}")
    if organisation is None or item.item not in organisation.items:
        raise ItemNotHandled(f"{order.organisation} does not handle {order.item}")
    return item


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One document: the scan and the grant that it gave. Its id is the code's, so a code serves once."""

    scan_id: str
    request: str
    holder_id: str
    operator: str
    organisation: str
    counter: str
    item: str
    purpose: str
    case_number: str | None
    certificate_types: tuple[str, ...]
    grant_id: str
    scanned_at: datetime
    grant_expires_at: datetime

    def facts(self) -> tuple[ScanRecorded, GrantGiven]:
        """What was read by whom, and what may be used until when."""
        return (
            ScanRecorded(
                version=1,
                **{
                    name: getattr(self, name)
                    for name in ("scan_id", "case_number", "scanned_at", *_WHO_AND_WHY)
                },
                counter=self.counter,
            ),
            GrantGiven(
                version=1,
                **{
                    name: getattr(self, name)
                    for name in ("grant_id", "scan_id", "certificate_types", *_WHO_AND_WHY)
                },
                basis=HOLDER_PRESENTED,
                given_at=self.scanned_at,
                expires_at=self.grant_expires_at,
            ),
        )


_WHO_AND_WHY = ("holder_id", "operator", "organisation", "item", "purpose")
