"""What the archive needs beside its entries: their versions, and what holders keep themselves."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.space.domain import Entry, Shelf, Version


class Histories(Protocol):
    """A line for each version of an entry; only ever added to."""

    async def add(self, versions: Sequence[Version]) -> None:
        """Keep each, once."""
        ...

    async def of(self, entry_id: str) -> Sequence[Version]:
        """Newest first."""
        ...

    async def names(self, entry_ids: Collection[str]) -> Mapping[str, str]:
        """Under which name each lay here last, hashed; those of which that was never said are not in it."""
        ...


class Files(Protocol):
    """Bytes under an id of their own; encrypted before they come here."""

    async def put(self, file_id: str, content: bytes) -> None:
        """Keep it; under an id that is new."""
        ...

    async def get(self, file_id: str) -> bytes | None:
        """Give it whole; None where it is not there, or not all of it."""
        ...

    async def delete(self, file_id: str) -> None:
        """Leave nothing of it, however little there was. May be repeated."""
        ...


class Uploads(Protocol):
    """What holders keep themselves. A file that has no entry is `loose`, and is found again by that."""

    async def begin(self, entry: Entry) -> Shelf:
        """Note this entry's file as loose, and give what its holder keeps together with it."""
        ...

    async def add(self, entry: Entry, content: bytes, *, file_name: str) -> bool:
        """Keep file, then entry, encrypted; the file is loose no more.

        False: it is there in this version already, or all was erased meanwhile.
        """
        ...

    async def drop(self, entry: Entry) -> None:
        """Leave nothing of its file, which came to no entry. May be repeated."""
        ...

    async def content(self, entry: Entry) -> bytes | None:
        """Its bytes; None where they are gone, a refusal (`content_erased`) where the holder's key is."""
        ...

    async def remove(self, entry: Entry) -> None:
        """Leave of it that there was something, and when it came; then delete the file. May be repeated."""
        ...

    async def erase(self, holder_id: str) -> int:
        """Delete the holder's key, files and entries, and give the number of files. May be repeated."""
        ...

    async def erase_once(self, holder_id: str, *, version: int) -> None:
        """The same, for an erasure that may be heard again long after."""
        ...

    async def tidy(self, *, before: datetime) -> int:
        """Take away what has been loose since before then; give the number."""
        ...
