"""The status list: what is published, how long it may be kept, and what a reader makes of a bad one."""

import contextlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from services.certs.ports import SignedList
from services.certs.proof import (
    Publisher,
    Shelf,
    Shuffles,
    Slot,
    Status,
    cached,
    pack,
    read_list,
    read_status,
    read_trust,
    sign,
)
from services.certs.proof.refusals import StatusFromLater, StatusMissing, StatusTooOld, StatusUnusable
from services.certs.proof.slots import SIZE
from services.certs.proof.status import LIFE, TTL, VALUES
from services.kernel.errors import Refusal
from services.kernel.keys.rings import Signer
from tests.certs.proof.desk import BUREAU, NOW, OTHER, Desk
from tests.identity.forgery import Mint, b64, forms_of_any

STATUSES: Mapping[int, Status] = {0: "invalid", 1: "suspended", 5: "superseded", SIZE - 1: "invalid"}


def said_by(token: str, desk: Desk, index: int) -> str:
    return read_status(token, index, trust=desk.trust, issuer=desk.addresses.issuer(BUREAU), at=NOW).status


def status_key(desk: Desk) -> ec.EllipticCurvePrivateKey:
    jwks = json.loads((desk.folder / "status.jwks").read_text())
    key = jwt.PyJWK(jwks["keys"][0], algorithm="ES256").key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


class TestPacking:
    def test_every_status_is_read_back(self, desk: Desk) -> None:
        token = desk.list_of(*STATUSES.items())
        for index in (*STATUSES, 2, 3, 4, 6, 70_000, SIZE - 2):
            assert said_by(token, desk, index) == STATUSES.get(index, "valid")

    def test_lies_as_the_draft_has_it(self) -> None:
        """The example of draft-ietf-oauth-status-list, 4.1: two bits, the first index lowest."""
        values = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
        names = {value: name for name, value in VALUES.items()}
        claims = pack("x", {place: names[value] for place, value in enumerate(values)}, at=NOW)
        packed = jwt.utils.base64url_decode(claims["status_list"]["lst"])
        assert zlib.decompress(packed)[:3].hex() == "c944f9"

    def test_says_what_the_draft_asks_for(self, desk: Desk) -> None:
        token = desk.list_of()
        claims = jwt.decode(token, options={"verify_signature": False})
        assert claims["sub"] == desk.addresses.status_list(0)
        assert claims["iat"] == NOW.timestamp()
        assert claims["exp"] == (NOW + LIFE).timestamp()
        assert (claims["ttl"], claims["status_list"]["bits"]) == (TTL.total_seconds(), 2)
        assert jwt.get_unverified_header(token)["typ"] == "statuslist+jwt"

    def test_a_list_of_hardly_any_is_small(self, desk: Desk) -> None:
        assert len(desk.list_of()) < 600

    @pytest.mark.parametrize("index", [-1, SIZE])
    def test_has_no_other_places(self, index: int) -> None:
        with pytest.raises(ValueError, match="places"):
            pack("x", {index: "invalid"}, at=NOW)


class TestAge:
    def test_a_list_past_its_end_says_nothing_more(self, desk: Desk) -> None:
        found = read_list(desk.list_of(), desk.trust, issuer="")
        assert found.reading(1, at=NOW + LIFE - timedelta(seconds=1)).made_at == NOW
        with pytest.raises(StatusTooOld):
            found.reading(1, at=NOW + LIFE)

    def test_a_list_from_later_shows_that_a_clock_is_wrong(self, desk: Desk) -> None:
        found = read_list(desk.list_of(), desk.trust, issuer="")
        assert found.reading(1, at=NOW - timedelta(seconds=5)).status == "valid"
        with pytest.raises(StatusFromLater):
            found.reading(1, at=NOW - timedelta(seconds=6))

    def test_a_cache_asks_again_after_its_time_and_bridges_our_absence(self, desk: Desk) -> None:
        token = desk.list_of()
        headers = cached(token, made_at=NOW, at=NOW + timedelta(seconds=100))
        assert headers["Cache-Control"] == "public, max-age=200, stale-if-error=86100"
        assert headers["Content-Type"] == "application/statuslist+jwt"
        assert headers["Last-Modified"] == "Sun, 01 Mar 2026 08:00:00 GMT"
        late = cached(token, made_at=NOW, at=NOW + timedelta(days=2))
        assert late["Cache-Control"] == "public, max-age=0, stale-if-error=0"

    def test_another_list_has_another_tag(self, desk: Desk) -> None:
        one, other = (cached(desk.list_of(*s), made_at=NOW, at=NOW) for s in ((), ((1, "invalid"),)))
        assert one["ETag"] != other["ETag"]


