import json
import stat
from pathlib import Path
from typing import Any

import pytest

from deploy.secrets import CLIENTS, SERVICES, make_secrets
from services.kernel.keys import secrets as reading
from services.kernel.keys.rings import FileRing


def jwks(path: Path) -> list[dict[str, Any]]:
    keys: list[dict[str, Any]] = json.loads(path.read_text())["keys"]
    return keys


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "secrets"
    make_secrets(folder)
    return folder


class TestTree:
    def test_is_closed_to_others(self, made: Path) -> None:
        for path in (made, *made.rglob("*")):
            wanted = 0o700 if path.is_dir() else 0o600
            assert stat.S_IMODE(path.stat().st_mode) == wanted, path

    def test_can_be_read_by_the_services(self, made: Path) -> None:
        for service in SERVICES:
            reading.read_key(made / service / "master.key")
        for client in CLIENTS:
            reading.read_jwk(made / "clients" / f"{client}.jwk")
        reading.read_key(made / "notify" / "partners.key")
        reading.read_jwks(made / "certs" / "status.jwks")
        reading.read_public_jwks(made / "sealing.jwks")

    def test_leaves_no_draft(self, made: Path) -> None:
        assert not [name for name in content(made) if "/." in name]


class TestKeys:
    def test_publishes_one_sealing_key_for_each_service_that_opens(self, made: Path) -> None:
        public = jwks(made / "sealing.jwks")
        assert [key["kid"] for key in public] == ["certs-1", "space-1", "notify-1"]
        assert all(key["use"] == "enc" and key["alg"] == "ECDH-ES" and "d" not in key for key in public)
        assert jwks(made / "space" / "sealing.jwks")[0]["x"] == public[1]["x"]

    def test_publishes_both_keys_of_the_tickets_that_space_signs(self, made: Path) -> None:
        public, private = jwks(made / "tickets.jwks"), jwks(made / "space" / "tickets.jwks")
        assert [one["kid"] for one in public] == [one["kid"] for one in private]
        assert not [one for one in public if {"d", "state"} & one.keys()]

    def test_gives_identity_and_certs_the_same_holder_key(self, made: Path) -> None:
        assert (made / "identity" / "holder.key").read_text() == (made / "certs" / "holder.key").read_text()

    def test_gives_one_name_key_to_those_who_compare_names_and_to_nobody_else(self, made: Path) -> None:
        keys = {path.parent.name: path.read_text() for path in made.rglob("name.key")}
        assert set(keys) == {"identity", "certs", "space"}
        assert len(set(keys.values())) == 1
        assert keys["space"] != (made / "identity" / "holder.key").read_text()

    def test_has_a_current_and_a_next_token_key(self, made: Path) -> None:
        current, following = jwks(made / "identity" / "tokens.jwks")
        assert current["kid"] != following["kid"]
        assert "d" in current
        assert (current["state"], following["state"]) == ("current", "next")

    def test_has_a_code_key_with_a_kid_of_one_byte_and_one_for_ids(self, made: Path) -> None:
        signing, following, ids = jwks(made / "identity" / "codes.jwks")
        assert (signing["kid"], following["kid"], ids["kid"], ids["kty"]) == ("01", "02", "siv", "oct")
        assert (signing["state"], following["state"]) == ("current", "next")

    def test_has_keys_of_their_own_for_the_log_so_that_nothing_else_is_signed_with_them(
        self, made: Path
    ) -> None:
        current, following = jwks(made / "certs" / "log.jwks")
        assert (current["state"], following["state"]) == ("current", "next")
        others = {key["kid"] for key in jwks(made / "certs" / "status.jwks")}
        assert len({current["kid"], following["kid"]} | others) == 2 + len(others)
        FileRing(made / "certs" / "log.jwks")

    def test_tells_identity_the_public_half_of_the_administrator(self, made: Path) -> None:
        public = json.loads((made / "identity" / "admin.jwk").read_text())
        private = json.loads((made / "clients" / "admin.jwk").read_text())
        assert "d" not in public
        assert public == {name: value for name, value in private.items() if name != "d"}


class TestASecondRun:
    def test_overwrites_nothing(self, tmp_path: Path) -> None:
        make_secrets(tmp_path)
        before = content(tmp_path)
        make_secrets(tmp_path)
        assert content(tmp_path) == before

    def test_completes_a_tree_that_was_cut_off(self, tmp_path: Path) -> None:
        make_secrets(tmp_path)
        before = content(tmp_path)
        for lost in ("sealing.jwks", "certs/holder.key", "identity/admin.jwk"):
            (tmp_path / lost).unlink()
        make_secrets(tmp_path)
        assert content(tmp_path) == before
