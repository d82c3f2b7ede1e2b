"""`python -m services.certs import FILE`: the same import without HTTP."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.certs import __main__ as entrance
from services.certs.settings import CertsSettings
from services.kernel.process.engines import Engines
from services.kernel.settings import ServiceSettings
from tests.certs.office import BUREAU, FOOD, HYGIENE, ISSUER, MARKET, Office
from tests.certs.sheets import NO_CODE, sheet

NUMBER = "行政相对人代码_1(统一社会信用代码)"


@pytest.fixture
def settings(office: Office, secrets_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CertsSettings]:
    """On the engines of the office."""

    def engines(_name: str, _settings: ServiceSettings) -> Engines:
        return office.engines

    monkeypatch.setattr(entrance, "real_engines", engines)
    level = logging.getLogger().level
    yield CertsSettings(secrets_dir=secrets_dir, issuer=ISSUER)
    logging.getLogger().setLevel(level)


class TestImportFile:
    async def test_works_through_a_file_and_leaves_its_report_beside_it(
        self, office: Office, settings: CertsSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "permits.csv"
        file.write_text(sheet({}, {NUMBER: NO_CODE}), encoding="gb18030")
        assert await entrance.import_file(settings, [str(file), "--organisation", BUREAU]) == 0
        told = capsys.readouterr()
        assert "2 rows: 1 issued, 0 withdrawn, 0 already there, 1 refused" in told.out
        assert "line 3" in told.out
        assert "holder_code_placeholder" in (tmp_path / "permits.csv.report.csv").read_text("utf-8-sig")
        assert len(await office.issued()) == 1
        assert await entrance.import_file(settings, [str(file), "--organisation", BUREAU]) == 0
        assert "0 issued, 0 withdrawn, 1 already there" in capsys.readouterr().out

    async def test_compares_a_full_list_and_acts_on_it_when_told_to(
        self, office: Office, settings: CertsSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "full.csv"
        file.write_text(sheet({}), encoding="gb18030")
        asked = [str(file), "--organisation", BUREAU, "--authority", MARKET, "--type", FOOD]
        assert await entrance.reconcile_file(settings, asked) == 0
        assert "1 new, 0 changed, 0 not in the file" in capsys.readouterr().out
        assert await entrance.reconcile_file(settings, [*asked, "--apply"]) == 0
        assert "1 issued, 0 withdrawn, 0 already there" in capsys.readouterr().out
        assert len(await office.issued()) == 1
        assert await entrance.reconcile_file(settings, [*asked[:-1], HYGIENE]) == 1

    async def test_shows_the_first_refused_rows_whole_and_the_number_of_the_others(
        self, office: Office, settings: CertsSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        await office.register(BUREAU)
        file = tmp_path / "permits.csv"
        file.write_text(sheet(*([{NUMBER: NO_CODE, "许可内容": ""}] * 25)), encoding="utf-8")
        assert await entrance.import_file(settings, [str(file), "--organisation", BUREAU]) == 0
        told = capsys.readouterr().out
        assert "25 refused" in told
        assert told.count("holder_code_placeholder") == told.count("row_field_missing") == 20
        assert "line 21 许可内容" in told
        assert "line 22 " not in told
        assert "and 5 more rows" in told

    async def test_takes_a_file_whose_name_is_no_utf_8(
        self, office: Office, settings: CertsSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / os.fsdecode("许可.csv".encode("gb18030"))
        file.write_text(sheet({}), encoding="utf-8")
        assert await entrance.import_file(settings, [str(file), "--organisation", BUREAU]) == 0
        told = capsys.readouterr().out
        assert "1 issued" in told
        (kept,) = vars(office.documents)["_kept"]["imports"].values()
        for text in (told, kept["filename"]):
            assert text.encode()

    @pytest.mark.parametrize(
        ("content", "organisation", "words"),
        [
            ("", BUREAU, "sheet_empty"),
            (sheet({}), "91420322YM00000028", "organisation_not_yet_known"),
            (sheet({}), "", "issuer_not_entitled"),
            (None, BUREAU, "permits.csv"),
        ],
    )
    async def test_says_why_it_cannot_begin(
        self,
        settings: CertsSettings,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        content: str | None,
        organisation: str,
        words: str,
    ) -> None:
        file = tmp_path / "permits.csv"
        if content is not None:
            file.write_text(content, encoding="utf-8")
        assert await entrance.import_file(settings, [str(file), "--organisation", organisation]) == 1
        assert words in capsys.readouterr().err

    async def test_says_that_events_stay_behind_while_the_broker_is_away(
        self,
        office: Office,
        settings: CertsSettings,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(entrance, "DRAIN_S", 0.05)
        file = tmp_path / "permits.csv"
        file.write_text(sheet({}), encoding="utf-8")
        office.bus.down = True
        assert await entrance.import_file(settings, [str(file), "--organisation", BUREAU]) == 0
        assert "1 events stay in the outbox" in capsys.readouterr().out
