"""What a page makes a browser ask for."""

import re

_HOST = re.compile(r"(?<![\w/.])(?:[a-z][a-z0-9+.-]*:)?//([\w.-]*\w(?::\d+)?)", re.IGNORECASE)
_ADDRESS = re.compile(r"""(?:src=|href=|\burl:\s*)["']([^"']+)["']""")


def foreign_hosts_in(text: str) -> list[str]:
    """Every host that is named, in whatever scheme or in none."""
    return _HOST.findall(text)


def addresses_of(page: str) -> list[str]:
    """The files that it is made of, as it names them, and what swagger-ui is told to describe."""
    return _ADDRESS.findall(page)
