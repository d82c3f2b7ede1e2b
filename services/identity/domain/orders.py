"""What an operator asks with a code, and every reason to refuse it before the code is used up."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from services.identity.domain.numbers import names_person
from services.identity.domain.operators import Operator
from services.identity.domain.organisations import Organisation, is_blank
from services.identity.domain.scans import Scan
from services.identity.domain.staff import check_at_work
from services.kernel.errors import Forbidden, Invalid, Unavailable

# A lost answer must not burn the code: for so long the same scan gets the same answer.
ANSWER_AGAIN = timedelta(minutes=5)
# A phone number has eleven digits, a citizen number seventeen and one more.
_SOMEBODYS_NUMBER = re.compile(r"\d{11}")


class OperatorRequired(Forbidden):
    code = "operator_required"


class CounterMissing(Invalid):
    """Neither the sign-in nor the scan says at which counter."""

    code = "counter_missing"


class PurposeMissing(Invalid):
    code = "purpose_missing"


class PurposeNamesPerson(Invalid):
    """The purpose is shown and sent around, so nobody's number stands in it."""

    code = "purpose_names_person"


class CounterNamesPerson(Invalid):
    """The same of the counter."""

    code = "counter_names_person"


class CaseNumberNamesPerson(Invalid):
    """The same of the case number."""

    code = "case_number_names_person"


class ItemMissing(Invalid):
    code = "item_missing"


class ItemUnknown(Invalid):
    code = "item_unknown"


class ItemNotYetKnown(Unavailable):
    """What space has published is still being read: nobody can say that the item does not exist."""

    code = "item_not_yet_known"


class ItemNotHandled(Forbidden):
    code = "item_not_handled"


class OrganisationNotEntitled(Forbidden):
    """It handles the item, and may ask for none of the certificates that the item requires."""

    code = "organisation_not_entitled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What space says of it: the certificate types that it may ask for, and whether by duty.

    `answers_only`: of these space tells one yes or no (优待) and nothing else.
    """

    item: str
    version: int
    name: str
    required: tuple[str, ...]
    statutory: bool = False
    basis: str = ""
    answers_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`last_four` and `oral_consent` belong to paper codes."""

    operator: str
    organisation: str
    counter: str
    code: str
    item: str
    purpose: str
    case_number: str | None = None
    mode: Literal["presented", "statutory"] = "presented"
    last_four: str | None = None
    oral_consent: bool = False

    def check_said(self, *, today: date) -> None:
        """Who, where, why and for what are said at every scan, and no number of anybody."""
        if not self.organisation:
            raise OperatorRequired("the operator's token names no organisation")
        if is_blank(self.counter):
            raise CounterMissing("the counter is named neither by the sign-in nor by the scan")
        if is_blank(self.purpose):
            raise PurposeMissing("the purpose of the scan is needed")
        self._check_nobody_named(today)
        if not self.item:
            raise ItemMissing("the item is needed")

    def _check_nobody_named(self, today: date) -> None:
        """What is refused is not repeated, neither here nor in the log."""
        if _SOMEBODYS_NUMBER.search(unicodedata.normalize("NFKC", self.purpose)):
            raise PurposeNamesPerson("eleven digits in a row: a purpose holds nobody's number")
        if names_person(self.purpose, today=today):
            raise PurposeNamesPerson("a purpose holds nobody's number")
        if names_person(self.counter, today=today):
            raise CounterNamesPerson("the name of a counter holds nobody's number")
        if names_person(self.case_number or "", today=today):
            raise CaseNumberNamesPerson("a case number is nobody's citizen number or telephone")

    def check_by(
        self, operator: Operator | None, organisation: Organisation | None
    ) -> tuple[Operator, Organisation]:
        """Give both, if the operator is on the list of staff there."""
        return check_at_work(operator, organisation, said=(self.operator, self.organisation))

    def check_item(self, item: Item | None, organisation: Organisation, *, complete: bool) -> Item:
        """Give the item if the organisation handles it; `complete`: all published items are known."""
        if item is None:
            if not complete:
                raise ItemNotYetKnown("the list of items is still being read")
            # Not repeated: what was typed into the wrong field may be somebody's number.
            raise ItemUnknown("no item has this code")
        if item.item not in organisation.items:
            raise ItemNotHandled(f"{self.organisation} does not handle {self.item}")
        return item

    def repeats(self, scan: Scan, *, age: timedelta) -> bool:
        """Whether that scan was this order, a short while ago."""
        asked = (self.operator, self.organisation, self.counter, self.item, self.purpose, self.case_number)
        given = (scan.operator, scan.organisation, scan.counter, scan.item, scan.purpose, scan.case_number)
        by_duty = scan.mode == "statutory"
        return asked == given and by_duty == (self.mode == "statutory") and age <= ANSWER_AGAIN


def granted_types(item: Item, may_ask_for: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give what of the item's list the organisation may ask for, and what is withheld from it."""
    granted = tuple(one for one in item.required if one in may_ask_for)
    if item.required and not granted:
        raise OrganisationNotEntitled("the organisation may ask for none of the certificates of this item")
    return granted, tuple(one for one in item.required if one not in may_ask_for)
