"""A made-up certificate type, and approvals of any type."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from services.certs.domain import (
    Approval,
    ApprovalKeys,
    Catalogue,
    Certificate,
    CertificateType,
    Holder,
    Organisation,
    catalogue_of,
    issue,
    read_definition,
)
from tests.world.people import a_person, a_shop

AUTHORITY = "11420322YM0000002G"
NEW = "11100000MB9999900G990"
TODAY = date(2026, 11, 25)
KEYS = ApprovalKeys.derive(bytes(range(32)))


def a_definition(**changes: Any) -> dict[str, Any]:
    """Only what has no default."""
    return {
        "certificate_type": NEW,
        "name": "测试证",
        "name_en": "Test certificate",
        "aliases": [],
        "holder_kinds": ["person"],
        "defining_authority": NEW[:18],
        "provisional": True,
        "fields": [
            {"name": "content", "term": "内容", "kind": "text", "required": True, "sensitive": False},
        ],
        **changes,
    }


def a_type(**changes: Any) -> CertificateType:
    return read_definition(a_definition(**changes))


def approval_of(kind: CertificateType, **changes: Any) -> Approval:
    """As its authority would send it: every required field of its own has a value."""
    person = kind.holder_kinds[0] == "person"
    said: dict[str, Any] = {
        "holder": Holder(**(a_person() if person else a_shop())),
        "certificate_type": kind.certificate_type,
        "document_name": "决定书",
        "document_number": "西决〔2026〕1号",
        "category": "普通",
        "content": "准予",
        "decided_on": date(2026, 3, 5),
        "authority_code": AUTHORITY,
        "certificate_number": kind.number_rule.example if kind.number_rule else None,
        "fields": own_values(kind),
    }
    return Approval(**(said | changes))


def own_values(kind: CertificateType) -> dict[str, str]:
    """A value of its kind for each field of its own."""
    values = {
        "text": "样例",
        "date": "2026-03-05",
        "number": "3200",
        "money": "500000.00",
        "id_number": a_person()["id_number"],
    }
    return {
        field.name: field.choices[0] if field.choices else values[field.kind] for field in kind.own_fields
    }


def issued(
    approval: Approval, types: Catalogue, *, entitled: Mapping[str, object] | None = None
) -> Certificate:
    """By an authority that may issue all of them."""
    codes = frozenset(entitled or types.types)
    return issue(
        approval,
        sender=Organisation(organisation=AUTHORITY, certificate_types=codes, source_for={}),
        types=types,
        keys=KEYS,
        at=datetime(2026, 11, 25, 2, tzinfo=UTC),
        today=TODAY,
    )


def issued_as(kind: CertificateType, **changes: Any) -> Certificate:
    """One of this type alone."""
    return issued(approval_of(kind, **changes), catalogue_of([kind]))
