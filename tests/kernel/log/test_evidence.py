"""docs/evidence.md is true; its 100 lines take what our own program makes, and nothing that was changed."""

import copy
import json
import os
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from services.kernel.keys.vault import Vault
from services.kernel.log.records import Note, Records, evidence
from services.kernel.store.memory import MemoryDocuments
from tests.kernel.log.lab import ORIGIN, Lab
from tests.world.evidence import CHECKER, checked

DOCS = Path(__file__).parents[3] / "docs"


@cache
def page() -> dict[str, Any]:
    """The one block of JSON on the page."""
    text = (DOCS / "evidence.md").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text.split("```json\n")[1].split("```")[0])
    return found


@cache
def checker() -> dict[str, Any]:
    """The program as a module, without a process for each try."""
    names: dict[str, Any] = {"__name__": "checker"}
    exec(compile(CHECKER.read_text(encoding="utf-8"), CHECKER, "exec"), names)  # noqa: S102 - our own file
    return names


def holds(folder: Path, made: object, keys: object, log: str = ORIGIN) -> bool:
    for name, content in (("evidence.json", made), ("keys.json", keys)):
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    failures = (ValueError, KeyError, TypeError, IndexError, checker()["InvalidSignature"])
    try:
        checker()["verify"](folder / "evidence.json", folder / "keys.json", log)
    except failures:
        return False
    return True


class TestThePage:
    def test_has_evidence_that_holds(self, tmp_path: Path) -> None:
        done = checked(tmp_path, page()["evidence"], page()["keys"], page()["log"])
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("holds: the record is leaf 4 of the 7 of yima.example/certs")
        assert "only grown since it had 3" in done.stdout

    @pytest.mark.parametrize("one", page()["refused"], ids=lambda one: str(one["name"]))
    def test_has_changes_that_do_not_hold(self, tmp_path: Path, one: dict[str, Any]) -> None:
        made = copy.deepcopy(page()["evidence"])
        inner = made
        for step in one["at"][:-1]:
            inner = inner[step]
        assert inner[one["at"][-1]] != one["value"]
        inner[one["at"][-1]] = one["value"]
        done = checked(tmp_path, made, page()["keys"], page()["log"])
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("does not hold: ")

    def test_is_refused_for_another_log_or_other_keys(self, tmp_path: Path) -> None:
        made = page()["evidence"]
        assert holds(tmp_path, made, page()["keys"])
        assert not holds(tmp_path, made, page()["keys"], "yima.example/other")
        assert not holds(tmp_path, made, Lab(MemoryDocuments()).ring.published)

    def test_says_what_lies_in_between(self) -> None:
        """Steps 2 to 4 by the words of the page."""
        made, between = page()["evidence"], page()["in_between"]
        salt = checker()["b64decode"](made["salt"])
        commitment = sha256(salt + made["record"].encode()).digest()
        assert commitment.hex() == between["commitment"]
        lines = ["yima-leaf-v1", made["leaf"]["ce_id"], made["leaf"]["time"], b64encode(commitment).decode()]
        data = "".join(f"{line}\n" for line in lines).encode()
        assert sha256(b"\x00" + data).hexdigest() == between["leaf_hash"]
        assert made["head"].split("\n")[2] == b64encode(bytes.fromhex(between["root"])).decode()

    def test_says_how_the_token_is_found_in_the_record(self) -> None:
        signed = page()["token"].split("~")[0]
        record = json.loads(page()["evidence"]["record"])
        assert record["token_digest"] == sha256(signed.encode()).hexdigest()


class TestTheChecker:
    def test_has_a_hundred_lines_and_nothing_of_ours(self) -> None:
        text = CHECKER.read_text(encoding="utf-8")
        assert text.count("\n") <= 100
        assert not any(f"import {name}" in text or f"from {name}" in text for name in ("services", "tests"))

    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(size=some.integers(1, 40), chance=some.data())
    async def test_finds_what_we_make(self, tmp_path: Path, size: int, chance: some.DataObject) -> None:
        old, which = chance.draw(some.integers(1, size)), chance.draw(some.integers(0, size - 1))
        lab = Lab(MemoryDocuments())
        records = Records(lab.documents, Vault(lab.documents, b"m" * 32), lab.waiting, os.urandom)
        notes = [Note(ce_id=f"e-{n}", holder_id="h", record=f"记录 {n}\n") for n in range(size)]
        await records.log(notes[:old])
        await lab.settle()
        older = (await lab.tree.head()).note
        await records.log(notes[old:])
        await lab.settle()
        made = await evidence(lab.tree, records, f"e-{which}", older=older)
        assert holds(tmp_path, made, lab.ring.published)
        assert holds(tmp_path, {**made, "older": None}, lab.ring.published)
        for steps in (made["inclusion"], made["older"]["consistency"]):
            for place, step in enumerate(steps):
                steps[place] = b64encode(sha256(b"another").digest()).decode()
                assert not holds(tmp_path, made, lab.ring.published)
                steps[place] = step
