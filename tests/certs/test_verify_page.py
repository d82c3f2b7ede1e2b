"""The page on which anybody verifies a certificate."""

import re
from html.parser import HTMLParser

import pytest

from tests.certs.office import Office
from tests.certs.papers import a_paper
from tests.world.pages import addresses_of, foreign_hosts_in

FILES = ("/verify", "/verify/page.css", "/verify/page.js")


class Elements(HTMLParser):
    """Every element with its attributes, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


async def page(office: Office) -> str:
    return (await office.client.get("/verify")).text


class TestThePage:
    @pytest.mark.parametrize("path", FILES)
    async def test_lets_the_browser_load_nothing_that_is_not_from_here(
        self, office: Office, path: str
    ) -> None:
        answer = await office.client.get(path)
        assert answer.status_code == 200
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert foreign_hosts_in(answer.text) == []

    async def test_is_made_of_files_that_are_there(self, office: Office) -> None:
        for address in addresses_of(await page(office)):
            if not address.startswith("data:"):
                assert (await office.client.get(f"/{address}")).status_code == 200

    async def test_has_no_code_and_no_style_in_line_which_the_policy_would_stop(self, office: Office) -> None:
        text = await page(office)
        elements = Elements(text)
        assert all(attributes.get("src") for attributes in elements.of("script"))
        assert elements.of("style") == []
        names = {name for _, attributes in elements.found for name in attributes}
        assert not [name for name in names if name.startswith("on") or name == "style"]

    async def test_makes_no_markup_of_what_a_certificate_says(self, office: Office) -> None:
        script = (await office.client.get("/verify/page.js")).text
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", script)

    async def test_names_every_field_for_a_screen_reader_and_tells_what_it_is_doing(
        self, office: Office
    ) -> None:
        elements = Elements(await page(office))
        labelled = {one["for"] for one in elements.of("label")}
        assert {one["id"] for one in (*elements.of("textarea"), *elements.of("input"))} <= labelled
        assert [one for _, one in elements.found if one.get("role") == "status"]
        ids = {one.get("id") for _, one in elements.found}
        assert {one["aria-describedby"] for _, one in elements.found if "aria-describedby" in one} <= ids
        assert not [one for _, one in elements.found if int(one.get("tabindex") or 0) > 0]

    async def test_is_in_chinese_and_says_where_it_is_not(self, office: Office) -> None:
        elements = Elements(await page(office))
        assert elements.of("html") == [{"lang": "zh-CN"}]
        assert [one for one in elements.of("span") if one.get("lang") == "en"]
        assert [one for one in elements.of("meta") if one.get("name") == "viewport"]

    async def test_is_where_the_code_on_a_face_leads(self, office: Office) -> None:
        face = await (await a_paper(office)).face()
        path = face.code.removeprefix("https://yima.example")
        assert path.startswith("/verify?code=")
        assert (await office.client.get(path)).status_code == 200
