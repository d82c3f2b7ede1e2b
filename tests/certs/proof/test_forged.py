"""What a stranger, or somebody with a genuine certificate in hand, may try to have believed."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.certs.proof import disclose, open_vc, read_trust
from services.certs.proof.credentials import NEVER_HIDDEN
from services.kernel.errors import Refusal
from tests.certs.proof.desk import BUREAU, OTHER, Desk, codes, states
from tests.identity.forgery import STRANGER, Mint, b64, forms_of_any

UNPROVED = "proof_not_asked"


def minted(desk: Desk, token: str) -> Mint:
    mint = Mint.of(token.split("~", maxsplit=1)[0], desk.private())
    return Mint(head=mint.head, body=mint.body | {"sub": "x"}, key=mint.key)


def disclosure(*said: Any) -> str:
    return b64(json.dumps(list(said)).encode())


def digest(text: str) -> str:
    return b64(hashlib.sha256(text.encode()).digest())


class TestForgedTokens:
    def test_the_token_that_the_forms_are_made_from_is_believed(self, desk: Desk) -> None:
        token = desk.issue()
        rest = token.partition("~")[2]
        assert desk.verdict(f"{minted(desk, token).genuine}~{rest}").integrity.state == "valid"

    def test_no_odd_form_of_the_signed_part_is_believed(self, desk: Desk) -> None:
        token = desk.issue()
        rest = token.partition("~")[2]
        for name, form in forms_of_any(minted(desk, token)).items():
            verdict = desk.verdict(f"{form}~{rest}")
            assert verdict.integrity.state != "valid", name
            assert verdict.status.code == UNPROVED, name
            assert verdict.issuer.state != "valid", name
            assert verdict.shown is None, name

    @pytest.mark.parametrize("typ", ["DC+SD-JWT", "vc+sd-jwt", "JWT", "statuslist+jwt", None, ...])
    def test_another_type_is_another_use(self, desk: Desk, typ: object) -> None:
        token = minted(desk, desk.issue()).with_head(typ=typ)
        assert codes(desk.verdict(f"{token}~"))[0] == "proof_unreadable"

    @pytest.mark.parametrize("alg", ["none", "HS256", "ES384", None])
    def test_another_algorithm_is_not_even_tried(self, desk: Desk, alg: object) -> None:
        token = minted(desk, desk.issue())
        head = token.head | {"alg": alg}
        assert (
            codes(desk.verdict(f"{token.signed(head, token.body, algorithm='ES256')}~"))[0]
            == "proof_unreadable"
        )

    def test_a_status_list_is_no_certificate(self, desk: Desk) -> None:
        assert codes(desk.verdict(f"{desk.list_of()}~"))[0] == "proof_unreadable"

    @pytest.mark.parametrize("claim", ["iss", "vct", "iat", "exp", "nbf"])
    @pytest.mark.parametrize("odd", [7.5e300, "", [], {}, True, None, -1])
    def test_a_claim_of_another_kind_is_refused(self, desk: Desk, claim: str, odd: object) -> None:
        token = minted(desk, desk.issue()).with_body(**{claim: odd})
        assert codes(desk.verdict(f"{token}~"))[0] == "proof_unreadable"

    @pytest.mark.parametrize("claim", ["iss", "vct", "iat"])
    def test_a_claim_that_is_needed_is_missed(self, desk: Desk, claim: str) -> None:
        token = minted(desk, desk.issue()).with_body(**{claim: ...})
        assert codes(desk.verdict(f"{token}~"))[0] == "proof_unreadable"

    def test_nothing_is_said_of_who_issued_a_forged_one(self, desk: Desk) -> None:
        token = desk.issue()
        forged = token[:200] + ("A" if token[200] != "A" else "B") + token[201:]
        assert states(desk.verdict(forged, desk.list_of())) == ("invalid", "unknown", "unknown")


class TestForgedDisclosures:
    def test_one_that_was_not_signed_is_refused(self, desk: Desk) -> None:
        added = disclosure("c2FsdA", "holder_name", "别人")
        assert codes(desk.verdict(f"{desk.issue()}{added}~"))[0] == "proof_forged"

    def test_one_of_another_certificate_is_refused(self, desk: Desk) -> None:
        other = desk.issue().split("~")[1]
        assert codes(desk.verdict(f"{desk.issue()}{other}~"))[0] == "proof_forged"

    def test_the_same_one_twice_is_refused(self, desk: Desk) -> None:
        token = desk.issue()
        assert codes(desk.verdict(f"{token}{token.split('~')[1]}~"))[0] == "proof_forged"

    def test_one_written_otherwise_is_not_the_one_that_was_signed(self, desk: Desk) -> None:
        token = disclose(desk.issue(), ["name"])
        for odd in ("=", "==", "\n", " ", "$"):
            assert desk.verdict(f"{token[:-1]}{odd}~").integrity.state == "invalid", odd

    def test_a_changed_value_is_refused(self, desk: Desk) -> None:
        signed, one, _ = disclose(desk.issue(), ["name"]).split("~")
        salt, name, _ = json.loads(base64.urlsafe_b64decode(f"{one}=="))
        changed = disclosure(salt, name, "驾驶证")
        assert codes(desk.verdict(f"{signed}~{changed}~"))[0] == "proof_forged"

    @pytest.mark.parametrize(
        "odd",
        [
            ("salt", "exp", 1), ("salt", "_sd", []), ("salt", "...", "x"), ("salt", "status", {}),
            ("salt", "vct", "x"), ("salt", "fields", {}), ("salt", "name"), ("salt", 7, "x"),
            (7, "name", "x"), ("salt", "name", "x", "y"), ("salt", "name", {"_sd": []}),
            ("salt", "name", [{"...": "x"}]), (),
        ],
        ids=repr,
    )  # fmt: skip
    def test_even_the_authority_hides_nothing_that_changes_the_rest(
        self, desk: Desk, odd: tuple[Any, ...]
    ) -> None:
        """Signed with the genuine key, its digest in place."""
        one = disclosure(*odd)
        token = minted(desk, desk.issue()).with_body(_sd=[digest(one)])
        assert codes(desk.verdict(f"{token}~{one}~"))[0] == "proof_unreadable"

    def test_two_values_of_one_name_are_refused(self, desk: Desk) -> None:
        one, other = disclosure("a", "name", "食品经营许可证"), disclosure("b", "name", "驾驶证")
        token = minted(desk, desk.issue()).with_body(_sd=[digest(one), digest(other)])
        assert codes(desk.verdict(f"{token}~{one}~{other}~"))[0] == "proof_forged"

    @pytest.mark.parametrize("level", ["top", "inner"])
    def test_a_digest_stands_once(self, desk: Desk, level: str) -> None:
        one = disclosure("a", "name", "x")
        places = {"_sd": [digest(one)] * 2} if level == "top" else {"fields": {"_sd": [digest(one)]}}
        token = minted(desk, desk.issue()).with_body(**{"_sd": [digest(one)], **places})
        assert codes(desk.verdict(f"{token}~{one}~"))[0] == "proof_unreadable"

    @pytest.mark.parametrize("odd", ["x", {}, [7], [["x"]], None])
    def test_digests_are_a_list_of_texts(self, desk: Desk, odd: object) -> None:
        mint = minted(desk, desk.issue())
        for token in (mint.with_body(_sd=odd), mint.with_body(fields={"_sd": odd})):
            assert codes(desk.verdict(f"{token}~"))[0] == "proof_unreadable"

    def test_fields_in_the_open_are_not_how_we_issue(self, desk: Desk) -> None:
        token = minted(desk, desk.issue()).with_body(fields={"_sd": [], "scope": "x"})
        assert codes(desk.verdict(f"{token}~"))[0] == "proof_unreadable"

    @pytest.mark.parametrize("odd", ["sha-1", "md5", "SHA-256", None, 7])
    def test_no_other_hash_is_taken(self, desk: Desk, odd: object) -> None:
        token = minted(desk, desk.issue()).with_body(_sd_alg=odd)
        assert codes(desk.verdict(f"{token}~"))[0] == "proof_unreadable"

    def test_decoys_are_no_fault(self, desk: Desk) -> None:
        token = minted(desk, desk.issue()).with_body(_sd=[digest("decoy")])
        assert states(desk.verdict(f"{token}~"))[0] == "valid"

    @pytest.mark.parametrize(
        "text",
        [
            b"\xff\xfe", b'["a", "name", NaN]', b'["a", "name", Infinity]', b'["a", "name", 1e999]',
            b'["a", "name", {"x": 1, "x": 2}]', b"[" * 3000 + b"]" * 3000, b'["a", "name", "\\ud800"]',
            b'{"a": 1}', b"", b"null",
        ],
        ids=lambda text: repr(text[:24]),
    )  # fmt: skip
    def test_what_can_be_read_in_two_ways_is_refused(self, desk: Desk, text: bytes) -> None:
        one = b64(text) or "_"
        token = minted(desk, desk.issue()).with_body(_sd=[digest(one)])
        assert codes(desk.verdict(f"{token}~{one}~"))[0] == "proof_unreadable"


class TestForm:
    @pytest.mark.parametrize(
        "damage",
        [
            lambda token: token[:-1], lambda token: f"{token}x", lambda token: f"{token}~",
            lambda token: f"~{token}", lambda token: token.replace("~", "~~", 1),
            lambda token: token.split("~")[0], lambda _: "", lambda _: "~", lambda _: "~~~", lambda _: "\x00",
            lambda token: token.replace("~", "."),
        ],
    )  # fmt: skip
    def test_only_the_whole_form_is_read(self, desk: Desk, damage: Callable[[str], str]) -> None:
        assert codes(desk.verdict(damage(desk.issue()))) == ("proof_unreadable", UNPROVED, UNPROVED)

    def test_blanks_around_it_are_the_clipboards(self, desk: Desk) -> None:
        assert desk.verdict(f" \n{desk.issue()}\r\n").integrity.state == "valid"

    def test_a_holders_key_is_not_understood_and_therefore_refused(self, desk: Desk) -> None:
        bound = jwt.encode({"aud": "x"}, STRANGER, algorithm="ES256", headers={"typ": "kb+jwt"})
        assert codes(desk.verdict(f"{desk.issue()}{bound}"))[0] == "proof_unreadable"

    @pytest.mark.parametrize("text", ["x" * 1_000_000, "~" * 1_000_000, "a.b.c~" + "YQ~" * 80_000])
    def test_a_megabyte_is_not_worked_through(self, desk: Desk, text: str) -> None:
        assert codes(desk.verdict(text))[0] == "proof_too_long"

    def test_hundreds_of_disclosures_are_not_worked_through(self, desk: Desk) -> None:
        many = "".join(f"{disclosure('s', f'n{number}', 1)}~" for number in range(513))
        assert codes(desk.verdict(f"{desk.issue().split('~')[0]}~{many}"))[0] == "proof_too_long"


class TestKeysAndIssuers:
    def test_another_authoritys_key_makes_nobodys_certificate(self, desk: Desk) -> None:
        verdict = desk.verdict(desk.issue(signed_by=OTHER), desk.list_of())
        assert codes(verdict) == ("proof_intact", "proof_in_force", "proof_issuer_other")
        assert verdict.state == "invalid"

    def test_an_authority_off_the_list_with_anothers_key_is_not_believed_either(self, desk: Desk) -> None:
        token = desk.issue(issuer="https://evil.example/authorities/1", signed_by=OTHER)
        assert codes(desk.verdict(token, desk.list_of()))[2] == "proof_issuer_other"

    def test_a_key_that_nobody_lists_says_nothing_for_or_against(self, desk: Desk) -> None:
        token = minted(desk, desk.issue())
        by_stranger = token.signed(token.head | {"kid": "stranger"}, token.body, key=STRANGER)
        verdict = desk.verdict(f"{by_stranger}~", desk.list_of())
        assert states(verdict) == ("unknown", "unknown", "unknown")
        assert codes(verdict)[0] == "proof_key_unknown"

    def test_a_list_without_names_proves_content_and_no_issuer(self, desk: Desk) -> None:
        bare = read_trust(json.dumps(desk.rings.ring(BUREAU).published))
        verdict = desk.verdict(desk.issue(), trust=bare)
        assert codes(verdict)[::2] == ("proof_intact", "proof_issuer_unnamed")
        assert states(verdict)[::2] == ("valid", "unknown")

    def test_a_list_with_names_but_not_this_one_says_that(self, desk: Desk) -> None:
        other = desk.addresses.metadata(OTHER, desk.rings.ring(OTHER))
        mixed = read_trust(json.dumps(other), json.dumps(desk.rings.ring(BUREAU).published))
        verdict = desk.verdict(desk.issue(), trust=mixed)
        assert codes(verdict)[::2] == ("proof_intact", "proof_issuer_unknown")
        assert states(verdict)[::2] == ("valid", "unknown")


class TestAnything:
    @settings(deadline=None)
    @given(text=st.text() | st.text(alphabet="abcDEF012-_.~=", max_size=200))
    @example("\ud800~")
    def test_any_text_gets_a_verdict(self, desk: Desk, text: str) -> None:
        assert desk.verdict(text, text).state in {"invalid", "unknown"}

    @settings(deadline=None)
    @given(data=st.data())
    def test_any_single_change_is_noticed(self, desk: Desk, data: st.DataObject) -> None:
        token = self.kept(desk)
        place = data.draw(st.integers(0, len(token) - 1))
        letter = data.draw(st.characters(codec="ascii").filter(lambda one: one != token[place]))
        changed = (token[:place] + letter + token[place + 1 :]).strip()
        if changed == token.strip():
            return
        try:
            found = open_vc(changed, desk.trust)
        except Refusal:
            return
        # What may change and is found to hold: spare bits of the signature's last letter (RFC 4648, 3.5).
        assert place == token.index("~") - 1, (place, letter)
        assert found == open_vc(token, desk.trust)

    @settings(deadline=None)
    @given(
        claims=st.dictionaries(
            st.text(min_size=1, max_size=20).filter(lambda name: name[0] not in "_."),
            st.recursive(
                st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=40),
                lambda inner: (
                    st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
                ),
                max_leaves=8,
            ),
            max_size=8,
        )
    )
    def test_whatever_is_issued_is_read_back(self, desk: Desk, claims: dict[str, Any]) -> None:
        names = {name: value for name, value in claims.items() if name not in NEVER_HIDDEN}
        if "_sd" in json.dumps(names) or "..." in json.dumps(names):
            return
        found = open_vc(desk.issue(claims=names, fields=names), desk.trust)
        said = {name: value for name, value in names.items() if value is not None}
        assert (found.claims, found.fields) == (said, said)

    token: str = ""

    def kept(self, desk: Desk) -> str:
        """One token for all tries."""
        if not TestAnything.token:
            TestAnything.token = disclose(desk.issue(), ["name", "fields.scope"])
        return TestAnything.token
