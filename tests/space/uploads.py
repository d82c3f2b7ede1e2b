"""Files that holders bring, and how they are brought."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from tests.space.world import World

CANARY = "金丝雀手写遗嘱7391"
PDF = b"%PDF-1.7\n" + CANARY.encode() + b"\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
JPEG = b"\xff\xd8\xff\xe0" + bytes(64)
FILE_NAME = "我的居住证明.pdf"


def archive(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as zipped:
        for name in names:
            zipped.writestr(name, "<x/>")
    return made.getvalue()


async def bring(
    world: World,
    content: bytes = PDF,
    *,
    key: str = "upload-0001",
    material: str = "residence_proof",
    said: str = "application/pdf",
    name: str = FILE_NAME,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    sent = {
        **(headers or world.resident()),
        "Idempotency-Key": key,
        "Content-Type": said,
        "Upload-Name": quote(name),
    }
    return await world.http.post("/v1/uploads", content=content, headers=sent, params={"material": material})


async def brought(world: World, content: bytes = PDF, **more: Any) -> str:
    answer = await bring(world, content, **more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["entry_id"])


async def file_of(world: World, entry_id: str, **more: Any) -> httpx.Response:
    return await world.http.get(f"/v1/entries/{entry_id}/file", headers=world.resident(**more))
