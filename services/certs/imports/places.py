"""How many files one process works through at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.certs.domain import ImportsBusy


class Places:
    """As many as that; whoever comes then is asked to come again."""

    def __init__(self, most: int) -> None:
        self._most, self._taken = most, 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Taken before the file is opened: several are at their heads at once."""
        if self._taken >= self._most:
            raise ImportsBusy(f"{self._taken} files are being worked through")
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1
