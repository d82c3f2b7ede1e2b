"""Certificates of several holders: a marriage, a house of two."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.certs.domain.approval import Approval, Holder, JointHolder
from services.certs.domain.certificate_type import CertificateType
from services.certs.domain.contents import ContentWrong
from services.kernel.errors import Fault, Invalid, with_article
from services.kernel.holders import HolderId, check_number, holder_id, kind_of, mask_number


class HolderKindWrong(Invalid):
    """A person's certificate for an organisation, or the other way round."""

    code = "holder_kind_wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One whose certificate it is; `number` is canonical."""

    holder_id: HolderId
    id_type: str
    number: str
    name: str


def held_by(approval: Approval, kind: CertificateType | None, *, key: bytes, today: date) -> tuple[Held, ...]:
    """Give all holders, the first one first, or raise what keeps one of them from being one."""
    others = approval.joint_holders
    if others and kind and not kind.joint:
        needed = f"none: a {kind.name_en.lower()} is one holder's"
        raise ContentWrong([Fault("joint_holders", f"{len(others)} of them", needed)])
    everybody: list[Holder | JointHolder] = [approval.holder, *others]
    found = tuple(_held(one, kind, key, today) for one in everybody)
    if len({one.holder_id for one in found}) < len(found):
        raise ContentWrong([Fault("joint_holders", "a holder who is one already", "each once")])
    return found


def joint_holders_of(others: tuple[Held, ...]) -> list[dict[str, str]] | None:
    """As a reader sees them; None where there are none."""
    return [
        {"name": one.name, "id_type": one.id_type, "id_number_masked": mask_number(one.number)}
        for one in others
    ] or None


def seen_by(place: int, shown: Mapping[str, object]) -> dict[str, object]:
    """Turn what a certificate shows so that this one of its holders, counted from 0, is its holder."""
    others = shown.get("joint_holders")
    if not place or not isinstance(others, list):
        return dict(shown)
    first = {
        "name": shown["holder_name"],
        "id_type": shown["id_type"],
        "id_number_masked": shown["id_number_masked"],
    }
    everybody = [first, *others]
    own = everybody.pop(place)
    return {
        **shown,
        "holder_name": own["name"],
        "id_type": own["id_type"],
        "id_number_masked": own["id_number_masked"],
        "joint_holders": everybody,
    }


def _held(one: Holder | JointHolder, kind: CertificateType | None, key: bytes, today: date) -> Held:
    number = check_number(one.id_type, one.id_number, today=today)
    if kind and kind_of(one.id_type) not in kind.holder_kinds:
        allowed, found = " or ".join(kind.holder_kinds), with_article(kind_of(one.id_type))
        raise HolderKindWrong(f"{kind.name} is for {allowed}; the holder is {found}")
    return Held(
        holder_id=holder_id(key, one.id_type, number), id_type=one.id_type, number=number, name=one.name
    )
