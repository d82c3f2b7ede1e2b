"""A page of Yima asks no other host for anything: a counter's network reaches none."""

from deploy.local.places import SERVICES
from tests.world.pages import addresses_of, foreign_hosts_in
from tests.world.town import Town


class TestThePagesOfEveryService:
    async def test_come_whole_from_the_service(self, town: Town) -> None:
        for service in SERVICES:
            page = await town.platform.call(service, "GET", "/docs")
            assert page.headers["Content-Type"].startswith("text/html")
            assert foreign_hosts_in(page.text) == [], service
            for address in addresses_of(page.text):
                assert (await town.platform.call(service, "GET", f"/{address}")).is_success, (
                    service,
                    address,
                )
