"""Identifiers, types and entitlements: rules without a world."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.certs.domain import (
    Approval,
    ApprovalKeys,
    Certificate,
    CertificateType,
    Holder,
    IssuerNotEntitled,
    Organisation,
    TypesDefective,
    catalogue_of,
    issue,
)
from services.certs.domain.catalogue import CertificateNameUnknown
from services.certs.domain.identifier import (
    check_character,
    identifier_holds,
    make_identifier,
    make_serial,
)
from services.certs.store import read_types

MARKET = "11420322YM0000002G"
FOOD = "11100000MB9999900G901"
KEYS = ApprovalKeys.derive(bytes(range(32)))
VECTORS = [
    ("11100000000013338W011", "11430000006122244L", "20230000403", "001", "U"),
    ("11100000000013338W009", "11330105002500287C", "2025052201", "002", "0"),
    ("11100000MB03271699022", "340100", "000000016", "001", "9"),
    ("11100000000013338W032", "11220000013544541J", "2430599", "001", "F"),
]
APPROVAL = Approval(
    holder=Holder(id_type="001", id_number="92420322YM00000012", name="郧西县天河口食品商行"),
    certificate_name="食品经营许可证",
    document_name="食品经营许可决定书",
    document_number="西食药许〔2026〕2号",
    category="普通",
    content="预包装食品销售",
    decided_on=date(2026, 3, 5),
    valid_to=date(2031, 3, 4),
    authority_code=MARKET,
)


def issued(approval: Approval = APPROVAL, *, keys: ApprovalKeys = KEYS) -> Certificate:
    return issue(
        approval,
        sender=Organisation(organisation=MARKET, certificate_types=frozenset([FOOD]), source_for={}),
        types=read_types(),
        keys=keys,
        at=datetime(2026, 11, 23, tzinfo=UTC),
        today=date(2026, 11, 23),
    )


class TestIdentifier:
    @pytest.mark.parametrize("vector", VECTORS)
    def test_has_the_check_character_of_certificates_in_use(self, vector: tuple[str, ...]) -> None:
        *parts, check = vector
        assert check_character(*parts) == check
        assert identifier_holds(".".join(("1.2.156.3005.2", *vector)))

    @pytest.mark.parametrize("place", range(15, 67))
    def test_shows_a_changed_character(self, place: int) -> None:
        good = make_identifier("11100000000013338W011", "11430000006122244L", "20230000403", 1)
        changed = "0" if good[place] != "0" else "1"
        assert good[place] == "." or not identifier_holds(good[:place] + changed + good[place + 1 :])

    @pytest.mark.parametrize(
        "parts", [("X", MARKET, "1", 1), (FOOD, "340100", "1", 1), (FOOD, MARKET, "a", 1)]
    )
    def test_is_strict_on_what_we_issue(self, parts: tuple[str, str, str, int]) -> None:
        with pytest.raises(ValueError, match="not the parts"):
            make_identifier(*parts)

    @pytest.mark.parametrize(
        "text", ["", "1.2.156.3005.2", "1.2.156.3005.2.A.B.C.1", "1.2.156.3005.2.a.b.c.1.D"]
    )
    def test_does_not_hold_for_other_texts(self, text: str) -> None:
        assert not identifier_holds(text)

    def test_has_a_serial_of_sixteen_characters_even_of_nothing(self) -> None:
        assert make_serial(bytes(32)) == "0" * 16
        assert len(make_serial(b"\xff" * 32)) == 16


class TestIssue:
    def test_gives_the_same_certificate_for_the_same_approval(self) -> None:
        again = issued(replace(APPROVAL, authority_name="市监局", remark="再报", raw={"备注": "再报"}))
        first = issued()
        assert (again.id, again.digest, again.identifier) == (first.id, first.digest, first.identifier)

    @pytest.mark.parametrize(
        "changes",
        [
            {"document_number": "西食药许〔2026〕3号"},
            {"document_name": "其他决定书"},
            {"content": "散装食品销售"},
            {"decided_on": date(2026, 3, 6)},
            {"decided_on": None},
            {"holder": replace(APPROVAL.holder, name="另一商行")},
            {"holder": replace(APPROVAL.holder, id_number="91420322YM00000028")},
        ],
    )
    def test_tells_approvals_apart_by_each_part_of_their_identity(self, changes: dict[str, object]) -> None:
        other = issued(replace(APPROVAL, **changes))  # type: ignore[arg-type]
        assert other.id != issued().id
        assert other.identifier != issued().identifier

    @pytest.mark.parametrize(
        "changes",
        [
            {"valid_to": None},
            {"valid_from": date(2026, 3, 6)},
            {"category": "特许"},
            {"certificate_number": "JY14203220000021"},
            {"holder": replace(APPROVAL.holder, legal_representative="陈素琴")},
        ],
    )
    def test_sees_other_details_of_the_same_approval(self, changes: dict[str, object]) -> None:
        other = issued(replace(APPROVAL, **changes))  # type: ignore[arg-type]
        assert other.id == issued().id
        assert other.digest != issued().digest

    def test_gives_ids_that_nobody_can_compute_without_the_key(self) -> None:
        other = issued(keys=ApprovalKeys.derive(bytes(32)))
        assert other.id != issued().id
        assert other.digest != issued().digest
        assert other.identifier != issued().identifier

    def test_gives_an_identifier_that_holds_and_an_id_of_32_characters(self) -> None:
        assert identifier_holds(issued().identifier)
        assert len(issued().id) == 32

    def test_begins_with_the_decision_where_no_begin_is_stated(self) -> None:
        assert issued().valid_from == date(2026, 3, 5)

    def test_states_no_begin_where_the_decision_came_after_the_end(self) -> None:
        late = issued(replace(APPROVAL, decided_on=date(2031, 6, 1)))
        assert (late.valid_from, late.valid_to) == (None, date(2031, 3, 4))


class TestOrganisation:
    @pytest.mark.parametrize(
        ("own", "source_for", "entitled"),
        [
            ([FOOD], {}, True),
            ([], {MARKET: [FOOD]}, True),
            ([], {}, False),
            (["11100000MB9999900G902"], {MARKET: ["11100000MB9999900G902"]}, False),
            ([], {"11420322YM0000003K": [FOOD]}, False),
        ],
    )
    def test_is_entitled_as_authority_or_as_source(
        self, own: list[str], source_for: dict[str, list[str]], *, entitled: bool
    ) -> None:
        sources = {authority: frozenset(types) for authority, types in source_for.items()}
        sender = Organisation(organisation=MARKET, certificate_types=frozenset(own), source_for=sources)
        try:
            sender.check_entitled(authority=MARKET, certificate_types=[FOOD])
        except IssuerNotEntitled:
            assert not entitled
        else:
            assert entitled


class TestCatalogue:
    @pytest.mark.parametrize(
        "name", ["食品经营许可证", " 食品 经营许可 证", "食品经营许可证(副本)", "《食品经营许可证》"]
    )
    def test_finds_a_type_as_files_write_its_name(self, name: str) -> None:
        assert read_types().find(None, name).certificate_type == FOOD

    def test_does_not_guess(self) -> None:
        with pytest.raises(CertificateNameUnknown):
            read_types().find(None, "食品")

    @pytest.mark.parametrize(
        "changes",
        [
            {"certificate_type": FOOD},  # the same code
            {"name": "食品经营许可"},  # the alias of another
        ],
    )
    def test_refuses_files_that_contradict_each_other(self, changes: dict[str, object]) -> None:
        types = list(read_types().types.values())
        new: CertificateType = replace(
            types[0], certificate_type="11100000MB9999900G999", name="新证", aliases=(),
            defining_authority="11100000MB9999900G",
        )  # fmt: skip
        catalogue_of([*types, new])
        with pytest.raises(TypesDefective):
            catalogue_of([*types, replace(new, **changes)])  # type: ignore[arg-type]

    def test_holds_the_provisional_types_and_the_known_ones(self) -> None:
        types = read_types().types
        assert sum(one.provisional for one in types.values()) >= 8
        assert {"11100000000013127D001", "111000000000131433001", "11100000MB03271699001"} < set(types)