class TestForgedLists:
    def test_no_odd_form_is_believed(self, desk: Desk) -> None:
        for name, form in forms_of_any(Mint.of(desk.list_of(), status_key(desk))).items():
            with pytest.raises(Refusal):
                read_list(form, desk.trust, issuer=desk.addresses.issuer(BUREAU))
            assert name

    def test_an_authority_signs_lists_about_its_own_certificates_alone(self, desk: Desk) -> None:
        own = sign(pack(desk.addresses.status_list(0), {}, at=NOW), Signer(desk.rings.ring(OTHER)))
        assert read_list(own, desk.trust, issuer=desk.addresses.issuer(OTHER)).bits == 2
        with pytest.raises(StatusUnusable):
            read_list(own, desk.trust, issuer=desk.addresses.issuer(BUREAU))

    def test_a_list_brings_no_key_along(self, desk: Desk) -> None:
        mint = Mint.of(desk.list_of(), status_key(desk))
        assert read_list(mint.genuine, desk.trust, issuer="").bits == 2
        with pytest.raises(StatusUnusable):
            read_list(mint.with_head(jku="https://evil.example/keys"), desk.trust, issuer="")

    def test_a_dead_key_signs_no_list(self, desk: Desk) -> None:
        ring = desk.rings.ring(OTHER)
        own = sign(pack(desk.addresses.status_list(0), {}, at=NOW), Signer(ring))
        metadata = desk.addresses.metadata(OTHER, ring)
        trust = read_trust(json.dumps(metadata), json.dumps({**metadata, "dead_keys": [ring.current.key_id]}))
        with pytest.raises(StatusUnusable):
            read_list(own, trust, issuer=desk.addresses.issuer(OTHER))

    @pytest.mark.parametrize(
        "odd",
        [
            7, None, {}, {"bits": 2}, {"bits": 2, "lst": 7}, {"bits": 3, "lst": ""},
            {"bits": True, "lst": ""}, {"bits": 2, "lst": "!"}, {"bits": 2, "lst": ""},
            {"bits": 2, "lst": b64(b"no zlib")},
            {"bits": 2, "lst": b64(zlib.compress(b"x" * 100)[:-3])},
            {"bits": 2, "lst": b64(zlib.compress(b"x") + b"more")},
            {"bits": 8, "lst": b64(zlib.compress(bytes(100_000_000), 9))},
        ],
        ids=lambda odd: str(odd)[:40],
    )  # fmt: skip
    def test_a_list_of_another_form_is_refused(self, desk: Desk, odd: object) -> None:
        with pytest.raises(StatusUnusable):
            read_list(desk.list_of(status_list=odd), desk.trust, issuer="")

    @pytest.mark.parametrize("odd", [{"sub": None}, {"iat": "now"}, {"exp": -1}, {"exp": 1e300}])
    def test_claims_of_another_kind_are_refused(self, desk: Desk, odd: dict[str, Any]) -> None:
        with pytest.raises(StatusUnusable):
            read_list(desk.list_of(**odd), desk.trust, issuer="")

    def test_a_place_that_is_not_there_says_nothing(self, desk: Desk) -> None:
        with pytest.raises(StatusUnusable):
            said_by(desk.list_of(), desk, SIZE)
        with pytest.raises(StatusUnusable):
            said_by(desk.list_of(), desk, 10**400)

    def test_a_value_without_a_meaning_is_not_taken_for_valid(self, desk: Desk) -> None:
        eight = {"bits": 8, "lst": b64(zlib.compress(b"\x00\x0b\x02"))}
        token = desk.list_of(status_list=eight)
        assert [said_by(token, desk, index) for index in (0, 2)] == ["valid", "suspended"]
        with pytest.raises(StatusUnusable):
            said_by(token, desk, 1)

    @settings(deadline=None)
    @given(lst=st.binary(max_size=200), bits=st.sampled_from([1, 2, 4, 8]), index=st.integers(-5, 2000))
    def test_any_bytes_are_a_status_or_a_refusal(self, desk: Desk, lst: bytes, bits: int, index: int) -> None:
        token = desk.list_of(status_list={"bits": bits, "lst": b64(zlib.compress(lst))})
        with contextlib.suppress(StatusUnusable):
            assert said_by(token, desk, index) in VALUES


