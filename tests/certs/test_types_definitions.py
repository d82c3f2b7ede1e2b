"""A type as somebody writes it: what is taken, and that all its faults are told at once."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.certs.domain import TypeUnusable, catalogue_of, read_definition
from services.certs.domain.definition_keys import FIELD, NUMBER_RULE, TYPE
from services.certs.domain.numbering import NumberRule, compiled
from services.certs.store import read_types
from services.certs.store.type_files import CertificateTypeUnreadable
from services.kernel.check_digits import mod_11_10
from tests.certs.types import a_definition, issued_as

PAGE = Path(__file__).parents[2] / "docs" / "add-a-type.md"


def faults(**changes: Any) -> dict[str, str]:
    """What is needed, by path, of a definition with these changes."""
    with pytest.raises(TypeUnusable) as refused:
        read_definition(a_definition(**changes))
    return {fault.path: fault.needed for fault in refused.value.faults}


def line(**changes: Any) -> dict[str, Any]:
    return {"name": "grade", "term": "等级", **changes}


class TestADefinition:
    def test_may_leave_out_what_has_a_default(self) -> None:
        one = read_definition(a_definition())
        assert (one.version, one.face, one.validity.rule) == (0, "certificate", "stated")
        assert (one.number_rule, one.retention_years, one.represents) == (None, None, None)
        assert (one.one_per_holder, one.public, one.formerly) == (False, False, ())

    def test_is_taken_as_it_is_shown(self) -> None:
        for one in read_types().types.values():
            shown = asdict(one)
            del shown["version"]
            for name in ("aliases", "formerly", "holder_kinds"):
                shown[name] = list(shown[name])
            shown["fields"] = [{**field, "choices": list(field["choices"])} for field in shown["fields"]]
            assert read_definition(shown) == one

    def test_tells_all_its_faults_at_once(self) -> None:
        found = faults(
            certificate_type="901",
            name=" ",
            name_en=None,
            holder_kinds=["firm"],
            provisional="no",
            colour="red",
            validity={"rule": "for ever"},
            number_rule={"pattern": "(a+)+", "example": "a", "why": "x"},
            fields=[line(name="Grade", kind="colour"), "content"],
        )
        assert set(found) == {
            *("certificate_type", "name", "name_en", "holder_kinds", "provisional", "colour"),
            *("validity.rule", "number_rule.pattern", "number_rule.why"),
            *("fields.0.name", "fields.0.kind", "fields.1"),
        }
        assert "person" in found["holder_kinds"]

    @pytest.mark.parametrize("said", [None, "a text", 7, [], [{}]])
    def test_is_an_object(self, said: object) -> None:
        with pytest.raises(TypeUnusable):
            read_definition(said)

    @pytest.mark.parametrize("name", list(a_definition()))
    def test_needs_each_key_that_has_no_default(self, name: str) -> None:
        said = a_definition()
        del said[name]
        with pytest.raises(TypeUnusable) as refused:
            read_definition(said)
        assert [(fault.path, fault.got) for fault in refused.value.faults] == [(name, "nothing")]

    @pytest.mark.parametrize("name", list(a_definition()))
    @pytest.mark.parametrize("value", [[], {}, 10**400, "\x00", [[{}]]])
    def test_says_what_each_key_needs_whatever_stands_there(self, name: str, value: object) -> None:
        if (name, value) != ("aliases", []):
            assert any(path.startswith(name) for path in faults(**{name: value}))

    def test_has_the_code_that_it_is_addressed_by(self) -> None:
        said = a_definition()
        assert read_definition(said, code=said["certificate_type"]).name == said["name"]
        with pytest.raises(TypeUnusable, match="as addressed"):
            read_definition(said, code="11100000MB9999900G902")

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"defining_authority": "11420322YM0000002G"}, "certificate_type"),
            ({"formerly": ["11100000MB9999900G990"]}, "formerly"),
            ({"formerly": ["11100000MB9999900G001"] * 2}, "formerly"),
            ({"aliases": ["测试　证"]}, "aliases"),
            ({"holder_kinds": ["person", "person"]}, "holder_kinds"),
            ({"fields": [line(), line(term="别的")]}, "fields"),
            ({"fields": [line(), line(name="other")]}, "fields"),
            ({"fields": [line(name="certificate_number")]}, "fields.0.name"),
            ({"fields": [line(kind="date", choices=["一级"])]}, "fields.0.choices"),
            ({"fields": [line(name="decided_on", kind="text")]}, "fields.0"),
            ({"fields": [line(name="content", choices=["一级"])]}, "fields.0"),
            ({"represents": "legal_representative"}, "represents"),
            ({"represents": "guardian", "holder_kinds": ["organisation"]}, "represents"),
            ({"public": True}, "public"),
            ({"joint": True, "represents": "guardian"}, "joint"),
            ({"joint": "yes"}, "joint"),
            ({"validity": {"rule": "years"}}, "validity.years"),
            ({"validity": {"rule": "stated", "years": 5}}, "validity.years"),
            ({"validity": {"rule": "until_age"}}, "validity.age"),
            (
                {"validity": {"rule": "until_age", "age": 18}, "holder_kinds": ["person", "organisation"]},
                "validity.rule",
            ),
            ({"number_rule": {"pattern": "X[0-9]{3}", "example": "X12"}}, "number_rule.example"),
            ({"face": "poster"}, "face"),
            ({"retention_years": 0}, "retention_years"),
            ({"retention_years": True}, "retention_years"),
        ],
    )
    def test_does_not_contradict_itself(self, changes: dict[str, Any], path: str) -> None:
        assert path in faults(**changes)


class TestAPattern:
    @pytest.mark.parametrize(
        ("pattern", "number", "allowed"),
        [
            ("JY[0-9]{14}", "JY14203220000011", True),
            ("JY[0-9]{14}", "JY1420322000001", False),
            ("JY[0-9]{14}", "JY142032200000111", False),
            ("A|BC[0-9]{1,3}", "BC12", True),
            ("A|BC[0-9]{1,3}", "A", True),
            ("A|BC[0-9]{1,3}", "AC12", False),
            ("鄂([0-9]{4})第[0-9A-F]{2}号", "鄂(2026)第0F号", True),
            ("A.B", "A.B", True),
            ("A.B", "AXB", False),  # a point is a point
        ],
    )
    def test_means_what_it_says(self, pattern: str, number: str, *, allowed: bool) -> None:
        assert NumberRule(pattern=pattern, example="").allows(number) is allowed

    @pytest.mark.parametrize(
        "pattern",
        [
            *("", "A|", "(a+)+", "[0-9]*", "[0-9]+", "A?", "\\d", "[^0-9]", "[9-0]", "A{3,1}", "[0-9", "{3}"),
            *("[A-Z]{1,60}" * 3, "A" * 201, "|".join("ABCDEFGHI")),
        ],
    )
    def test_is_nothing_that_could_stop_the_service(self, pattern: str) -> None:
        assert compiled(pattern) is None

    def test_never_tries_a_number_of_any_length(self) -> None:
        assert not NumberRule(pattern="[0-9]{1,99}[0-9]{1,99}", example="").allows("1" * 65)

    @pytest.mark.parametrize(
        ("check", "good", "bad"),
        [
            ("mod_11_2", "000000190001010017", "000000190001010018"),
            ("mod_11_10", "JY13301080111719", "JY13301080111718"),
            ("mod_31", "11420322YM0000001D", "11420322YM0000001E"),
            ("mod_37_36", "11100000MB03271699022340100000000016001" + "9", "A"),
        ],
    )
    def test_holds_the_check_character_too(self, check: str, good: str, bad: str) -> None:
        rule = NumberRule(pattern="[0-9A-Z]{1,60}", example="", check=check)
        assert rule.allows(good)
        assert not rule.allows(bad)

    def test_knows_the_check_digit_of_food_licences_in_use(self) -> None:
        """Printed in public on the pages of who holds them."""
        for number in ("13301080111719", "13101060025900", "11101172150475"):
            assert mod_11_10(number[:-1]) == number[-1]


class TestAFileOfATypeThatCannotBeRead:
    @pytest.mark.parametrize("text", ["certificate_type: 7", "- a", "{", "", "name: only"])
    def test_is_named_and_says_what_is_wrong(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "broken.yaml").write_text(text)
        with pytest.raises(CertificateTypeUnreadable, match=r"broken\.yaml"):
            read_types(tmp_path)


class TestThePageAboutTypes:
    TEXT = PAGE.read_text(encoding="utf-8")

    def blocks(self, language: str) -> list[str]:
        found = re.findall(r"^```(\w*)\n(.*?)^```$", self.TEXT, re.DOTALL | re.MULTILINE)
        return [text for said, text in found if said == language]

    def test_shows_a_file_that_can_be_taken(self) -> None:
        file, swapped = (yaml.safe_load(block) for block in self.blocks("yaml"))
        one = read_definition(file)
        after = read_definition(file | swapped)
        assert after.formerly == (one.certificate_type,)
        catalogue_of([*read_types().types.values(), one])

    def test_shows_an_approval_whose_fields_fit_that_file(self) -> None:
        one = read_definition(yaml.safe_load(self.blocks("yaml")[0]))
        (said,) = [json.loads(f"{{{block}}}") for block in self.blocks("") if block.startswith('"fields"')]
        assert issued_as(one, **said).valid_to is not None

    def test_shows_a_body_that_can_be_put(self) -> None:
        (body,) = self.blocks("json")
        said = json.loads(body)
        assert said.pop("version") == 0
        assert read_definition(said).validity.age == 60

    def test_explains_every_key(self) -> None:
        for name in {**TYPE, **FIELD, **NUMBER_RULE}:
            assert f"`{name}`" in self.TEXT, name
        for code in ("certificate_type_unusable", "certificate_type_swapped", "version_differs"):
            assert f"`{code}`" in self.TEXT
