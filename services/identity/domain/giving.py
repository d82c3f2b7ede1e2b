"""What mandates may be given: which role for whom, and how many offers wait for a yes."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.identity.domain.mandates import Mandate, MandateImpossible, MandateRole
from services.kernel.errors import Conflict, with_article
from services.kernel.holders import HolderKind

# Whom one acts for: an enterprise, or a person; the other roles act for both.
_PRINCIPALS: Mapping[str, HolderKind] = {
    "legal_representative": "organisation",
    "liquidator": "organisation",
    "guardian": "person",
    "heir": "person",
}
MOST_OFFERS = 20


class MandatesTooMany(Conflict):
    """So many offers of one holder wait for somebody's yes."""

    code = "mandates_too_many"


def check_role(role: MandateRole, principal: HolderKind) -> None:
    """An enterprise has a legal representative, a child a guardian, and not the other way round."""
    if _PRINCIPALS.get(role, principal) != principal:
        raise MandateImpossible(f"nobody is {role} of {with_article(principal)}")


def check_offers(given: Sequence[Mandate], *, at: datetime) -> None:
    """Nobody's list is filled by a stranger's offers."""
    if sum(one.state == "offered" and not one.is_over(at=at) for one in given) >= MOST_OFFERS:
        raise MandatesTooMany(f"{MOST_OFFERS} offers wait for a yes; take one back first")
