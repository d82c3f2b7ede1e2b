"""Certificates as they arrive: in batches, some of them in several versions."""

from collections.abc import Iterator, Sequence

from services.space.domain import Entry

Arrived = tuple[Entry, bytes]


def one_of_each(arrived: Sequence[Arrived]) -> Iterator[list[Arrived]]:
    """Unordered bulks that end as the events one by one would: growing versions of one entry, one a bulk."""
    bulks: list[list[Arrived]] = []
    reached: dict[str, tuple[int, int]] = {}
    for entry, plain in arrived:
        version, place = reached.get(entry.entry_id, (0, 0))
        if entry.version > version:
            bulks += [[] for _ in range(place + 1 - len(bulks))]
            bulks[place].append((entry, plain))
            reached[entry.entry_id] = (entry.version, place + 1)
    yield from bulks
