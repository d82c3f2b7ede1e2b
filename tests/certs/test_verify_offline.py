"""The command checks files too, with what was fetched before, and without a network."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.certs.proof import disclose
from services.certs.verify.__main__ import main
from tests.certs.office import Office, eventually
from tests.certs.papers import Paper, a_paper
from tests.certs.test_changes import change
from tests.certs.test_proof_of_issue import path_of, read_open
from tests.certs.test_verifications import MARKING


@pytest.fixture
async def paper(office: Office) -> Paper:
    return await a_paper(office)


async def kit(office: Office, paper: Paper, folder: Path) -> list[str]:
    """What somebody takes along: the keys with the root of the seals, and the list of this certificate."""
    (folder / "keys.json").write_text((await office.client.get("/v1/trust-list")).text)
    uri = read_open(paper.credential)["status"]["status_list"]["uri"]

    async def there() -> str:
        answer = await office.client.get(path_of(uri))
        return answer.text if answer.status_code == 200 else ""

    (folder / "list.jwt").write_text(await eventually(there))
    return ["--keys", str(folder / "keys.json"), "--status", str(folder / "list.jwt")]


async def run(folder: Path, name: str, content: bytes, given: list[str]) -> int:
    """In a thread: a seal is checked in a loop of its own."""
    (folder / name).write_bytes(content)
    arguments = [str(folder / name), *given]
    return await asyncio.to_thread(lambda: main(arguments, at=datetime.now(UTC)))


class TestTheCommand:
    async def test_finds_a_pdf_and_an_ofd_genuine(
        self, office: Office, paper: Paper, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        given = await kit(office, paper, tmp_path)
        for form in ("pdf", "ofd"):
            content = await paper.file("pdf" if form == "pdf" else "ofd")
            assert await run(tmp_path, f"c.{form}", content, [*given, "--json"]) == 0, capsys.readouterr().out
            said = json.loads(capsys.readouterr().out)
            assert (said["kind"], said["state"]) == (form, "valid")
            assert said["certificate"]["claims"]["holder_name"] == "郧西县金銮餐馆"

    async def test_finds_a_changed_pdf_and_a_revoked_one(
        self, office: Office, paper: Paper, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        pdf = await paper.file()
        changed = bytearray(pdf)
        changed[200] ^= 1
        assert await run(tmp_path, "c.pdf", bytes(changed), await kit(office, paper, tmp_path)) == 1
        assert "pdf_changed" in capsys.readouterr().out
        await change(office, paper.certificate_id, "revoke")

        async def listed() -> bool:
            return await run(tmp_path, "c.pdf", pdf, await kit(office, paper, tmp_path)) == 1

        assert await eventually(listed)
        assert "proof_revoked" in capsys.readouterr().out

    async def test_without_the_root_does_not_know_who_sealed_it(
        self, office: Office, paper: Paper, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        given = await kit(office, paper, tmp_path)
        keys = json.loads((tmp_path / "keys.json").read_text())
        del keys["seal_roots"]
        (tmp_path / "keys.json").write_text(json.dumps(keys))
        assert await run(tmp_path, "c.pdf", await paper.file(), given) == 2
        assert "pdf_issuer_unknown" in capsys.readouterr().out

    async def test_tells_an_annotated_copy_that_is_past_its_end(
        self, office: Office, paper: Paper, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        content = await paper.file(marking=replace(MARKING, expires_on=date(2026, 2, 4)))
        assert await run(tmp_path, "c.pdf", content, await kit(office, paper, tmp_path)) == 1
        said = capsys.readouterr().out
        assert "copy_expired" in said
        assert "proof_intact" in said

    async def test_says_what_of_an_ofd_is_not_proved(
        self, office: Office, paper: Paper, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        part = disclose(paper.credential, {"name", "holder_name", "printed_code"})
        content = await paper.file("ofd", credential=part)
        assert await run(tmp_path, "c.ofd", content, await kit(office, paper, tmp_path)) == 2
        out = capsys.readouterr().out
        assert "ofd_partly_proved" in out
        assert "valid_to" in out

    @pytest.mark.parametrize("content", [b"PK\x03\x04rubbish", b"C7KV-3FRC-V6MR-3563-X973"])
    async def test_does_not_judge_what_it_cannot_look_at(
        self,
        office: Office,
        paper: Paper,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        content: bytes,
    ) -> None:
        assert await run(tmp_path, "c", content, await kit(office, paper, tmp_path)) == 3
        assert capsys.readouterr().err
