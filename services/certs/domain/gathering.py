"""Every fault of an approval at once: whoever repairs it need not come back for each."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from services.kernel.errors import Fault, Faulty, Refusal

T = TypeVar("T")


class ApprovalFaulty(Faulty):
    """Several rules are broken; each fault says by its `code` which."""

    code = "approval_faulty"


@dataclass(slots=True)
class Gathering:
    """Runs checks that do not hang on one another. `needed`: where a rule says only what it got."""

    refusals: list[tuple[str, str, Refusal]] = field(default_factory=list)

    def run(self, path: str, needed: str, check: Callable[[], T]) -> T | None:
        """Give what the check gives, or None where it refuses."""
        try:
            return check()
        except Refusal as refusal:
            self.refusals.append((path, needed, refusal))
            return None

    def end(self) -> None:
        """Raise what was gathered: a single refusal as it is."""
        if len(self.refusals) == 1:
            raise self.refusals[0][2]
        if self.refusals:
            # Of one place the first rule says enough: that it is missing, not also that the type needs it.
            told = {one.path: one for one in reversed(list(self._faults()))}
            raise ApprovalFaulty(list(reversed(told.values())))

    def but_for(self, unread: Collection[str]) -> list[Refusal]:
        """Give what is wrong elsewhere than at these paths, and below them."""
        kept: list[Refusal] = []
        for path, _, refusal in self.refusals:
            if isinstance(refusal, Faulty):
                faults = [one for one in refusal.faults if not _is_at(one.path, unread)]
                kept += [type(refusal)(faults)] if faults else []
            elif not _is_at(path, unread):
                kept.append(refusal)
        return kept

    def _faults(self) -> Iterator[Fault]:
        for path, needed, refusal in self.refusals:
            if isinstance(refusal, Faulty):
                yield from (Fault(one.path, one.got, one.needed, refusal.code) for one in refusal.faults)
            else:
                yield Fault(path, refusal.detail, needed, refusal.code)


def _is_at(path: str, places: Collection[str]) -> bool:
    return any(path == one or path.startswith(f"{one}.") for one in places)
