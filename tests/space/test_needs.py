"""What an item needs: how it may be written, what a predicate answers, and who is spared a trip."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.space.domain import ItemInvalid, Need, NeedInvalid, Predicate, PredicateInvalid
from services.space.domain.needs import COMMON
from services.space.domain.predicates import Test
from services.space.registry import read_items
from services.space.settings import SpaceSettings
from tests.contracts.classes import SERVICES
from tests.space.test_items import item
from tests.space.world import FOOD, HYGIENE, World

SHIPPED = read_items(SpaceSettings().items_dir)
TYPES = SERVICES / "certs" / "types"
TODAY = date(2026, 3, 9)


def need(name: str = "licence", **said: Any) -> Need:
    return Need(need=name, **({"certificate_type": FOOD} | said))


class TestAPredicate:
    @pytest.mark.parametrize(
        ("test", "value", "said", "answer"),
        [
            ("age_at_least", "65", "1961-03-09", "yes"),  # on the birthday
            ("age_at_least", "65", "1961-03-10", "no"),
            ("age_at_least", "65", "1961", "unknown"),
            ("age_at_least", "65", None, "unknown"),
            ("equals", "男", " 男", "yes"),
            ("equals", "男", "女", "no"),
            ("equals", "男", ["男"], "unknown"),
            ("at_least", "2.5", 3, "yes"),
            ("at_least", "2.5", "2.49", "no"),
            ("at_least", "2.5", "NaN", "unknown"),
            ("at_least", "2.5", True, "unknown"),
            ("before", "2026-01-01", "2025-12-31", "yes"),
            ("before", "2026-01-01", "2026-01-01", "no"),
            ("after", "2026-01-01", "2026-01-02", "yes"),
            ("after", "2026-01-01", "2026-01-01", "no"),
            ("after", "2026-01-01", "soon", "unknown"),
        ],
    )
    def test_answers_yes_no_or_unknown(self, test: Test, value: str, said: object, answer: str) -> None:
        asked = Predicate(field="fields.x", test=test, values=(value,))
        assert asked.answer(said, today=TODAY) == answer

    def test_that_equals_takes_any_of_several(self) -> None:
        asked = Predicate(field="fields.grade", test="equals", values=("一级", "二级"))
        assert [asked.answer(one, today=TODAY) for one in ("二级", "三级")] == ["yes", "no"]

    def test_of_one_born_on_the_29th_of_february_is_a_year_older_on_the_1st_of_march(self) -> None:
        asked = Predicate(field="fields.born_on", test="age_at_least", values=("18",))
        days = [date(2026, 2, 28), date(2026, 3, 1)]
        assert [asked.answer("2008-02-29", today=day) for day in days] == ["no", "yes"]

    @pytest.mark.parametrize(
        ("test", "values"),
        [
            ("older", ("65",)),
            ("age_at_least", ()),
            ("age_at_least", ("65", "70")),
            ("age_at_least", ("old",)),
            ("age_at_least", ("0",)),
            ("at_least", ("much",)),
            ("before", ("2026-02-30",)),
            ("equals", (" ",)),
        ],
    )
    def test_that_cannot_be_answered_is_refused(self, test: Test, values: tuple[str, ...]) -> None:
        with pytest.raises(PredicateInvalid):
            Predicate(field="fields.x", test=test, values=values)


class TestANeed:
    @pytest.mark.parametrize(
        "said",
        [
            {"certificate_type": None},
            {"material": "photograph"},
            {"certificate_type": "许可证"},
            {"fields": ("scope",)},
            {"fields": ("fields.Scope",)},
            {"fields": ("fields.*",)},
            {"fields": ("printed_code",)},
            {"certificate_type": None, "material": "photograph", "fields": ("name",)},
            {
                "fields": ("name",),
                "predicate": Predicate(field="fields.x", test="equals", values=("1",)),
            },
            {"predicate": Predicate(field="x", test="equals", values=("1",))},
            {"name": "n", "need": "A need"},
        ],
    )
    def test_is_refused_when_it_asks_for_nothing_for_two_things_or_for_what_there_is_not(
        self, said: dict[str, Any]
    ) -> None:
        with pytest.raises(NeedInvalid):
            Need(**({"need": "licence", "certificate_type": FOOD} | said))

    @pytest.mark.parametrize(
        "needs",
        [
            (need(), need()),
            (need("a", fields=("name",)), need("b", fields=("number",))),
            (need(), need("other", certificate_type=HYGIENE)),
            (need(any_of="one"),),
            (need("photo", certificate_type=None, material="photograph"),),
        ],
    )
    def test_does_not_stand_beside_one_that_says_otherwise(self, needs: tuple[Need, ...]) -> None:
        with pytest.raises(NeedInvalid):
            item(needs=needs)


class TestTheShippedNeeds:
    def test_name_fields_that_the_shipped_types_have(self) -> None:
        known: dict[str, set[str]] = {}
        for path in TYPES.glob("*.yaml"):
            kind = yaml.safe_load(path.read_text(encoding="utf-8"))
            known[kind["certificate_type"]] = {f"fields.{one['name']}" for one in kind["fields"]} | COMMON
        for one in (need for shipped in SHIPPED for need in shipped.needs if need.certificate_type):
            asked = {*one.fields, *([one.predicate.field] if one.predicate else [])}
            assert one.certificate_type in known, one.need
            assert asked <= known[one.certificate_type], one.need

    def test_stand_in_every_file_with_words_in_both_languages(self) -> None:
        assert all(shipped.needs for shipped in SHIPPED)
        assert all(one.name and one.name_en for shipped in SHIPPED for one in shipped.needs)

    @pytest.mark.parametrize(
        "line",
        ["fields: name", "predicate: {field: name, test: equals}", "wanted: 1", "predicate: {value: 1}"],
    )
    def test_are_refused_by_the_files_name_when_wrong(self, tmp_path: Path, line: str) -> None:
        text = (SpaceSettings().items_dir / "food_inspection.yaml").read_text()
        (tmp_path / "wrong.yaml").write_text(text.replace("    name:", f"    {line}\n    name:", 1))
        with pytest.raises(ItemInvalid, match=r"wrong\.yaml"):
            read_items(tmp_path)

    async def test_are_said_and_kept_as_they_are_written(self, new_world: World) -> None:
        await new_world.publish(SHIPPED)
        assert {one.item for one in await new_world.space.registry.all()} == set(SHIPPED)
        said = {one["item"]: one for one in new_world.said("space.item.published.v1")}
        (card,) = [one for one in SHIPPED if "老年人" in one.name]
        assert said[card.item]["needs"][0] == {
            "need": "age",
            "name": "年满 65 周岁",
            "certificate_type": "11100000000013127D001",
            "material": None,
            "form": "predicate",
            "fields": [],
            "predicate": {"field": "fields.born_on", "test": "age_at_least", "values": ["65"]},
            "any_of": None,
            "shared_by": None,
            "issued_by": None,
        }

    async def test_of_an_item_kept_before_there_were_needs_become_its_next_version(
        self, new_world: World
    ) -> None:
        (old,) = [one for one in SHIPPED if "老年人" in one.name]
        await new_world.find_registered([item(item=old.item, required=old.required)])
        (kept,) = new_world.documents.kept("items")
        del kept["needs"]
        await new_world.publish([old])
        (said,) = new_world.said("space.item.published.v1")
        assert (said["version"], len(said["needs"])) == (2, len(old.needs))
