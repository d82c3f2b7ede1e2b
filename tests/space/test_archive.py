"""A holder's archive: cards, what is looked for, and what has become of each entry."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local.places import ROOT
from services.kernel.event import Record, entry, record
from services.space.domain import CardInvalid, Families, Item, count_cards
from services.space.events import TypePublished
from services.space.registry import read_cards
from services.space.settings import SpaceSettings
from tests.space.uploads import brought
from tests.space.world import FOOD, HOLDER, MANDATE, NOW, OTHER_HOLDER, ROAD, World

IDENTITY_CARD, HOUSEHOLD = "11100000000013127D001", "11100000MB9999900G911"
SHIPPED = SpaceSettings().cards_dir
TYPES = ROOT / "services" / "certs" / "types"


def numbers(page: dict[str, Any]) -> list[int]:
    return [int(one["entry_id"], 16) for one in page["entries"]]


def of_type(code: str, *, formerly: tuple[str, ...] = ()) -> Record:
    said = TypePublished(certificate_type=code, version=1, formerly=formerly)
    return record(entry(said, version=1, at=NOW))


class TestTheShippedCards:
    def test_have_a_place_for_every_shipped_type(self) -> None:
        places = read_cards(SHIPPED).places(Families())
        codes = [
            yaml.safe_load(path.read_text(encoding="utf-8"))["certificate_type"]
            for path in TYPES.glob("*.yaml")
        ]
        assert codes
        assert [one for one in codes if places.of(one) == "other"] == []

    def test_know_every_material_that_an_item_needs(self, shipped: Sequence[Item]) -> None:
        needed = {need.material for item in shipped for need in item.wanted if need.material}
        assert needed <= read_cards(SHIPPED).materials.keys()

    def test_stand_in_their_order_with_the_rest_last(self) -> None:
        names = [one.name for one in read_cards(SHIPPED).groups]
        assert names == [
            "证照", "户籍婚姻", "社保医保", "教育", "不动产", "车辆",
            "登记", "许可", "资质", "参保", "信用", "处罚", "其他",
        ]  # fmt: skip

    def test_are_shown_empty_to_their_kind_of_holder_alone(self) -> None:
        cards = read_cards(SHIPPED)
        for kind, names in (("person", {"证照", "教育"}), ("organisation", {"登记", "处罚"})):
            shown = {one.card.name for one in count_cards(cards, [], families=Families(), kinds=[kind])}
            assert names <= shown
            assert not shown & ({"证照", "教育", "登记", "处罚"} - names)


class TestACardFile:
    CARD = "card: pets\nname: 宠物\nname_en: Pets\norder: 5\nholders: [person]\n"

    def test_is_all_it_takes(self, tmp_path: Path) -> None:
        (tmp_path / "pets.yaml").write_text(self.CARD + f'certificate_types: ["{FOOD}"]\n', encoding="utf-8")
        cards = read_cards(tmp_path)
        assert [one.card for one in cards.groups] == ["pets", "other"]
        assert cards.places(Families()).of(FOOD) == "pets"

    @pytest.mark.parametrize(
        "wrong",
        [
            "certificate_types: [no-type]",
            "materials: [{material: photo, name: 一, name_en: a}, {material: photo, name: 二, name_en: b}]",
            "materials: [{material: Photo, name: 一, name_en: a}]",
            "materials: [{material: photo}]",
            "order: first",
            "holders: [dog]",
            "colour: red",
            "card: Pets",
            "]",
        ],
    )
    def test_that_is_wrong_is_refused_by_name(self, tmp_path: Path, wrong: str) -> None:
        (tmp_path / "pets.yaml").write_text(f"{self.CARD}{wrong}\n", encoding="utf-8")
        with pytest.raises(CardInvalid):
            read_cards(tmp_path)

    def test_that_names_what_another_has_is_refused(self, tmp_path: Path) -> None:
        types = f'certificate_types: ["{FOOD}"]\n'
        for name in ("pets", "farm"):
            text = self.CARD.replace("pets", name) + types
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(CardInvalid, match=FOOD):
            read_cards(tmp_path)


class TestCards:
    async def test_count_what_is_there_and_not_what_is_hidden_or_gone(self, world: World) -> None:
        await world.hear(
            world.certificate(1),
            world.certificate(2),
            world.certificate(3, certificate_type=IDENTITY_CARD),
            world.certificate(4, content={"holder_name": "别人"}),
            world.certificate(5, certificate_type="11100000MB9999900G999"),
        )
        await world.hear(world.status(2, change="correct", state="removed"))
        await brought(world)
        cards = await world.see("cards")
        counts = {one["card"]: one["count"] for one in cards["cards"] if one["count"]}
        assert (counts, cards["complete"]) == (
            {"identity": 1, "household": 1, "licences": 1, "other": 1},
            True,
        )
        empty = {one["card"] for one in cards["cards"]} - counts.keys()
        assert empty == {"insurance", "education", "real_estate", "vehicles"}

    async def test_go_by_every_code_of_a_type(self, world: World) -> None:
        new = "11100000000013145D001"
        await world.hear(world.certificate(1, certificate_type=new))
        assert numbers(await world.see("entries", card="other")) == [1]
        await world.hear(of_type(new, formerly=(HOUSEHOLD,)))
        assert numbers(await world.see("entries", card="household")) == [1]
        assert numbers(await world.see("entries", card="other")) == []

    async def test_of_an_enterprise_are_seen_by_who_acts_for_it(self, world: World) -> None:
        await world.hear(
            world.mandate(), world.registered(OTHER_HOLDER, version=2, kind="organisation"),
            world.certificate(1, holder=OTHER_HOLDER),
        )  # fmt: skip
        acting = world.resident(OTHER_HOLDER, act={"sub": HOLDER}, mandate_id=MANDATE)
        for path in ("cards", "entries", f"entries/{1:032x}", f"entries/{1:032x}/history"):
            assert (await world.http.get(f"/v1/{path}", headers=acting)).status_code == 200
        cards = (await world.http.get("/v1/cards", headers=acting)).json()["cards"]
        assert {"registration", "penalties"} <= {one["card"] for one in cards}
        await world.hear(world.mandate(version=2, state="ended"))
        for path in ("cards", "entries", f"entries/{1:032x}", f"entries/{1:032x}/history"):
            answer = await world.http.get(f"/v1/{path}", headers=acting)
            assert answer.json()["code"] == "mandate_ended"


class TestLooking:
    async def test_finds_by_card_state_origin_words_and_end(self, world: World) -> None:
        await world.hear(
            world.certificate(1, valid_to=date(2026, 3, 9)),
            world.certificate(2, valid_to=date(2026, 4, 8)),
            world.certificate(3, valid_to=date(2026, 3, 8)),
            world.certificate(4, valid_to=None, certificate_type=ROAD, content={"name": "Road permit"}),
            world.certificate(5, certificate_type=IDENTITY_CARD, content={"authority_name": "郧西县公安局"}),
            world.certificate(6),
        )
        await world.hear(world.status(6))
        own = await brought(world)
        looks: list[tuple[dict[str, Any], list[int]]] = [
            ({"card": "licences"}, [6, 4, 3, 2, 1]),
            ({"card": "identity"}, [5]),
            ({"state": "expired"}, [3]),
            ({"state": "revoked"}, [6]),
            ({"expires_within": 0}, [1]),
            ({"expires_within": 30}, [2, 1]),
            ({"origin": "upload"}, [int(own, 16)]),
            ({"origin": "upload", "card": "licences"}, []),
            ({"origin": "certificate", "card": "household"}, []),
            ({"q": "road PERMIT"}, [4]),
            ({"q": "公安"}, [5]),
            ({"q": "居住"}, [int(own, 16)]),
            ({"q": "JY1420322"}, []),
            ({"card": "licences", "state": "valid", "expires_within": 29}, [1]),
        ]
        for query, expected in looks:
            assert numbers(await world.see("entries", **query)) == expected, query

    async def test_tells_how_many_days_are_left(self, world: World) -> None:
        days = [None, date(2026, 3, 9), date(2026, 3, 10), date(2026, 3, 8)]
        await world.hear(*(world.certificate(number, valid_to=day) for number, day in enumerate(days)))
        left = {
            int(one["entry_id"], 16): one["expires_in_days"]
            for one in (await world.see("entries"))["entries"]
        }
        assert left == {0: None, 1: 0, 2: 1, 3: -1}
        world.clock.at += timedelta(hours=13, minutes=30)  # midnight in Shanghai
        assert (await world.see(f"entries/{2:032x}"))["expires_in_days"] == 0

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ({"card": "grimoires"}, "card_unknown"),
            ({"expires_within": -1}, "request_invalid"),
            ({"origin": "heaven"}, "request_invalid"),
            ({"q": ""}, "request_invalid"),
        ],
    )
    async def test_for_what_cannot_be_is_refused(
        self, world: World, query: dict[str, Any], code: str
    ) -> None:
        answer = await world.http.get("/v1/entries", headers=world.resident(), params=query)
        assert answer.json()["code"] == code


class TestASpaceOfThousands:
    async def test_pages_to_the_end_skipping_and_repeating_nothing(self, world: World) -> None:
        await world.hear(*(world.certificate(number) for number in range(1_500)))
        await world.hear(*(world.certificate(number, version=2) for number in range(0, 1_500, 3)))
        for query in ({}, {"card": "licences"}):
            found, before, looked = list[int](), None, 0
            while True:
                page = await world.see(
                    "entries", limit=100, **query, **({"before": before} if before else {})
                )
                found, before, looked = found + numbers(page), page["next"], looked + 1
                if before is None:
                    break
            assert len(found) == len(set(found)) == 1_500
            assert looked == 15

    async def test_ends_a_look_that_finds_little_and_goes_on_with_the_next(self, world: World) -> None:
        rare = world.certificate(9_999, content={"name": "稀有证"})
        await world.hear(rare, *(world.certificate(number) for number in range(2_500)))
        first = await world.see("entries", q="稀有")
        assert first["entries"] == []
        assert numbers(await world.see("entries", q="稀有", before=first["next"])) == [9_999]
        assert (await world.see("cards"))["complete"] is False


class TestHistory:
    async def test_has_a_line_for_each_version_newest_first_however_they_come(self, world: World) -> None:
        await world.hear(world.status(version=3, change="resume", state="valid"))
        await world.hear(world.certificate(1))
        for _ in range(2):
            await world.hear(world.status(version=2, change="suspend", state="suspended"))
        versions = (await world.see(f"entries/{1:032x}/history"))["versions"]
        assert [(one["version"], one["state"], one["change"]) for one in versions] == [
            (3, "valid", "resume"),
            (2, "suspended", "suspend"),
            (1, "valid", None),
        ]
        assert versions[1]["order"]["reason"] == "检查"
        assert versions[2]["order"] is None

    async def test_keeps_what_was_decided_encrypted(self, world: World) -> None:
        await world.hear(world.certificate(1), world.status(version=2))
        assert "检查" not in repr(world.documents.kept("entry_versions"))

    async def test_is_its_holders_alone(self, world: World) -> None:
        await world.hear(world.certificate(1), world.certificate(2, content={"holder_name": "别人"}))
        for number, holder in ((1, OTHER_HOLDER), (2, HOLDER), (3, HOLDER)):
            path = f"/v1/entries/{number:032x}/history"
            answer = await world.http.get(path, headers=world.resident(holder))
            assert answer.json()["code"] == "entry_unknown"
