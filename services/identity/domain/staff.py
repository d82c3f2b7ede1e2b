"""Who is at work for an organisation: what a token says counts no more than the store does."""

from services.identity.domain.operators import Operator, OperatorRemoved
from services.identity.domain.organisations import Organisation, OrganisationRemoved


def check_at_work(
    operator: Operator | None, organisation: Organisation | None, *, said: tuple[str, str]
) -> tuple[Operator, Organisation]:
    """Give both as the store has them, if they are the two that were `said` and neither was removed."""
    who, where = said
    if operator is None or operator.organisation != where:
        raise OperatorRemoved(f"{who} is not on the list of staff of {where}")
    operator.check_active()
    if organisation is None:
        raise OrganisationRemoved(f"{where} is not registered")
    organisation.check_active()
    return operator, organisation
