"""Sealed content opens for its service and its event, and for nothing else."""

from typing import Any, cast

import pytest
from joserfc.jwk import ECKey

from services.kernel.keys import jws
from services.kernel.keys.sealing import Opener, SealBroken, Sealer

CONTENT = "一张证照".encode()
PLACE: dict[str, Any] = {
    "event_type": "certs.certificate.issued.v1",
    "holder_id": "VQSOIGGBG52LFUIIJUQHXWT35F",
    "version": 1,
}


def key_pair(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "enc", "alg": "ECDH-ES"})


def sealer(*pairs: ECKey) -> Sealer:
    return Sealer({"keys": [dict(pair.as_dict(private=False)) for pair in pairs]})


def opener(*pairs: ECKey) -> Opener:
    return Opener({"keys": [dict(pair.as_dict(private=True)) for pair in pairs]})


SPACE = key_pair("space-1")


class TestSeal:
    def test_opens_for_its_service_and_its_event(self) -> None:
        text = sealer(SPACE).seal("space", CONTENT, **PLACE)
        assert opener(SPACE).open(text, **PLACE) == CONTENT

    def test_has_a_key_pair_of_its_own_for_each_message(self) -> None:
        """RFC 7518, 4.6: one for several would be quicker, and must not be."""
        ours = sealer(SPACE)
        texts = [ours.seal("space", CONTENT, **PLACE) for _ in range(20)]
        headers = [cast("dict[str, Any]", jws.value_of(text.partition(".")[0])) for text in texts]
        assert len({header["epk"]["x"] for header in headers}) == 20

    def test_takes_the_newest_key_and_opens_with_old_ones(self) -> None:
        second, tenth = key_pair("space-2"), key_pair("space-10")
        old = sealer(second).seal("space", CONTENT, **PLACE)
        new = sealer(SPACE, tenth, second).seal("space", CONTENT, **PLACE)
        assert opener(tenth).open(new, **PLACE) == CONTENT
        assert opener(SPACE, second, tenth).open(old, **PLACE) == CONTENT

    def test_does_not_open_for_another_service(self) -> None:
        notify = key_pair("notify-1")
        text = sealer(SPACE, notify).seal("space", CONTENT, **PLACE)
        with pytest.raises(SealBroken):
            opener(notify).open(text, **PLACE)

    @pytest.mark.parametrize(
        "other", [{"event_type": "certs.certificate.renewed.v1"}, {"holder_id": "OTHER"}, {"version": 2}]
    )
    def test_does_not_open_beside_another_event(self, other: dict[str, Any]) -> None:
        text = sealer(SPACE).seal("space", CONTENT, **PLACE)
        with pytest.raises(SealBroken):
            opener(SPACE).open(text, **(PLACE | other))

    def test_does_not_open_with_any_character_changed(self) -> None:
        text = sealer(SPACE).seal("space", CONTENT, **PLACE)
        ours = opener(SPACE)
        for place in range(len(text)):
            changed = text[:place] + ("A" if text[place] != "A" else "Q") + text[place + 1 :]
            try:
                assert ours.open(changed, **PLACE) == CONTENT  # unused low bits of a Base64 end
            except SealBroken:
                continue
            assert text[place + 1 : place + 2] in {"", "."}

    @pytest.mark.parametrize(
        "text", ["", "x", "....", "a.b.c.d.e", "é", "e30.e30.e30.e30.e30", "eyJ" * 400_000]
    )
    def test_refuses_what_is_no_seal(self, text: str) -> None:
        with pytest.raises(SealBroken):
            opener(SPACE).open(text, **PLACE)

    def test_carries_half_a_megabyte(self) -> None:
        text = sealer(SPACE).seal("space", bytes(500_000), **PLACE)
        assert len(opener(SPACE).open(text, **PLACE)) == 500_000
        assert len(text) < 700_000
