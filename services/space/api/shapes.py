"""What goes in and out over HTTP. What is not named here is not shown."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from services.space.domain import Certificate
from services.space.domain.accesses import Action, Outcome
from services.space.handlers.callings import NamedAccess
from services.space.ports import KeptItem, Page

Arrival = Annotated[str | None, Query(pattern=r"^[0-9a-f]{32}$")]
Limit = Annotated[int, Query(ge=1, le=100)]
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$", max_length=80)]


class Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class EntryShown(Shown):
    entry_id: str
    version: int
    certificate_type: str
    certificate_name: str
    state: str
    authority: str
    authority_name: str
    issued_at: datetime
    valid_from: date | None
    valid_to: date | None
    added_at: datetime
    change: str | None
    state_since: datetime | None


class EntryPage(Shown):
    entries: list[EntryShown] = Field(validation_alias="rows")
    next: str | None


class WholeEntry(EntryShown):
    identifier: str
    number: str | None
    holder_name: str
    id_type: str | None
    id_number_masked: str | None
    joint_holders: list[Mapping[str, Any]] | None
    fields: Mapping[str, Any]
    order: Mapping[str, Any] | None
    credential: str


class UseShown(Shown):
    """How much of one need was used or asked for: names of fields, never what they say."""

    need: str
    form: str
    fields: list[str]


class AccessShown(Shown):
    """The names are those of today; null where a code is not known here."""

    access_id: str
    operator: str
    organisation: str
    counter: str
    item: str
    purpose: str
    case_number: str | None
    basis: str
    action: Action
    outcome: Outcome
    reason: str | None
    certificate_types: list[str]
    uses: list[UseShown]
    rule: str | None
    recorded_at: datetime
    organisation_name: str | None
    item_name: str | None


class AccessPage(Shown):
    accesses: list[AccessShown]
    next: str | None


class PredicateShown(Shown):
    field: str
    test: str
    values: list[str]


class NeedShown(Shown):
    """`name` empty: the certificate type's."""

    need: str
    name: str
    name_en: str
    certificate_type: str | None
    material: str | None
    form: Literal["whole", "fields", "predicate"]
    fields: list[str]
    predicate: PredicateShown | None
    any_of: str | None
    shared_by: str | None
    issued_by: str | None


class ItemShown(Shown):
    item: str
    version: int
    name: str
    name_en: str
    required: list[str]
    statutory: bool
    basis: str
    provisional: bool
    needs: list[NeedShown]
    answers_only: bool


class ItemList(Shown):
    items: list[ItemShown]


class MatchShown(Shown):
    certificate_type: str
    result: Literal["have", "expired", "not_valid", "missing"]
    state: str | None
    reason: str | None
    entry_ids: list[str]


class CertificateShown(Shown):
    entry_id: str
    certificate_type: str
    certificate_name: str
    identifier: str
    number: str | None
    holder_name: str
    joint_holders: list[Mapping[str, Any]] | None
    valid_from: date | None
    valid_to: date | None
    fields: Mapping[str, Any]
    credential: str


class CertificatePulled(CertificateShown):
    """`ticket`: for one minute certs draws a copy for it, with a note of this pull on it."""

    ticket: str


def access_page(page: Page[NamedAccess]) -> AccessPage:
    """Lay the names beside the codes."""
    rows = [
        {name: getattr(one.access, name) for name in one.access.__slots__}
        | {"organisation_name": one.organisation_name, "item_name": one.item_name}
        for one in page.rows
    ]
    return AccessPage.model_validate({"accesses": rows, "next": page.next})


def both(certificate: Certificate) -> dict[str, Any]:
    """Lay content and entry together; where both have a name, it is the entry's."""
    content, entry = certificate.content, certificate.entry
    return {name: getattr(one, name) for one in (content, entry) for name in one.__slots__}


def item(kept: KeptItem) -> ItemShown:
    return ItemShown.model_validate(
        {name: getattr(kept.item, name) for name in kept.item.__slots__}
        | {"version": kept.version, "needs": kept.item.wanted}
    )
