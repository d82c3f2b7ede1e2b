"""What goes in and out over HTTP. What is not named here is not shown."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.space.domain import Certificate
from services.space.ports import KeptItem


class Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class UseShown(Shown):
    """How much of one need was used or asked for: names of fields, never what they say."""

    need: str
    form: str
    fields: list[str]


class AccessShown(Shown):
    access_id: str
    operator: str
    organisation: str
    counter: str
    item: str
    purpose: str
    case_number: str | None
    basis: str
    action: Literal["match", "pull"]
    outcome: Literal["matched", "pulled", "refused"]
    reason: str | None
    certificate_types: list[str]
    uses: list[UseShown]
    recorded_at: datetime


class AccessPage(Shown):
    accesses: list[AccessShown] = Field(validation_alias="rows")
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


def both(certificate: Certificate) -> dict[str, Any]:
    """Lay content and entry together; where both have a name, it is the entry's."""
    content, entry = certificate.content, certificate.entry
    return {name: getattr(one, name) for one in (content, entry) for name in one.__slots__}


def item(kept: KeptItem) -> ItemShown:
    return ItemShown.model_validate(
        {name: getattr(kept.item, name) for name in kept.item.__slots__}
        | {"version": kept.version, "needs": kept.item.wanted}
    )
