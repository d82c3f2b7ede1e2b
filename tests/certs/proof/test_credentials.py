"""A certificate as SD-JWT VC: everything is shown, or any part, and nothing links two of one holder."""

import base64
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import jwt
import pytest

from services.certs.proof import disclose, read_vc
from services.certs.proof.credentials import NEVER_HIDDEN
from services.certs.proof.refusals import NotYetValid, ProofExpired
from tests.certs.proof.desk import BUREAU, CLAIMS, FIELDS, INDEX, NOW, Desk


def signed_part(token: str) -> dict[str, Any]:
    part: dict[str, Any] = jwt.decode(token.split("~", maxsplit=1)[0], options={"verify_signature": False})
    return part


class TestIssuing:
    def test_what_was_issued_is_read_back_whole(self, desk: Desk) -> None:
        found = read_vc(desk.issue(), desk.trust, at=NOW)
        said = {name: value for name, value in CLAIMS.items() if value is not None}
        assert found.claims == said | {"valid_from": "2026-01-15"}
        assert found.fields == FIELDS
        assert (found.issuer, found.type) == (desk.credential().issuer, desk.credential().type)
        assert (found.slot, found.kept_back, found.doubt) == (desk.credential().status, 0, None)

    def test_names_its_form_and_key_and_brings_none_along(self, desk: Desk) -> None:
        header = jwt.get_unverified_header(desk.issue().split("~")[0])
        kid = desk.rings.ring(BUREAU).current.key_id
        assert header == {"alg": "ES256", "kid": kid, "typ": "dc+sd-jwt"}

    def test_nothing_of_the_content_stands_in_the_open(self, desk: Desk) -> None:
        body = signed_part(desk.issue())
        assert body.keys() == {
            "iss", "jti", "vct", "iat", "nbf", "exp", "status", "_sd_alg", "_sd", "fields",
        }  # fmt: skip
        assert body["fields"].keys() == {"_sd"}
        assert len(body["_sd"]) == len([value for value in CLAIMS.values() if value is not None])

    def test_the_order_of_digests_says_nothing(self, desk: Desk) -> None:
        digests = signed_part(desk.issue())["_sd"]
        assert digests == sorted(digests)

    def test_two_of_one_holder_share_no_digest(self, desk: Desk) -> None:
        one, other = (signed_part(desk.issue()) for _ in range(2))
        assert not {*one["_sd"], *one["fields"]["_sd"]} & {*other["_sd"], *other["fields"]["_sd"]}
        assert "sub" not in one

    def test_every_claim_has_a_salt_of_its_own(self, desk: Desk) -> None:
        said = [json.loads(base64.urlsafe_b64decode(f"{part}==")) for part in desk.issue().split("~")[1:-1]]
        assert len({salt for salt, _, _ in said}) == len(said) == 10

    def test_says_where_its_status_is(self, desk: Desk) -> None:
        said = signed_part(desk.issue())["status"]
        assert said == {"status_list": {"idx": INDEX, "uri": "https://yima.example/certs/status-lists/0"}}

    def test_chinese_takes_no_escapes(self, desk: Desk) -> None:
        disclosed = [base64.urlsafe_b64decode(f"{part}==") for part in desk.issue().split("~")[1:-1]]
        assert any("郧西县金銮餐馆 · 𠮷".encode() in part for part in disclosed)

    @pytest.mark.parametrize("name", sorted(NEVER_HIDDEN))
    def test_refuses_a_name_that_would_change_what_is_signed(self, desk: Desk, name: str) -> None:
        with pytest.raises(ValueError, match="not a name for a claim"):
            desk.issue(claims={name: "x"})
        with pytest.raises(ValueError, match="not a name for a claim"):
            desk.issue(fields={name: "x"})

    @pytest.mark.parametrize("value", [{"_sd": []}, [{"...": "x"}], {"a": {"_sd": 1}}])
    def test_refuses_a_value_that_no_reader_takes(self, desk: Desk, value: object) -> None:
        with pytest.raises(ValueError, match="a value is plain"):
            desk.issue(claims={"name": value})

    def test_refuses_more_than_a_reader_takes(self, desk: Desk) -> None:
        with pytest.raises(ValueError, match="nobody reads so many"):
            desk.issue(fields={f"f{number}": number for number in range(300)})
        with pytest.raises(ValueError, match="nobody reads so many"):
            desk.issue(fields={"content": "文" * 70_000})

    def test_a_certificate_without_fields_has_no_place_for_them(self, desk: Desk) -> None:
        token = desk.issue(fields={})
        assert "fields" not in signed_part(token)
        assert read_vc(token, desk.trust, at=NOW).fields == {}


