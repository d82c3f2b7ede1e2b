"""The check at a counter without a network: always a grade, never more than is known."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.identity.codes import CodeReader, CoseCodes, siv_key
from services.identity.domain.codes import Emergency
from services.identity.offline import (
    WORDS,
    Bundle,
    BundleUnusable,
    check,
    read_bundle,
    shown_as_json,
    shown_as_text,
)
from services.identity.offline.__main__ import main
from services.kernel.holders import holder_id
from services.kernel.keys.rings import HeldRing

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
HOLDER = holder_id(b"k" * 32, "111", "420322199002151021")
SAID = Emergency(name_masked="欧阳**", concessions=("elderly",))


@pytest.fixture(scope="module")
def jwks(keys: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((keys / "identity" / "codes.jwks").read_text())
    return found


@pytest.fixture(scope="module")
def codes(jwks: dict[str, Any]) -> CoseCodes:
    return CoseCodes(HeldRing(jwks), siv_key(jwks))


@pytest.fixture(scope="module")
def file(codes: CoseCodes) -> dict[str, Any]:
    """As the service gives it."""
    made_at = NOW.isoformat().replace("+00:00", "Z")
    return {"made_at": made_at, "keys": codes.published, "dead_keys": [], "revoked": []}


@pytest.fixture(scope="module")
def bundle(file: dict[str, Any]) -> Bundle:
    return read_bundle(json.dumps(file))


def emergency(codes: CoseCodes, *, made_at: datetime = NOW, said: Emergency | None = SAID) -> str:
    return codes.write(holder_id=HOLDER, expires_at=made_at + timedelta(hours=24), emergency=said)


class TestGrades:
    def test_genuine_with_what_the_code_says_and_what_nobody_knows(
        self, codes: CoseCodes, bundle: Bundle
    ) -> None:
        graded = check(emergency(codes), bundle, at=NOW + timedelta(hours=3))
        assert (graded.grade, graded.is_genuine, graded.age) == ("genuine", True, timedelta(hours=3))
        assert graded.emergency == SAID
        risks = " ".join(en for _, en in graded.risks)
        assert "used elsewhere" in risks
        assert "revoked after 2026-03-01T08:00Z" in risks
        assert "own word" in risks

    def test_lists_older_than_the_code_say_nothing_about_it(self, codes: CoseCodes, bundle: Bundle) -> None:
        code = emergency(codes, made_at=NOW + timedelta(hours=1))
        graded = check(code, bundle, at=NOW + timedelta(hours=2))
        assert graded.is_genuine
        assert any("older than this code" in en for _, en in graded.risks)

    def test_lists_from_the_future_say_that_a_clock_is_wrong(self, codes: CoseCodes, bundle: Bundle) -> None:
        code = emergency(codes, made_at=NOW - timedelta(hours=1))
        graded = check(code, bundle, at=NOW - timedelta(minutes=30))
        assert graded.age < timedelta()
        assert any("check the clock" in en for _, en in graded.risks)

    def test_expired_from_its_second_on(self, codes: CoseCodes, bundle: Bundle) -> None:
        code, ends = emergency(codes), NOW + timedelta(hours=24)
        assert check(code, bundle, at=ends - timedelta(seconds=1)).grade == "genuine"
        assert check(code, bundle, at=ends).grade == "expired"

    def test_not_yet_valid(self, codes: CoseCodes, bundle: Bundle) -> None:
        code = emergency(codes, made_at=NOW + timedelta(minutes=1))
        assert check(code, bundle, at=NOW).grade == "not_yet_valid"

    def test_revoked_also_when_it_has_expired(self, codes: CoseCodes, file: dict[str, Any]) -> None:
        code = emergency(codes)
        listed = file | {"revoked": [codes.read(code).code_id]}
        lists = read_bundle(json.dumps(listed))
        assert {check(code, lists, at=NOW + timedelta(hours=hours)).grade for hours in (0, 30)} == {"revoked"}

    def test_key_dead_whether_or_not_its_public_half_is_still_in_the_file(
        self, codes: CoseCodes, file: dict[str, Any]
    ) -> None:
        code = emergency(codes)
        dead = file | {"dead_keys": [CodeReader(codes.published).open(code).key_id]}
        gone = dead | {"keys": {"keys": []}}
        assert {check(code, read_bundle(json.dumps(one)), at=NOW).grade for one in (dead, gone)} == {
            "key_dead"
        }

    def test_a_key_that_the_file_does_not_name_is_not_called_forged(
        self, codes: CoseCodes, file: dict[str, Any]
    ) -> None:
        lists = read_bundle(json.dumps(file | {"keys": {"keys": []}}))
        assert check(emergency(codes), lists, at=NOW).grade == "key_unknown"

    def test_a_normal_code_is_not_taken_since_nobody_knows_whether_it_was_used(
        self, codes: CoseCodes, bundle: Bundle
    ) -> None:
        graded = check(emergency(codes, said=None), bundle, at=NOW)
        assert (graded.grade, graded.is_genuine) == ("wrong_kind", False)

    def test_forged_foreign_and_unreadable(self, codes: CoseCodes, bundle: Bundle) -> None:
        code = emergency(codes)
        flipped = code[:100] + ("0" if code[100] != "0" else "1") + code[101:]
        found = [check(text, bundle, at=NOW).grade for text in (flipped, "https://pay.test/x", " ")]
        assert found == ["forged", "foreign", "unreadable"]

    def test_nothing_that_is_refused_is_shown_as_genuine(self, codes: CoseCodes, bundle: Bundle) -> None:
        for at in (NOW - timedelta(days=9), NOW + timedelta(days=9)):
            said = json.loads(shown_as_json(check(emergency(codes), bundle, at=at)))
            assert (said["genuine"], said["risks_zh"]) == (False, [])

    def test_what_is_read_needs_no_private_key_and_tells_no_holder(
        self, codes: CoseCodes, bundle: Bundle, file: dict[str, Any]
    ) -> None:
        assert '"d"' not in json.dumps(file)
        said = shown_as_json(check(emergency(codes), bundle, at=NOW))
        assert HOLDER not in said

    def test_every_grade_has_its_words_in_both_languages(self) -> None:
        assert all(
            any("\u4e00" <= one <= "\u9fff" for one in zh) and en.isascii() for zh, en in WORDS.values()
        )


class TestOddTexts:
    @given(st.text() | st.text(st.characters()).map(lambda text: "YM1:" + text))
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
    def test_any_text_gets_a_grade(self, bundle: Bundle, text: str) -> None:
        graded = check(text, bundle, at=NOW)
        assert graded.grade in {"forged", "foreign", "unreadable", "key_unknown"}
        assert shown_as_text(graded)
        json.loads(shown_as_json(graded))

    @given(data=st.data())
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
    def test_any_change_of_a_genuine_code_gets_a_grade_and_none_is_genuine(
        self, codes: CoseCodes, bundle: Bundle, data: st.DataObject
    ) -> None:
        code = emergency(codes)
        place = data.draw(st.integers(0, len(code) - 1))
        changed = code[:place] + data.draw(st.text(max_size=3)) + code[place + data.draw(st.integers(0, 3)) :]
        graded = check(changed, bundle, at=NOW)
        assert graded.is_genuine == (changed.strip() == code)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["made_at", "keys", "dead_keys", "revoked", "kid", "x", "y"]),
                    inner,
                    max_size=5,
                )
            ),
        )
    )
    @settings(max_examples=300)
    def test_a_file_that_is_none_of_ours_is_named_unusable(self, content: object) -> None:
        try:
            read_bundle(json.dumps(content))
        except BundleUnusable:
            return
        assert isinstance(content, dict)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("made_at", "0001-01-01T00:00:00+14:00"),
            ("made_at", "9999-12-31T23:59:59-14:00"),
            ("revoked", "abc"),
            ("revoked", [1]),
            ("dead_keys", {"02": 1}),
        ],
    )
    def test_odd_times_and_lists_are_named_unusable(
        self, file: dict[str, Any], name: str, value: object
    ) -> None:
        with pytest.raises(BundleUnusable):
            read_bundle(json.dumps(file | {name: value}))

    @pytest.mark.parametrize(
        ("part", "value"),
        [(part, value) for part in ("x", "y") for value in ("", "AAAA", "!", None, 7, "A" * 43)]
        + [("kid", value) for value in ("!", None, 7)],
    )
    def test_a_key_that_cannot_be_read_is_named_unusable(
        self, file: dict[str, Any], part: str, value: object
    ) -> None:
        keys = [dict(key) | {part: value} for key in file["keys"]["keys"]]
        with pytest.raises(BundleUnusable):
            read_bundle(json.dumps(file | {"keys": {"keys": keys}}))


class TestTheCommand:
    @pytest.fixture
    def path(self, tmp_path: Path, file: dict[str, Any]) -> Path:
        kept = tmp_path / "bundle.json"
        kept.write_text(json.dumps(file), encoding="utf-8")
        return kept

    def test_says_the_grade_to_a_person_and_exits_with_it(
        self, codes: CoseCodes, path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["check", emergency(codes), "--keys", str(path)], at=NOW) == 0
        told = capsys.readouterr().out
        assert "真码" in told
        assert "Genuine" in told
        assert "欧阳**" in told
        assert main(["check", "YM1:NONSENSE", "--keys", str(path)], at=NOW) == 1
        assert "Traceback" not in capsys.readouterr().err

    def test_says_the_same_to_a_program(
        self, codes: CoseCodes, path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        main(["check", emergency(codes), "--keys", str(path), "--json"], at=NOW)
        said = json.loads(capsys.readouterr().out)
        assert (said["grade"], said["name_masked"], said["concessions"]) == ("genuine", "欧阳**", ["elderly"])

    @pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"[]", b"{}"])
    def test_a_file_that_is_missing_or_none_says_so_and_no_trace(
        self, tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "x"
        if content is not None:
            path.write_bytes(content)
        assert main(["check", "YM1:X", "--keys", str(path)], at=NOW) == 2
        assert "offline-bundle" in capsys.readouterr().err

    def test_runs_by_itself_and_reads_what_a_scanner_sends(self, codes: CoseCodes, path: Path) -> None:
        code = codes.write(
            holder_id=HOLDER,
            expires_at=datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1),
            emergency=SAID,
        )
        command = [sys.executable, "-m", "services.identity.offline", "check", "-", "--keys", str(path)]
        for sent, exit_code in ((code.encode() + b"\r\n", 0), (b"\xff\x00", 1)):
            ran = subprocess.run(command, input=sent, capture_output=True, check=False)  # noqa: S603
            assert (ran.returncode, ran.stderr) == (exit_code, b"")
