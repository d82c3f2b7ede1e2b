"""Who calls: an access token of an odd shape is refused, and never a defect."""

from typing import Any

import pytest

from services.kernel.keys.callers import TokenRejected, caller_of

ACTING = {
    "sub": "principal",
    "client_id": "portal",
    "kind": "agent",
    "holder_ids": ["principal", "alias"],
    "act": {"sub": "person"},
    "mandate_id": "m1",
}
ODD: list[Any] = [
    None,
    True,
    7,
    1.5,
    "text",
    "",
    [],
    ["a"],
    [["a"]],
    {},
    {"sub": 7},
    {"sub": None},
    {"x": "y"},
]


class TestCallerOf:
    @pytest.mark.parametrize("kind", ["agent", "resident"])
    def test_says_who_acts_for_whom(self, kind: str) -> None:
        caller = caller_of(ACTING | {"kind": kind})
        assert (caller.subject, caller.actor, caller.mandate_id) == ("principal", "person", "m1")
        assert caller.holder_ids == ("principal", "alias")

    @pytest.mark.parametrize("odd", ODD, ids=repr)
    @pytest.mark.parametrize("name", ["act", "kind"])
    def test_refuses_an_act_or_a_kind_of_another_shape(self, name: str, odd: object) -> None:
        with pytest.raises(TokenRejected):
            caller_of(ACTING | {name: odd})

    @pytest.mark.parametrize("odd", [True, 7, 1.5, {"a": "b"}, [["a"]], [7], [None, 7]], ids=repr)
    @pytest.mark.parametrize(
        "name",
        ["sub", "client_id", "organisation", "counter", "scope", "roles", "mandate_id", "holder_ids"],
    )
    def test_refuses_a_claim_of_another_shape(self, name: str, odd: object) -> None:
        with pytest.raises(TokenRejected):
            caller_of(ACTING | {name: odd})

    @pytest.mark.parametrize("lacking", ["act", "mandate_id", "holder_ids", "sub", "client_id", "kind"])
    def test_refuses_half_a_mandate(self, lacking: str) -> None:
        with pytest.raises(TokenRejected):
            caller_of({name: value for name, value in ACTING.items() if name != lacking})