class TestValidity:
    def test_holds_to_the_end_of_the_last_day_in_china(self, desk: Desk) -> None:
        token = desk.issue(valid_to=date(2026, 3, 1))
        end = datetime(2026, 3, 1, 16, tzinfo=UTC)
        read_vc(token, desk.trust, at=end - timedelta(seconds=1))
        with pytest.raises(ProofExpired):
            read_vc(token, desk.trust, at=end)

    def test_begins_with_its_first_day_in_china(self, desk: Desk) -> None:
        token = desk.issue(valid_from=date(2026, 3, 2))
        begin = datetime(2026, 3, 1, 16, tzinfo=UTC)
        read_vc(token, desk.trust, at=begin)
        with pytest.raises(NotYetValid):
            read_vc(token, desk.trust, at=begin - timedelta(seconds=1))

    def test_is_not_from_the_future(self, desk: Desk) -> None:
        token = desk.issue(issued_at=NOW + timedelta(seconds=30))
        with pytest.raises(NotYetValid):
            read_vc(token, desk.trust, at=NOW)

    def test_a_clock_may_be_a_little_behind(self, desk: Desk) -> None:
        token = desk.issue(issued_at=NOW + timedelta(seconds=4))
        assert read_vc(token, desk.trust, at=NOW).kept_back == 0

    @pytest.mark.parametrize("far", [None, date.max])
    def test_without_an_end_says_none(self, desk: Desk, far: date | None) -> None:
        token = desk.issue(valid_to=far)
        assert "exp" not in signed_part(token)
        assert read_vc(token, desk.trust, at=NOW + timedelta(days=40_000)).ends_at is None

    def test_a_certificate_older_than_1970_says_no_begin(self, desk: Desk) -> None:
        token = desk.issue(valid_from=date(1955, 5, 1))
        assert "nbf" not in signed_part(token)
        assert read_vc(token, desk.trust, at=NOW).begins_at is None


class TestDisclosing:
    def test_shows_what_is_asked_and_keeps_the_rest_back(self, desk: Desk) -> None:
        part = disclose(desk.issue(), ["holder_name", "fields.scope"])
        found = read_vc(part, desk.trust, at=NOW)
        assert found.claims == {"holder_name": CLAIMS["holder_name"]}
        assert found.fields == {"scope": FIELDS["scope"]}
        assert found.kept_back == 8

    def test_a_field_and_a_claim_of_one_name_are_two(self, desk: Desk) -> None:
        token = desk.issue(claims={"name": "the certificate's"}, fields={"name": "the shop's"})
        assert read_vc(disclose(token, ["name"]), desk.trust, at=NOW).fields == {}
        found = read_vc(disclose(token, ["fields.name"]), desk.trust, at=NOW)
        assert (found.claims, found.fields) == ({}, {"name": "the shop's"})

    def test_shows_all_fields_by_a_star(self, desk: Desk) -> None:
        found = read_vc(disclose(desk.issue(), ["fields.*"]), desk.trust, at=NOW)
        assert (found.claims, found.fields) == ({}, FIELDS)

    def test_passes_over_what_the_certificate_does_not_have(self, desk: Desk) -> None:
        found = read_vc(
            disclose(desk.issue(), ["scope", "fields.holder_name", "nothing"]), desk.trust, at=NOW
        )
        assert (found.claims, found.fields) == ({}, {})

    def test_what_is_kept_back_cannot_be_read_out_of_it(self, desk: Desk) -> None:
        part = disclose(desk.issue(), ["identifier"])
        text = "".join(
            base64.urlsafe_b64decode(f"{piece}==").decode(errors="replace")
            for piece in part.replace("~", ".").split(".")
        )
        assert "金銮" not in text
        assert "热食" not in text

    def test_shows_less_of_what_was_already_shown_in_part(self, desk: Desk) -> None:
        part = disclose(disclose(desk.issue(), ["identifier", "name"]), ["name", "holder_name"])
        assert read_vc(part, desk.trust, at=NOW).claims == {"name": CLAIMS["name"]}

    def test_is_plain_json_inside(self, desk: Desk) -> None:
        (part,) = disclose(desk.issue(), ["identifier"]).split("~")[1:-1]
        salt, name, value = json.loads(base64.urlsafe_b64decode(f"{part}=="))
        assert (name, value) == ("identifier", CLAIMS["identifier"])
        assert len(base64.urlsafe_b64decode(salt)) == 18
