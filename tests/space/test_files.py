"""One suite for files: in memory, and over the MongoDB wire."""

import pytest

from services.kernel.store.documents import Documents
from services.space.store import PIECES, FileStore

WHOLE = bytes(range(256)) * 40 * 1024  # ten megabytes


@pytest.fixture(params=["memory_documents", pytest.param("mongo_documents", marks=pytest.mark.real)])
def documents(request: pytest.FixtureRequest) -> Documents:
    kept: Documents = request.getfixturevalue(request.param)
    return kept


class TestFiles:
    async def test_come_back_as_they_were_put_and_go_whole(self, documents: Documents) -> None:
        files = FileStore(documents)
        for file_id, content in (("none", b""), ("one", b"x"), ("whole", WHOLE)):
            await files.put(file_id, content)
            assert await files.get(file_id) == content
        await files.delete("whole")
        await files.delete("whole")
        assert await files.get("whole") is None
        assert await documents.get(PIECES, "whole:7") is None
        assert await files.get("one") == b"x"

    async def test_that_came_in_part_are_not_there_and_go_whole(self, documents: Documents) -> None:
        files = FileStore(documents)
        await files.put("part", WHOLE)
        await documents.delete(PIECES, "part:19")
        assert await files.get("part") is None
        await files.delete("part")
        assert await documents.get(PIECES, "part:0") is None
