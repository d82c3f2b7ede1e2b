"""What makes two approvals the same one: keyed hashes, because a plain one of an ID number hides nothing."""

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.certs.domain.approval import Approval
from services.certs.domain.certificate_type import normal
from services.certs.domain.joint import Held
from services.certs.domain.representation import numbers_of
from services.kernel.errors import Conflict


class ApprovalConflict(Conflict):
    """The same decision was sent before with other details."""

    code = "approval_conflict"


@dataclass(frozen=True, slots=True)
class ApprovalKeys:
    """One key for each keyed hash, so that none of them tells anything about another."""

    holder: bytes
    identity: bytes
    details: bytes
    serial: bytes
    number: bytes

    @classmethod
    def derive(cls, holder_key: bytes) -> "ApprovalKeys":
        """From the holder key: it lasts as long as the holder ids do, while a master key may be changed."""
        labels = (
            *("identity of an approval", "details of an approval"),
            *("serial of a certificate", "number of a certificate"),
        )
        derived = (hmac.digest(holder_key, f"certs: {label}".encode(), "sha256") for label in labels)
        return cls(holder_key, *derived)


def identity_of(approval: Approval, holders: Sequence[Held], key: bytes) -> str:
    """Give the certificate's id: the same decision has it whatever channel it comes by.

    文书号 + 文书名称 + 许可内容 + 行政相对人 + code + 决定日期, normalised, blank parts left out.
    """
    parts = {
        "document_number": approval.document_number,
        "document_name": approval.document_name,
        "content": approval.content,
        # In any order: of a marriage each channel names another one first.
        "holder_name": ",".join(sorted(one.name for one in holders)),
        "holder_number": ",".join(sorted(f"{one.id_type}:{one.number}" for one in holders)),
        "decided_on": approval.decided_on,
    }
    return _keyed(parts, key)[:32]


def details_of(approval: Approval, certificate_type: str, authority: str, key: bytes) -> str:
    """Give a digest of what may not differ between two sendings of one decision.

    Names of authority and source are not in it: every channel writes them in another way. Nor is `renews`,
    which not every channel has.
    """
    parts = {
        "certificate_type": certificate_type,
        "authority": authority,
        "certificate_number": approval.certificate_number,
        "legal_representative": approval.holder.legal_representative,
        "representatives": numbers_of(approval.representatives),
        "category": approval.category,
        "valid_from": approval.valid_from,
        "valid_to": approval.valid_to,
        "fields": json.dumps(dict(approval.fields), sort_keys=True) if approval.fields else None,
    }
    return _keyed(parts, key)


def number_key(
    holder_ids: Iterable[str], certificate_type: str, number: str | None, key: bytes
) -> str | None:
    """Tell certificates by their number: of (holders, type by its oldest code, number); None without one."""
    text = normal(number or "").upper()
    if not text:
        return None
    return hmac.digest(
        key, f"{','.join(sorted(holder_ids))}:{certificate_type}:{text}".encode(), "sha256"
    ).hex()[:32]


def _keyed(parts: Mapping[str, str | date | None], key: bytes) -> str:
    texts = {name: normal(str(value)) for name, value in parts.items() if value is not None}
    whole = json.dumps({name: text for name, text in texts.items() if text}, sort_keys=True)
    return hmac.digest(key, whole.encode(), "sha256").hex()
