"""The registry of items: what it takes, what it says, and how it grows."""

from pathlib import Path

import pytest

from services.space.domain import Item, ItemInvalid
from services.space.registry import read_items
from services.space.settings import SpaceSettings
from tests.space.world import FOOD, HYGIENE, ITEM, World

SHIPPED = read_items(SpaceSettings().items_dir)


def item(**changes: object) -> Item:
    facts = {"name": "延续", "name_en": "Renewal", "required": (FOOD,), "statutory": False, "basis": "b"}
    return Item(**{"item": ITEM, **facts, **changes})  # type: ignore[arg-type]


class TestAnItem:
    @pytest.mark.parametrize(
        "code",
        [
            ITEM[:-1],
            ITEM + "1",
            ITEM.replace("G4", "H4"),
            ITEM.replace("G4", "G7"),
            ITEM.replace("G4", "G0"),
            ITEM.replace("YM", "IM"),
            ITEM[:-1] + "X",
        ],
    )
    def test_is_refused_with_a_code_that_cannot_be_one(self, code: str) -> None:
        with pytest.raises(ItemInvalid):
            item(item=code)

    @pytest.mark.parametrize(
        "code",
        [
            "11370800MB285591843370117002011",
            "11100000MB032716991000115035000",
            "11100000MB0341032Y1000172143001",
        ],
    )
    def test_may_have_a_real_code(self, code: str) -> None:
        assert item(item=code).item == code

    def test_requires_only_what_can_be_a_certificate_type(self) -> None:
        with pytest.raises(ItemInvalid):
            item(required=("食品经营许可证",))


class TestTheFiles:
    def test_hold_the_items_and_say_that_their_codes_are_provisional(self) -> None:
        assert {one.name: len(one.required) for one in SHIPPED} == {
            "食品经营许可证延续": 2,
            "道路运输经营许可证换发（个人）": 1,
            "惠企政策申报": 1,
            "企业登记信息查询": 1,
            "食品经营监督检查": 1,
            "老年人优待证申领": 1,
            "义务教育阶段学生入学": 2,
        }
        assert [one.name for one in SHIPPED if one.statutory] == ["食品经营监督检查"]
        assert all(one.provisional for one in SHIPPED)

    @pytest.mark.parametrize("text", ["item: x", "- a", "", "{", "item: 1\nrequired: [1]\nbasis: b"])
    def test_are_refused_by_name_when_wrong(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "wrong.yaml").write_text(text)
        with pytest.raises(ItemInvalid, match=r"wrong\.yaml"):
            read_items(tmp_path)

    @pytest.mark.parametrize("line", ["name: 2026", 'statutory: "yes"', "name_en: ", "provisional: 1"])
    def test_are_refused_with_a_value_of_another_kind(self, tmp_path: Path, line: str) -> None:
        text = (SpaceSettings().items_dir / "food_business_renewal.yaml").read_text()
        (tmp_path / "wrong.yaml").write_text(f"{text}\n{line}\n")
        with pytest.raises(ItemInvalid, match=line.partition(":")[0]):
            read_items(tmp_path)

    def test_are_refused_when_they_are_no_text(self, tmp_path: Path) -> None:
        (tmp_path / "wrong.yaml").write_bytes("name: 许可".encode("gb18030"))
        with pytest.raises(ItemInvalid, match=r"wrong\.yaml"):
            read_items(tmp_path)

    def test_are_missed_when_there_are_none(self, tmp_path: Path) -> None:
        with pytest.raises(ItemInvalid, match="no file"):
            read_items(tmp_path / "misspelt")

    def test_hold_each_item_once(self, tmp_path: Path) -> None:
        text = (SpaceSettings().items_dir / "food_business_renewal.yaml").read_text()
        for name in ("one.yaml", "two.yaml"):
            (tmp_path / name).write_text(text)
        with pytest.raises(ItemInvalid, match=ITEM):
            read_items(tmp_path)


class TestPublishing:
    async def test_says_each_item_once_however_often_it_is_done(self, new_world: World) -> None:
        await new_world.publish(SHIPPED)
        await new_world.publish(SHIPPED)
        said = new_world.said("space.item.published.v1")
        assert sorted(one["item"] for one in said) == sorted(one.item for one in SHIPPED)
        assert {one["version"] for one in said} == {1}

    async def test_grows_the_version_of_an_item_that_changed(self, new_world: World) -> None:
        await new_world.publish([item()])
        await new_world.publish([item(required=(FOOD, HYGIENE))])
        assert [(one["version"], one["required"]) for one in new_world.said("space.item.published.v1")] == [
            (1, [FOOD]),
            (2, [FOOD, HYGIENE]),
        ]

    async def test_lists_them_for_everybody(self, new_world: World) -> None:
        await new_world.publish([item()])
        assert (await new_world.http.get("/v1/items")).json() == {
            "items": [
                {
                    "item": ITEM,
                    "version": 1,
                    "name": "延续",
                    "name_en": "Renewal",
                    "required": [FOOD],
                    "statutory": False,
                    "basis": "b",
                    "provisional": False,
                    "answers_only": False,
                    "needs": [
                        {
                            "need": FOOD,
                            "name": "",
                            "name_en": "",
                            "certificate_type": FOOD,
                            "material": None,
                            "form": "whole",
                            "fields": [],
                            "predicate": None,
                            "any_of": None,
                            "shared_by": None,
                            "issued_by": None,
                        }
                    ],
                }
            ]
        }