class TestShelf:
    def test_the_newer_of_two_lists_counts_in_any_order(self, desk: Desk) -> None:
        older = desk.list_of(at=NOW - timedelta(hours=1))
        newer = desk.list_of((7, "invalid"))
        slot = Slot(uri=desk.addresses.status_list(0), index=7)
        for lists in ([older, newer], [newer, older]):
            assert Shelf(lists, desk.trust).find(slot, issuer="", at=NOW).status == "invalid"

    def test_a_bad_list_beside_a_good_one_takes_nothing_away(self, desk: Desk) -> None:
        good = desk.list_of()
        slot = Slot(uri=desk.addresses.status_list(0), index=7)
        shelf = Shelf([good[:-8] + "AAAAAAAA", "rubbish", good], desk.trust)
        assert shelf.find(slot, issuer="", at=NOW).status == "valid"

    def test_a_bad_list_alone_is_not_a_missing_one(self, desk: Desk) -> None:
        shelf = Shelf([desk.list_of()[:-8] + "AAAAAAAA"], desk.trust)
        with pytest.raises(StatusUnusable):
            shelf.find(Slot(uri=desk.addresses.status_list(0), index=7), issuer="", at=NOW)
        with pytest.raises(StatusMissing):
            shelf.find(Slot(uri=desk.addresses.status_list(1), index=7), issuer="", at=NOW)


class TestPlaces:
    def test_no_two_numbers_have_one_place(self) -> None:
        shuffles = Shuffles(bytes(32))
        places = {shuffles.place(number) for number in range(SIZE)}
        assert places == {(0, index) for index in range(SIZE)}
        assert shuffles.place(SIZE)[0] == 1

    def test_two_processes_with_one_secret_agree(self) -> None:
        one, other = Shuffles(b"k" * 32), Shuffles(b"k" * 32)
        assert [one.place(number) for number in (0, SIZE * 3 + 5)] == [
            other.place(0),
            other.place(SIZE * 3 + 5),
        ]

    def test_lists_and_secrets_have_orders_of_their_own(self) -> None:
        def beginning(key: bytes, which: int) -> Sequence[int]:
            shuffles = Shuffles(key)
            return [shuffles.place(which * SIZE + turn)[1] for turn in range(20)]

        orders = [beginning(b"a" * 32, 0), beginning(b"a" * 32, 1), beginning(b"b" * 32, 0)]
        assert len({tuple(order) for order in orders}) == 3

    def test_neighbours_in_time_are_not_neighbours_in_the_list(self) -> None:
        shuffles = Shuffles(b"k" * 32)
        places = [shuffles.place(number)[1] for number in range(1000)]
        assert sum(abs(one - other) < 100 for one, other in pairwise(places)) < 20

    def test_keeps_the_last_few_lists_only(self) -> None:
        shuffles = Shuffles(b"k" * 32)
        first = shuffles.place(0)
        assert [shuffles.place(which * SIZE)[0] for which in range(6)] == list(range(6))
        assert shuffles.place(0) == first


