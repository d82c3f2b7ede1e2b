"""Two deliberate failures, and what each becomes over HTTP."""

import json
from typing import get_args

import pytest

from services.kernel import errors
from services.kernel.errors import Failure, Fault, Refusal, Unavailable, http_status, with_article
from services.kernel.holders import HolderKind
from services.kernel.keys.callers import CallerKind
from services.kernel.web.problems import problem


class Late(errors.Conflict):
    code = "late"


class TestFailure:
    def test_says_its_words_and_keeps_its_code(self) -> None:
        late = Late("it is five to twelve")
        assert (late.code, late.detail, str(late)) == ("late", "it is five to twelve", "it is five to twelve")

    def test_is_final_or_passes_and_never_both(self) -> None:
        for kind in errors.HTTP_STATUS:
            assert issubclass(kind, Failure)
            assert issubclass(kind, Refusal) != issubclass(kind, Unavailable)


class Wrong(errors.Faulty):
    code = "wrong"


class TestFaulty:
    def test_says_each_fault_with_its_place(self) -> None:
        wrong = Wrong([Fault("a.0", "x", "y"), Fault("b", "nothing", "z")])
        assert wrong.detail == "a.0: got x, needed y; b: got nothing, needed z"
        assert http_status(wrong) == 422

    def test_says_of_very_many_how_many_there_are(self) -> None:
        wrong = Wrong([Fault(f"p{place}", "x", "y") for place in range(60)])
        assert wrong.detail.endswith("p49: got x, needed y; and 10 more")
        assert len(wrong.faults) == 60

    def test_is_answered_with_its_faults_as_data(self) -> None:
        class Known(Wrong):
            code = "request_invalid"

        body = json.loads(bytes(problem(Known([Fault("a", "x", "y")])).body))
        assert body["faults"] == [{"path": "a", "got": "x", "needed": "y"}]


class TestHttpStatus:
    def test_is_that_of_the_nearest_class_in_the_table(self) -> None:
        assert http_status(Late("")) == http_status(Late) == 409
        assert http_status(errors.Unexpected("")) == 503

    def test_of_a_refusal_blames_the_caller_and_of_the_rest_us(self) -> None:
        for kind, status in errors.HTTP_STATUS.items():
            assert status // 100 == (4 if issubclass(kind, Refusal) else 5)

    def test_tells_kinds_apart(self) -> None:
        assert len(set(errors.HTTP_STATUS.values())) == len(errors.HTTP_STATUS)

    def test_is_not_given_to_a_failure_outside_the_table(self) -> None:
        with pytest.raises(StopIteration):
            http_status(Failure)


class TestWithArticle:
    def test_reads_well_with_every_kind_there_is(self) -> None:
        assert {with_article(kind) for kind in (*get_args(CallerKind), *get_args(HolderKind))} == {
            "a machine",
            "a resident",
            "an operator",
            "an agent",
            "a person",
            "an organisation",
        }
