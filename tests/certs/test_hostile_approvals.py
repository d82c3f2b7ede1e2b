"""Approvals as somebody might make them on purpose: each is answered, and none repeats a number."""

import json
import uuid
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.certs.domain import Approval, Holder, Representative
from services.certs.domain.gathering import ApprovalFaulty
from services.certs.handlers import Accepted, accept_approvals
from services.kernel.errors import Fault, Faulty, Refusal
from services.kernel.reasons import reasons
from tests.certs.office import BUREAU, FOOD, Office
from tests.world.people import a_shop, an_approval


async def sent(office: Office, body: bytes) -> httpx.Response:
    headers = office.headers(key=uuid.uuid4().hex) | {"Content-Type": "application/json"}
    return await office.client.post("/v1/approvals", content=body, headers=headers)


def with_raw(value: str) -> bytes:
    """A good approval with this as the text of a field, to the letter."""
    return json.dumps(an_approval(a_shop(), fields={"x": "@"})).replace('"@"', value).encode()


BODIES = {
    "nothing": (b"", 422, "request_invalid"),
    "no JSON": (b"{", 400, "request_malformed"),
    "no UTF-8": (b'{"holder": "\xff"}', 400, "request_malformed"),
    "UTF-16": (json.dumps(an_approval(a_shop())).encode("utf-16-be"), 400, "request_malformed"),
    "a mark before it": (
        b"\xef\xbb\xbf" + json.dumps(an_approval(a_shop())).encode(),
        400,
        "request_malformed",
    ),
    "a key twice, deep inside": (with_raw('{"a": [{"b": 1, "b": 2}]}'), 400, "request_malformed"),
    "a list": (b"[]", 422, "request_invalid"),
    "a text": (b'"approval"', 422, "request_invalid"),
    "lists a hundred thousand deep": (b"[" * 100_000, 400, "request_malformed"),
    "closed lists a hundred thousand deep": (b"[" * 100_000 + b"]" * 100_000, 400, "request_malformed"),
    "objects a hundred thousand deep": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400, "request_malformed"),
    "a deep field": (with_raw("[" * 50_000 + "]" * 50_000), 400, "request_malformed"),
    "a field some hundred deep": (with_raw("[" * 300 + "]" * 300), 422, "approval_content_wrong"),
    "a number of a million digits": (with_raw("9" * 900_000), 400, "request_malformed"),
    "a number beyond every other": (with_raw("1e999999"), 400, "request_malformed"),
    "no number": (with_raw("NaN"), 400, "request_malformed"),
    "infinity": (with_raw("-Infinity"), 400, "request_malformed"),
    "half a character": (with_raw('"\\ud800"'), 422, "request_invalid"),
    "ten megabytes": (with_raw('"' + "a" * 10_000_000 + '"'), 413, "body_too_large"),
    "a key twice": (
        json.dumps(an_approval(a_shop())).replace('"category"', '"content": "x", "category"').encode(),
        400,
        "request_malformed",
    ),
    "a hundred thousand fields": (
        json.dumps(an_approval(a_shop(), fields={f"f{n}": 1 for n in range(50_000)})).encode(),
        422,
        "approval_content_wrong",
    ),
    "a hundred thousand representatives": (
        json.dumps(an_approval(a_shop(), representatives=[{}] * 100_000)).encode(),
        422,
        "approval_field_too_long",
    ),
}