class MemoryLists:
    """Lists as a store keeps them."""

    def __init__(self) -> None:
        self.statuses: dict[int, dict[int, Status]] = {0: {}, 1: {3: "suspended"}}
        self.served: dict[int, SignedList] = {}
        self.changed: set[int] = set()
        self.read: list[int] = []

    async def bring_up_to_date(self, *, at: datetime, anew: bool = False) -> Sequence[int]:
        return list(self.statuses)

    def touched(self) -> frozenset[int]:
        return frozenset(self.changed)

    def settle(self, number: int) -> None:
        self.changed.discard(number)

    def change(self, number: int, index: int, status: Status) -> None:
        self.statuses[number][index] = status
        self.changed.add(number)

    def not_valid(self, number: int) -> Mapping[int, Status]:
        self.read.append(number)
        return self.statuses[number]

    async def kept(self, number: int) -> SignedList | None:
        return self.served.get(number)

    async def keep(self, signed: SignedList) -> None:
        before = self.served.get(signed.number)
        if before is None or before.made_at < signed.made_at:
            self.served[signed.number] = signed


class TestPublishing:
    @pytest.fixture
    def lists(self) -> MemoryLists:
        return MemoryLists()

    @pytest.fixture
    def publisher(self, lists: MemoryLists, desk: Desk) -> Publisher:
        return Publisher(lists=lists, addresses=desk.addresses, signer=Signer(desk.status_ring))

    async def test_signs_every_list_at_first_and_then_rests(self, publisher: Publisher) -> None:
        assert await publisher.publish(at=NOW) == 2
        assert await publisher.publish(at=NOW + TTL / 2 - timedelta(seconds=1)) == 0

    async def test_signs_what_changed_at_once(
        self, publisher: Publisher, lists: MemoryLists, desk: Desk
    ) -> None:
        await publisher.publish(at=NOW)
        lists.change(0, 9, "invalid")
        assert await publisher.publish(at=NOW + timedelta(seconds=1)) == 1
        assert said_by(lists.served[0].token, desk, 9) == "invalid"
        assert read_list(lists.served[0].cwt, desk.trust, issuer="") == read_list(
            lists.served[0].token, desk.trust, issuer=""
        )

    async def test_looks_at_no_list_that_is_young_and_that_nothing_touched(
        self, publisher: Publisher, lists: MemoryLists
    ) -> None:
        await publisher.publish(at=NOW)
        lists.read.clear()
        lists.change(1, 5, "invalid")
        await publisher.publish(at=NOW + timedelta(seconds=2))
        await publisher.publish(at=NOW + timedelta(seconds=4))
        assert lists.read == [1]
        await publisher.publish(at=NOW + timedelta(seconds=6), anew=True)
        assert lists.read == [1, 0, 1]

    async def test_signs_again_before_those_who_keep_it_would_have_none(
        self, publisher: Publisher, lists: MemoryLists
    ) -> None:
        await publisher.publish(at=NOW)
        assert await publisher.publish(at=NOW + TTL / 2) == 2
        assert lists.served[0].made_at == NOW + TTL / 2

    async def test_the_one_before_stays_good_while_nobody_signs(
        self, publisher: Publisher, lists: MemoryLists, desk: Desk
    ) -> None:
        await publisher.publish(at=NOW)
        found = read_list(lists.served[1].token, desk.trust, issuer="")
        assert found.reading(3, at=NOW + timedelta(hours=23)).status == "suspended"

    async def test_a_late_process_does_not_bring_back_an_older_list(
        self, publisher: Publisher, lists: MemoryLists
    ) -> None:
        await publisher.publish(at=NOW)
        served = lists.served[0]
        await lists.keep(replace(served, made_at=NOW - timedelta(seconds=1), token="older"))
        assert lists.served[0] is served
