"""How a holder's archive is shown. What is not named here is not shown."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from services.space.api.shapes import Shown, both
from services.space.domain import Certificate, Counted, Version
from services.space.handlers import Laid


class EntryShown(Shown):
    """`certificate_type`: of an upload or a material its kind.

    `expires_in_days`: 0 on the last day, below 0 after it.
    """

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
    origin: Literal["certificate", "material", "upload"]
    card: str
    expires_in_days: int | None
    media_type: str | None
    size: int | None


class EntryPage(Shown):
    entries: list[EntryShown]
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


class VersionShown(Shown):
    version: int
    state: str
    change: str | None
    authority: str
    authority_name: str
    issued_at: datetime
    state_since: datetime | None
    valid_from: date | None
    valid_to: date | None
    order: Mapping[str, Any] | None


class HistoryShown(Shown):
    versions: list[VersionShown]


class MaterialShown(Shown):
    material: str
    name: str
    name_en: str


class CardShown(Shown):
    card: str
    name: str
    name_en: str
    materials: list[MaterialShown]
    count: int


class CardList(Shown):
    """`complete`: whether all was counted, and not the newest 2,000 alone."""

    cards: list[CardShown]
    complete: bool


class TakenOut(Shown):
    files: int


def laid(one: Laid) -> EntryShown:
    return EntryShown.model_validate(_laid(one))


def whole(certificate: Certificate, one: Laid) -> WholeEntry:
    return WholeEntry.model_validate(both(certificate) | _laid(one))


def version(one: Version) -> VersionShown:
    return VersionShown.model_validate(one)


def card(counted: Counted) -> CardShown:
    named = {name: getattr(counted.card, name) for name in ("card", "name", "name_en", "materials")}
    return CardShown.model_validate(named | {"count": counted.count})


def _laid(one: Laid) -> dict[str, Any]:
    named = {name: getattr(one.entry, name) for name in one.entry.__slots__}
    return named | {"card": one.card, "expires_in_days": one.expires_in_days}
