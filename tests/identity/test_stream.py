"""What identity makes of the items that space publishes."""

from services.identity.store import ITEMS
from tests.identity.office import FOOD, HEALTH, ITEM, OTHER_ITEM, Office


class TestItems:
    async def test_are_mirrored_and_the_newest_version_stands(self, bare: Office) -> None:
        for version, required in ((2, (FOOD, HEALTH)), (3, (HEALTH,)), (1, (FOOD,)), (3, (HEALTH,))):
            await bare.publish_item(version=version, required=required)
        await bare.publish_item(OTHER_ITEM)
        await bare.until(lambda: bare.kept(ITEMS, OTHER_ITEM) is not None)
        mirrored = bare.kept(ITEMS, ITEM)
        assert mirrored is not None
        assert (mirrored["heard_version"], mirrored["required"]) == (3, [HEALTH])

    async def test_that_arrive_late_change_nothing(self, office: Office) -> None:
        await office.publish_item(version=5, required=(HEALTH,))
        await office.publish_item(version=4, required=(FOOD,))
        await office.publish_item(OTHER_ITEM)
        await office.until(lambda: office.kept(ITEMS, OTHER_ITEM) is not None)
        assert (await office.scan(await office.code())).json()["certificate_types"] == [HEALTH]
