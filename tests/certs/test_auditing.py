"""`python -m services.certs audit`: whether the log is what was signed, in clear words."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.certs import __main__ as entrance
from services.certs.settings import CertsSettings
from services.kernel.process.engines import Engines
from services.kernel.settings import ServiceSettings
from tests.certs.office import ISSUER, Office
from tests.certs.test_log import issue, kept, logged


@pytest.fixture
def settings(office: Office, secrets_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CertsSettings]:
    """On the engines of the office."""

    def engines(_name: str, _settings: ServiceSettings) -> Engines:
        return office.engines

    monkeypatch.setattr(entrance, "real_engines", engines)
    level = logging.getLogger().level
    yield CertsSettings(secrets_dir=secrets_dir, issuer=ISSUER)
    logging.getLogger().setLevel(level)


async def two_heads(office: Office, folder: Path) -> list[Path]:
    """Kept by somebody else after the first leaf and after the second."""
    files = []
    for count in (1, 2):
        await issue(office)
        await logged(office, count=count)
        files.append(folder / f"head-{count}")
        files[-1].write_bytes((await office.client.get("/v1/log/checkpoint")).content)
    return files


class TestTheAudit:
    async def test_of_a_log_as_it_was_signed_ends_with_0(
        self, office: Office, settings: CertsSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        heads = await two_heads(office, tmp_path)
        assert await entrance.audit_log(settings, [f"--head={one}" for one in heads]) == 0
        told = capsys.readouterr().out
        assert "the log of yima.example/certs is whole: 2 leaves" in told
        assert "continues the 2 heads given" in told

    @pytest.mark.parametrize(
        "changed", [{"ce_id": "another"}, {"commitment": b"0" * 32}, {"note": "by the way"}]
    )
    async def test_finds_a_leaf_that_was_changed(
        self,
        office: Office,
        settings: CertsSettings,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        changed: dict[str, object],
    ) -> None:
        await two_heads(office, tmp_path)
        kept(office, "log_leaves")[0].update(changed)
        assert await entrance.audit_log(settings, []) == 1
        assert "the log of yima.example/certs is DAMAGED" in capsys.readouterr().err

    async def test_finds_that_all_was_put_back_to_an_earlier_day_by_a_head_kept_elsewhere(
        self, office: Office, settings: CertsSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        await issue(office)
        await logged(office, count=1)
        before = dict(kept(office, "log_heads")[0])
        heads = await two_heads(office, tmp_path)  # the log had one leaf already
        store = vars(office.documents)["_kept"]
        store["log_heads"]["head"] = before
        for late in list(store["log_leaves"])[1:]:
            del store["log_leaves"][late]
        assert await entrance.audit_log(settings, []) == 0
        assert await entrance.audit_log(settings, [f"--head={heads[1]}"]) == 1
        assert "was signed, and there are" in capsys.readouterr().err

    async def test_tells_damage_from_a_store_that_is_away_and_a_file_that_is_not_there(
        self, office: Office, settings: CertsSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        await two_heads(office, tmp_path)
        assert await entrance.audit_log(settings, [f"--head={tmp_path / 'nowhere'}"]) == 2
        office.wavering.silent = 10**6
        assert await entrance.audit_log(settings, []) == 2
        told = capsys.readouterr().err
        assert told.count("the log could not be looked at") == 2
        assert "database_unavailable" in told
