"""A file on its way in: onto the disk, bounded, and never under a name that could stay behind."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from services.certs.domain import FileTooLarge
from services.certs.ports import Upload


async def receive(
    chunks: AsyncIterator[bytes], *, said: int | None, largest: int, spool_dir: Path | None
) -> Upload:
    """Chunk by chunk: each is a write of some KiB that nobody waits to be on the platter."""
    if said is not None and said > largest:
        raise FileTooLarge(f"got {said} bytes; {largest} at most are taken over HTTP")
    stream = cast("BinaryIO", TemporaryFile(dir=spool_dir))  # noqa: SIM115 - whoever reads it closes it
    try:
        digest = await _fill(stream, chunks, largest)
    except BaseException:  # reason: whatever ended it, the file must not stay behind
        stream.close()
        raise
    stream.seek(0)
    return Upload(stream=stream, digest=digest)


async def _fill(stream: BinaryIO, chunks: AsyncIterator[bytes], largest: int) -> bytes:
    digest, size = hashlib.sha256(), 0
    async for chunk in chunks:
        size += len(chunk)
        if size > largest:
            raise FileTooLarge(f"got more than {largest} bytes, the most taken over HTTP")
        digest.update(chunk)
        stream.write(chunk)
    return digest.digest()
