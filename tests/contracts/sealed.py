"""Sealed content of golden messages: `python -m tests.contracts.sealed` seals anew what is not as it must be.

Nobody can open it: the keys are made for this and thrown away. What another team can
read is the protected header, which repeats what the message says beside it.
"""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey

from services.kernel.keys.sealing import Sealer
from tests.contracts.protos import PROTO

EXAMPLES = PROTO / "examples"
# Who opens it, and what stands in the place of the holder.
_READERS = {"certs": ("space", "holder_id"), "affairs": ("certs", "case_id")}
_CONTENT = {"example": "what is really in it is said in the README of the service that says it"}
_SEALED = re.compile(r'("sealed": ")[^"]*(")')


def sealed_examples() -> list[Path]:
    return [file for file in sorted(EXAMPLES.glob("*/*.json")) if _SEALED.search(file.read_text("utf-8"))]


def place_of(message: dict[str, Any]) -> dict[str, Any]:
    """What the protected header has to repeat."""
    kind, value = message["headers"]["ce_type"], message["value"]
    _, holder = _READERS[kind.split(".")[0]]
    return {"ce_type": kind, "holder_id": value[holder], "version": value["version"]}


def header_of(message: dict[str, Any]) -> dict[str, Any]:
    """The protected header as it stands."""
    part = message["value"]["sealed"].split(".")[0]
    header: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=="))
    return header


def _seal(message: dict[str, Any]) -> str:
    place = place_of(message)
    service, _ = _READERS[place["ce_type"].split(".")[0]]
    key = ECKey.generate_key("P-256", {"kid": f"{service}-1"})
    sealer = Sealer({"keys": [key.as_dict(private=False)]})
    content = json.dumps(_CONTENT).encode()
    holder, version = place["holder_id"], place["version"]
    return sealer.seal(service, content, event_type=place["ce_type"], holder_id=holder, version=version)


def main() -> None:
    for file in sealed_examples():
        text = file.read_text(encoding="utf-8")
        message = json.loads(text)
        if place_of(message).items() <= header_of(message).items():
            continue
        file.write_text(_SEALED.sub(rf"\g<1>{_seal(message)}\g<2>", text), encoding="utf-8")
    lines = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(EXAMPLES).as_posix()}\n"
        for file in sorted(EXAMPLES.glob("*/*.json"), key=lambda file: file.relative_to(EXAMPLES).as_posix())
    ]
    (EXAMPLES / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
