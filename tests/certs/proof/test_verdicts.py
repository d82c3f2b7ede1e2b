"""Three answers, each for itself: content, status, issuer; and unknown is never invalid."""

import json
from datetime import date, timedelta

import pytest

from services.certs.proof import Reading, Slot, Status, disclose, read_trust, read_vc, verify
from services.certs.proof.refusals import IssuerOther, StatusMissing
from services.certs.proof.trust import TrustUnusable
from tests.certs.proof.desk import INDEX, NOW, OTHER, Desk, codes, states
from tests.identity.forgery import Mint


class TestVerify:
    def test_a_good_certificate_and_a_fresh_list_are_three_times_valid(self, desk: Desk) -> None:
        verdict = desk.verdict(desk.issue(), desk.list_of(at=NOW - timedelta(minutes=3)))
        assert codes(verdict) == ("proof_intact", "proof_in_force", "proof_of_authority")
        assert (verdict.state, verdict.status_age) == ("valid", timedelta(minutes=3))

    def test_so_is_a_part_of_it(self, desk: Desk) -> None:
        verdict = desk.verdict(disclose(desk.issue(), ["identifier"]), desk.list_of())
        assert verdict.state == "valid"
        assert verdict.shown is not None
        assert verdict.shown.kept_back == 9

    @pytest.mark.parametrize(
        ("status", "code"),
        [("invalid", "proof_revoked"), ("suspended", "proof_suspended"), ("superseded", "proof_superseded")],
    )
    def test_what_the_list_says_is_the_status(self, desk: Desk, status: Status, code: str) -> None:
        verdict = desk.verdict(desk.issue(), desk.list_of((INDEX, status)))
        assert states(verdict) == ("valid", "invalid", "valid")
        assert (verdict.status.code, verdict.status_age) == (code, timedelta(0))

    def test_a_neighbours_revocation_is_not_ones_own(self, desk: Desk) -> None:
        lists = desk.list_of((INDEX - 1, "invalid"), (INDEX + 1, "invalid"))
        assert desk.verdict(desk.issue(), lists).state == "valid"


class TestUnknownStatus:
    def test_without_the_list_nobody_knows(self, desk: Desk) -> None:
        verdict = desk.verdict(desk.issue(), desk.list_of(number=1))
        assert states(verdict) == ("valid", "unknown", "valid")
        assert (verdict.status.code, verdict.status_age) == ("proof_status_missing", None)

    def test_a_list_older_than_is_accepted_says_nothing(self, desk: Desk) -> None:
        """Not even a revocation: it may have been an error that was put right since."""
        for said in ((), ((INDEX, "invalid"),)):
            lists = desk.list_of(*said, at=NOW - timedelta(hours=2))
            verdict = desk.verdict(desk.issue(), lists, most_age=timedelta(hours=1))
            assert (verdict.status.state, verdict.status.code) == ("unknown", "proof_status_too_old")
            assert verdict.status_age == timedelta(hours=2)

    def test_a_list_just_as_old_as_is_accepted_counts(self, desk: Desk) -> None:
        lists = desk.list_of(at=NOW - timedelta(hours=1))
        assert desk.verdict(desk.issue(), lists, most_age=timedelta(hours=1)).state == "valid"

    def test_a_list_past_its_end_says_nothing(self, desk: Desk) -> None:
        lists = desk.list_of(at=NOW - timedelta(hours=25))
        verdict = desk.verdict(desk.issue(), lists, most_age=timedelta(days=9))
        assert verdict.status.code == "proof_status_too_old"

    def test_a_list_from_later_says_nothing(self, desk: Desk) -> None:
        verdict = desk.verdict(desk.issue(), desk.list_of(at=NOW + timedelta(minutes=1)))
        assert (verdict.status.state, verdict.status.code) == ("unknown", "proof_status_from_later")

    def test_a_list_that_does_not_hold_says_nothing(self, desk: Desk) -> None:
        verdict = desk.verdict(desk.issue(), desk.list_of((INDEX, "invalid"))[:-8] + "AAAAAAAA")
        assert (verdict.status.state, verdict.status.code) == ("unknown", "proof_status_unusable")

    @pytest.mark.parametrize(
        "odd",
        [
            ...,
            None,
            {},
            {"status_list": 7},
            {"status_list": {"idx": True, "uri": "x"}},
            {"status_list": {"idx": -1, "uri": "x"}},
        ],
    )
    def test_a_certificate_that_names_no_list_has_no_known_status(self, desk: Desk, odd: object) -> None:
        mint = Mint.of(desk.issue().split("~")[0], desk.private())
        verdict = desk.verdict(f"{mint.with_body(status=odd)}~", desk.list_of())
        assert states(verdict) == ("valid", "unknown", "valid")
        assert verdict.status.code == "proof_status_not_stated"


class TestDates:
    def test_a_certificate_that_ran_out_is_so_without_any_list(self, desk: Desk) -> None:
        verdict = desk.verdict(desk.issue(valid_to=date(2026, 2, 27)))
        assert states(verdict) == ("valid", "invalid", "valid")
        assert verdict.status.code == "proof_expired"

    def test_one_for_later_is_not_valid_yet(self, desk: Desk) -> None:
        verdict = desk.verdict(desk.issue(valid_from=date(2026, 4, 1)), desk.list_of())
        assert (verdict.status.state, verdict.status.code) == ("invalid", "proof_not_yet_valid")

    def test_a_revoked_one_that_also_ran_out_was_revoked(self, desk: Desk) -> None:
        verdict = desk.verdict(desk.issue(valid_to=date(2026, 2, 27)), desk.list_of((INDEX, "invalid")))
        assert verdict.status.code == "proof_revoked"


class TestOnline:
    def test_the_store_itself_may_say_the_status(self, desk: Desk) -> None:
        class Store:
            def find(self, slot: Slot, *, issuer: str, at: object) -> Reading:
                assert (slot.index, issuer) == (INDEX, desk.credential().issuer)
                return Reading(status="suspended", made_at=NOW)

        verdict = verify(desk.issue(), keys=desk.trust, status=Store(), at=NOW)
        assert (verdict.status.code, verdict.status_age) == ("proof_suspended", timedelta(0))

    def test_what_the_store_does_not_know_is_unknown(self, desk: Desk) -> None:
        class Store:
            def find(self, slot: Slot, *, issuer: str, at: object) -> Reading:
                raise StatusMissing("no certificate has this place")

        assert verify(desk.issue(), keys=desk.trust, status=Store(), at=NOW).status.state == "unknown"


class TestRead:
    def test_gives_nothing_of_what_another_signed(self, desk: Desk) -> None:
        with pytest.raises(IssuerOther):
            read_vc(desk.issue(signed_by=OTHER), desk.trust, at=NOW)


class TestTrust:
    @pytest.mark.parametrize(
        "text", ["", "[]", "{}", "7", "{", '{"issuers": 7}', '{"issuers": [{}]}', '{"issuer": "x"}']
    )
    def test_a_file_of_another_form_is_said_so(self, text: str) -> None:
        with pytest.raises(TrustUnusable):
            read_trust(text)

    def test_one_key_that_cannot_be_read_takes_no_other_with_it(self, desk: Desk) -> None:
        good = desk.status_ring.published["keys"]
        trust = read_trust(json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "kid": "odd"}, *good]}))
        assert len(trust.unnamed) == len(good)
