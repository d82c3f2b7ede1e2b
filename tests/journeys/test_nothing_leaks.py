"""People go through everything, and none of them is found where they do not belong."""

from tests.world.leaks import Watchman, logged, overheard
from tests.world.lives import a_crowd, live_all
from tests.world.town import Town

PEOPLE = 12


class TestWhatPeopleLeaveBehind:
    async def test_has_no_name_number_or_telephone_of_theirs(self, town: Town) -> None:
        people = a_crowd(PEOPLE)
        watchman = Watchman(people)
        with overheard(town.platform) as heard, logged() as lines:
            await live_all(town, people)
        places = {"addresses and refusals": heard, "logs": [*lines, *await town.log_files()]}
        places["topics"] = await town.records()
        for place, texts in places.items():
            assert texts, place
            assert watchman.found(b"\n".join(texts)) == set(), place
