"""What of a space a holder looks for."""

from dataclasses import dataclass
from datetime import date

from services.space.domain.cards import Places
from services.space.domain.entries import REMOVED, Entry, Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Filters, all of which hold; None: any.

    `q`: words of the name and of the authority's, which alone are in the clear; numbers are not searched.
    `expires_within`: days, of what is valid still.
    """

    card: str | None = None
    state: str | None = None
    origin: Origin | None = None
    expires_within: int | None = None
    q: str | None = None

    @property
    def all(self) -> bool:
        """Whether nothing is filtered."""
        return self == Wanted()

    def fits(self, entry: Entry, *, places: Places, today: date) -> bool:
        """Tell whether this is looked for, as it stands on that day; what was taken out is not there."""
        left = entry.days_left_on(today)
        return (
            not (entry.origin == "upload" and entry.state == REMOVED)
            and self.card in {None, places.of(entry.certificate_type)}
            and self.state in {None, entry.state_on(today)}
            and self.origin in {None, entry.origin}
            and (
                self.expires_within is None
                or (entry.state_on(today) == "valid" and left is not None and left <= self.expires_within)
            )
            and (self.q is None or _says(entry, self.q))
        )


def _says(entry: Entry, q: str) -> bool:
    """Every word of it, in whatever case."""
    text = f"{entry.certificate_name} {entry.authority_name}".casefold()
    return all(word in text for word in q.casefold().split())