class TestBody:
    @pytest.mark.parametrize("name", BODIES)
    async def test_made_on_purpose_is_refused_with_its_reason_and_leaves_the_service_well(
        self, office: Office, name: str
    ) -> None:
        body, status, code = BODIES[name]
        answer = await sent(office, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text[:500]
        assert len(answer.content) < 20_000
        assert answer.json()["next_step_zh"]
        assert (await office.post(an_approval(a_shop()))).status_code == 201

    async def test_that_is_refused_says_nothing_of_itself_to_who_may_not_send(self, office: Office) -> None:
        answer = await office.client.post("/v1/approvals", content=b'{"a": 1, "a": 2}')
        assert answer.status_code == 401

    async def test_that_is_no_plain_json_takes_no_key(self, office: Office) -> None:
        headers = office.headers(key="the-same-key") | {"Content-Type": "application/json"}
        twice = await office.client.post("/v1/approvals", content=b'{"a": 1, "a": 2}', headers=headers)
        good = await office.post(an_approval(a_shop()), key="the-same-key")
        assert (twice.status_code, good.status_code) == (400, 201)


NUMBERS = ("42032219951207426X", "92420322YM00000012", "13800138000", "EM0000001", "4203221995120742")
# What somebody types where something else belongs: also numbers, with all that can stand around them.
TEXTS = st.one_of(
    st.sampled_from(
        ["", " ", "\x00", "食品经营许可证", "长期", FOOD, "11420322YM0000002G", "001", "111", "777"]
    ),
    st.sampled_from(NUMBERS),
    st.builds("{}{}{}".format, st.text(max_size=3), st.sampled_from(NUMBERS), st.text(max_size=3)),
    st.text(max_size=20),
    st.sampled_from(["长" * 501, "长" * 20_001]),
)
PERHAPS = st.none() | TEXTS
DAYS = st.none() | st.dates() | st.sampled_from([date(1, 1, 1), date(9999, 12, 31)])
DEEP = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(TEXTS, inside, max_size=3),
    max_leaves=5,
)
HOLDERS = st.builds(Holder, id_type=TEXTS, id_number=TEXTS, name=TEXTS, legal_representative=PERHAPS)
APPROVALS = st.builds(
    Approval,
    holder=HOLDERS,
    representatives=st.lists(
        st.builds(Representative, name=PERHAPS, id_type=PERHAPS, id_number=PERHAPS), max_size=12
    ).map(tuple),
    certificate_type=PERHAPS,
    certificate_name=PERHAPS,
    certificate_number=PERHAPS,
    renews=PERHAPS,
    document_name=TEXTS,
    document_number=TEXTS,
    category=TEXTS,
    content=TEXTS,
    decided_on=DAYS,
    valid_from=DAYS,
    valid_to=DAYS,
    long_term=st.booleans(),
    authority_code=TEXTS,
    authority_name=PERHAPS,
    source_name=PERHAPS,
    source_code=PERHAPS,
    remark=PERHAPS,
    fields=st.dictionaries(TEXTS, DEEP, max_size=5),
    raw=st.dictionaries(TEXTS, TEXTS, max_size=5),
)
GOOD_APPROVAL = msgspec.json.decode(json.dumps(an_approval(a_shop())), type=Approval)
NAMES = list(Approval.__slots__)


@st.composite
def changed(draw: st.DrawFn) -> Approval:
    """A good approval in which some fields are anything at all: most rules are then still reached."""
    other = draw(APPROVALS)
    names = draw(st.sets(st.sampled_from(NAMES), max_size=4))
    return replace(GOOD_APPROVAL, **{name: getattr(other, name) for name in names})


def repeated(refusal: Refusal) -> list[str]:
    told: list[Any] = [refusal.detail, str(refusal), refusal.cause]
    if isinstance(refusal, Faulty):
        told += [text for one in refusal.faults for text in (one.path, one.got, one.needed)]
    return [number for number in NUMBERS if number in " ".join(told)]


class TestApprovals:
    @pytest.mark.parametrize("number", NUMBERS)
    def test_that_are_refused_with_a_number_repeated_are_found_by_these_tests(self, number: str) -> None:
        assert repeated(Refusal(f"got {number}"))
        assert repeated(ApprovalFaulty([Fault("fields.x", f"got {number}", "a text")]))

    @pytest.mark.parametrize("number", NUMBERS)
    async def test_with_a_number_in_the_place_of_a_name_do_not_have_it_repeated(
        self, office: Office, number: str
    ) -> None:
        wrong = replace(GOOD_APPROVAL, fields={number: "x", number.lower(): "x"})
        (outcome,) = await accept_approvals(office.parts.desk, [wrong], sender=BUREAU)
        assert isinstance(outcome, Faulty)
        assert number.lower() not in str(outcome).lower()

    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    @given(batch=st.lists(changed() | APPROVALS, min_size=1, max_size=4))
    async def test_whatever_they_are_have_an_outcome_each_that_repeats_no_number(
        self, office: Office, batch: list[Approval]
    ) -> None:
        outcomes = await accept_approvals(office.parts.desk, [*batch, GOOD_APPROVAL], sender=BUREAU)
        assert len(outcomes) == len(batch) + 1
        for outcome in outcomes[:-1]:
            assert isinstance(outcome, Accepted | Refusal)
            if isinstance(outcome, Refusal):
                assert outcome.code in reasons()
                assert repeated(outcome) == [], (outcome.code, outcome.detail)
        assert isinstance(outcomes[-1], Accepted)
