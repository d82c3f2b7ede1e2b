"""Guardianship (监护): it is over when the child is of age, so its end is fixed as it begins."""

from datetime import UTC, date, datetime, time, timedelta, timezone

from services.identity.domain.holders import Holder, grown_up_on
from services.identity.domain.mandates import MandateImpossible
from services.kernel.errors import Invalid

# A civil day begins at the same moment in all of China, which has one zone and moves no clock.
_CHINA = timezone(timedelta(hours=8))


# From a birth to coming of age; where the papers alone say when that is, nobody is guardian for longer.
_LONGEST = timedelta(days=18 * 366)


class GuardianshipOver(Invalid):
    """Of somebody who is of age."""

    code = "guardianship_over"


class GuardianshipEndMissing(Invalid):
    """The number tells no birth date, so whoever saw the papers says when the child is of age."""

    code = "guardianship_end_missing"


def guardianship_end(child: Holder, until: datetime | None, *, today: date) -> datetime:
    """When it ends by what was said, and with the beginning of the 18th birthday at the latest."""
    if child.kind != "person":
        raise MandateImpossible("a guardian is a person's")
    grown_up = grown_up_on(child)
    if grown_up is None:
        if until is None:
            raise GuardianshipEndMissing("until: needed where the number tells no birth date")
        return min(until, day_begins(today) + _LONGEST)
    if today >= grown_up:
        raise GuardianshipOver("who is of age has no guardian by birth")
    latest = day_begins(grown_up)
    return min(until, latest) if until else latest


def day_begins(day: date) -> datetime:
    """The first moment of a civil day."""
    return datetime.combine(day, time(), _CHINA).astimezone(UTC)
