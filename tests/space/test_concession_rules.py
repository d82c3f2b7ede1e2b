"""Rules of concessions: what the files say, and that no gap in what is known reads as a yes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.certs.store import read_types
from services.identity.domain.codes import CONCESSIONS
from services.space.domain import (
    Choice,
    Concession,
    ConcessionInvalid,
    Fact,
    Facts,
    Ground,
    Predicate,
    Rule,
)
from services.space.registry import read_concessions
from services.space.settings import SpaceSettings

FOLDER = SpaceSettings().concessions_dir
SHIPPED = list(read_concessions(FOLDER).values())
VECTORS = {f"{one.concession}: {each.says}": (one, each) for one in SHIPPED for each in one.vectors}
TODAY = date(2026, 3, 9)
TYPES = tuple(f"11100000MB9999900G{number}" for number in (914, 916, 918))
BUS = (FOLDER / "bus.yaml").read_text(encoding="utf-8")


def read(folder: Path, text: str) -> Concession:
    (folder / "one.yaml").write_text(text, encoding="utf-8")
    (one,) = read_concessions(folder).values()
    return one


class TestTheFiles:
    def test_are_the_five_that_the_county_begins_with(self) -> None:
        assert [one.concession for one in SHIPPED] == [
            "bus",
            "hospital_registration",
            "legal_aid",
            "library",
            "scenic_spot",
        ]

    @pytest.mark.parametrize(("one", "vector"), VECTORS.values(), ids=VECTORS)
    def test_keep_their_public_test_vectors(self, one: Concession, vector: object) -> None:
        said = next(each for each in one.vectors if each is vector)
        assert one.judge(said.known, today=said.day).answer == said.answer

    def test_read_only_fields_that_their_types_have(self) -> None:
        types = read_types().types
        for ground in (ground for one in SHIPPED for ground in one.rule.grounds):
            names = {f"fields.{field.name}" for field in types[ground.certificate_type].fields}
            assert {test.field for test in ground.tests} <= names | {"identifier"}

    def test_hold_fields_to_values_that_their_types_can_say(self) -> None:
        types = read_types().types
        for ground in (ground for one in SHIPPED for ground in one.rule.grounds):
            choices = {f"fields.{one.name}": one.choices for one in types[ground.certificate_type].fields}
            for test in ground.tests:
                if test.test == "equals" and choices[test.field]:
                    assert set(test.values) <= set(choices[test.field])

    def test_name_classes_that_an_emergency_code_can_say(self) -> None:
        assert {one for each in SHIPPED for one in each.offline} <= set(CONCESSIONS)

    def test_make_items_that_open_answers_and_nothing_else(self) -> None:
        for one in SHIPPED:
            item = one.as_item()
            assert item.answers_only
            assert {need.form for need in item.wanted} == {"predicate"}
            assert set(item.required) == set(one.types)


class TestAFile:
    @pytest.mark.parametrize(
        ("was", "now", "why"),
        [
            ("answer: yes", "answer: no", "the rule answers yes, and not no, to: it is the 65th birthday"),
            ("uses: 12", "uses: 0", "1 to 100 uses"),
            ("per: day", "per: week", "per is one of day, month, year, once"),
            ("any_of:", "one_of:", "one_of"),
            ("ground: veteran", "ground: senior", "senior stands twice"),
            ("test: age_at_least", "test: older_than", "older_than"),
            ("fields.born_on, test", "born_on, test", "no certificate has it"),
            ('"11100000MB9999900G918" # ', '"veterans" # ', "veterans is no certificate type"),
            ("version: 1", "version: one", "version is no int"),
            ("version: 1", "version: 0", "versions begin with 1"),
            ("in_person: true", "in_persons: true", "in_persons"),
        ],
    )
    def test_that_is_wrong_stops_the_start_with_its_name_and_why(
        self, tmp_path: Path, was: str, now: str, why: str
    ) -> None:
        assert was in BUS
        with pytest.raises(ConcessionInvalid) as refused:
            read(tmp_path, BUS.replace(was, now, 1))
        assert refused.value.detail.startswith("one.yaml: ")
        assert why in refused.value.detail

    @pytest.mark.parametrize("answer", ["yes", "no", "ask_human"])
    def test_without_a_test_vector_of_each_answer_is_refused(self, tmp_path: Path, answer: str) -> None:
        said = yaml.safe_load(BUS)
        words = {True: "yes", False: "no"}
        said["vectors"] = [
            one for one in said["vectors"] if words.get(one["answer"], one["answer"]) != answer
        ]
        with pytest.raises(ConcessionInvalid, match=f"no test vector answers {answer}"):
            read(tmp_path, yaml.safe_dump(said, allow_unicode=True))

    def test_whose_code_stands_in_another_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "two.yaml").write_text(BUS, encoding="utf-8")
        with pytest.raises(ConcessionInvalid, match="bus stands in two files"):
            read(tmp_path, BUS)


class TestAGround:
    def test_is_one_certificate_and_no_two_halves(self) -> None:
        """Blind by one certificate and of the first grade by another is neither."""
        tests = tuple(
            Predicate(field=f"fields.{name}", test="equals", values=(value,))
            for name, value in (("disability_kind", "视力残疾"), ("disability_grade", "一级"))
        )
        both = Ground(ground="blind", certificate_type=TYPES[0], tests=tests)
        halves = [
            {"fields.disability_kind": "视力残疾", "fields.disability_grade": "四级"},
            {"fields.disability_kind": "听力残疾", "fields.disability_grade": "一级"},
        ]
        facts = Facts(facts=[Fact(certificate_type=TYPES[0], values=one) for one in halves])
        assert both.answer(facts, today=TODAY) == "no"
        whole = Fact(certificate_type=TYPES[0], values={**halves[0], "fields.disability_grade": "一级"})
        assert both.answer(replace(facts, facts=[*facts.facts, whole]), today=TODAY) == "yes"

    def test_without_tests_is_that_a_valid_one_is_there(self) -> None:
        card = Ground(ground="card", certificate_type=TYPES[2])
        one = Fact(certificate_type=TYPES[2], values={"identifier": "1.2.156"})
        assert card.answer(Facts(facts=[one]), today=TODAY) == "yes"
        assert card.answer(Facts(facts=[replace(one, state="suspended")]), today=TODAY) == "no"
        assert card.answer(Facts(), today=TODAY) == "no"

    @pytest.mark.parametrize(
        ("said", "answer"),
        [
            ("湖北省十堰市郧西县城关镇", "yes"),
            (" 郧西县上津镇", "yes"),
            ("湖北省武汉市", "no"),
            ("", "unknown"),
            (None, "unknown"),
            (["郧西县"], "unknown"),
        ],
    )
    def test_of_residence_goes_by_how_the_address_begins(self, said: object, answer: str) -> None:
        test = Predicate(field="fields.address", test="starts_with", values=("湖北省十堰市郧西县", "郧西县"))
        assert test.answer(said, today=TODAY) == answer


GRADES = ("一级", "二级", "三级")
FIELDS = ("fields.a", "fields.b")
SAID = st.sampled_from([*GRADES, None])


def grounds() -> st.SearchStrategy[Rule]:
    test = st.builds(
        Predicate,
        field=st.sampled_from(FIELDS),
        test=st.just("equals"),
        values=st.lists(st.sampled_from(GRADES), min_size=1, max_size=2).map(tuple),
    )
    return st.builds(
        Ground,
        ground=st.just("g"),
        certificate_type=st.sampled_from(TYPES),
        tests=st.lists(test, min_size=1, max_size=2).map(tuple),
    )


def choices(of: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    several = st.lists(of, min_size=1, max_size=3).map(tuple)
    return st.builds(Choice, kind=st.sampled_from(["any_of", "all_of"]), of=several)


RULES = st.recursive(grounds(), choices, max_leaves=6)
FACTS = st.lists(
    st.builds(
        Fact,
        certificate_type=st.sampled_from(TYPES),
        state=st.sampled_from(["valid", "valid", "expired"]),
        values=st.fixed_dictionaries(dict.fromkeys(FIELDS, SAID)),
    ),
    max_size=3,
)


def filled(facts: list[Fact]) -> Iterator[list[Fact]]:
    """Each way in which the gaps may turn out."""
    gaps = [(place, name) for place, one in enumerate(facts) for name in FIELDS if one.values[name] is None]
    for said in product(GRADES, repeat=len(gaps)):
        values = [dict(one.values) for one in facts]
        for (place, name), value in zip(gaps, said, strict=True):
            values[place][name] = value
        yield [replace(one, values=own) for one, own in zip(facts, values, strict=True)]


class TestAnyRule:
    @given(rule=RULES, facts=FACTS)
    def test_says_yes_or_no_only_where_every_way_the_gaps_turn_out_says_so(
        self, rule: Rule, facts: list[Fact]
    ) -> None:
        answer = rule.answer(Facts(facts=facts), today=TODAY)
        if answer != "unknown":
            ends = {rule.answer(Facts(facts=one), today=TODAY) for one in filled(facts)}
            assert ends == {answer}

    @given(rule=RULES, facts=FACTS, withheld=st.sampled_from(TYPES), more=FACTS)
    def test_is_no_surer_of_a_type_that_is_withheld_than_of_what_it_may_hold(
        self, rule: Rule, facts: list[Fact], withheld: str, more: list[Fact]
    ) -> None:
        seen = [one for one in facts if one.certificate_type != withheld]
        answer = rule.answer(Facts(facts=seen, withheld=frozenset({withheld})), today=TODAY)
        hidden = [replace(one, certificate_type=withheld) for one in next(filled(more))]
        if answer != "unknown":
            assert rule.answer(Facts(facts=[*seen, *hidden]), today=TODAY) in {answer, "unknown"}
