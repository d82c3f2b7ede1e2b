"""Key files: read as written, refused when others could have read or changed them."""

import base64
import json
from pathlib import Path

import pytest

from services.kernel.keys.secrets import SecretUnusable, read_jwk, read_jwks, read_key, read_public_jwks

KEY = bytes(range(32))


def secret(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


class TestKeys:
    @pytest.mark.parametrize("end", ["", "\n", "=", "==\n"])
    def test_are_32_bytes_in_base64url_with_or_without_padding(self, tmp_path: Path, end: str) -> None:
        text = base64.urlsafe_b64encode(KEY).decode().rstrip("=") + end
        assert read_key(secret(tmp_path / "master.key", text)) == KEY

    @pytest.mark.parametrize("text", ["", "AAAA", "A" * 44, "not base64 at all !!"])
    def test_of_another_length_are_refused(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(SecretUnusable):
            read_key(secret(tmp_path / "master.key", text))

    def test_that_are_missing_are_named_with_the_next_step(self, tmp_path: Path) -> None:
        with pytest.raises(SecretUnusable, match=r"master\.key.*deploy/secrets\.py"):
            read_key(tmp_path / "master.key")

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660])
    def test_open_to_others_are_refused(self, tmp_path: Path, mode: int) -> None:
        text = base64.urlsafe_b64encode(KEY).decode()
        with pytest.raises(SecretUnusable, match="chmod 600"):
            read_key(secret(tmp_path / "master.key", text, mode))


class TestKeySets:
    def test_private_ones_are_read_as_they_are(self, tmp_path: Path) -> None:
        jwks = {"keys": [{"kty": "EC", "kid": "space-1", "d": "x"}]}
        assert read_jwks(secret(tmp_path / "sealing.jwks", json.dumps(jwks))) == jwks
        assert read_jwk(secret(tmp_path / "admin.jwk", json.dumps(jwks["keys"][0]))) == jwks["keys"][0]

    @pytest.mark.parametrize("text", ["{", "[]", "{}", '{"keys": []}'])
    def test_without_keys_are_refused(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(SecretUnusable):
            read_jwks(secret(tmp_path / "sealing.jwks", text))

    def test_public_ones_may_be_read_but_not_written_by_others(self, tmp_path: Path) -> None:
        text = json.dumps({"keys": [{"kty": "EC", "kid": "space-1"}]})
        assert read_public_jwks(secret(tmp_path / "sealing.jwks", text, 0o644))["keys"]
        with pytest.raises(SecretUnusable):
            read_public_jwks(secret(tmp_path / "sealing.jwks", text, 0o664))

    def test_public_ones_must_not_hold_a_private_half(self, tmp_path: Path) -> None:
        text = json.dumps({"keys": [{"kty": "EC", "kid": "space-1", "d": "x"}]})
        with pytest.raises(SecretUnusable, match="make new keys"):
            read_public_jwks(secret(tmp_path / "sealing.jwks", text))

    def test_a_folder_in_place_of_a_file_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "sealing.jwks").mkdir()
        with pytest.raises(SecretUnusable, match="sealing"):
            read_jwks(tmp_path / "sealing.jwks")
