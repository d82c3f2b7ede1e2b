"""Made-up holders and approvals; every number has a valid check digit and no two are alike."""

import itertools
from datetime import date
from typing import Any

from deploy.local.sample.authorities import MARKET_REGULATION
from services.kernel.check_digits import mod_11_2, mod_31

FOOD = "食品经营许可证"
_serial = itertools.count(1)


def citizen_number(serial: int) -> str:
    """Born on 1980-02-29 .. in 郧西; three digits of sequence and as many birth years as it takes."""
    birth = date(1950 + serial // 900 % 60, serial // 54_000 % 12 + 1, 15)
    first = f"420322{birth:%Y%m%d}{serial % 900 + 100}"
    return first + mod_11_2(first)


def credit_code(serial: int) -> str:
    """A sole trader of 郧西."""
    first = f"92420322MJ{serial:07d}"
    return first + mod_31(first)


def a_person(name: str = "张晓禾") -> dict[str, str]:
    return {"id_type": "111", "id_number": citizen_number(next(_serial)), "name": name}


def a_shop(name: str = "郧西县城关镇七夕食品商行") -> dict[str, str]:
    return {"id_type": "001", "id_number": credit_code(next(_serial)), "name": name}


def an_approval(holder: dict[str, str], **changes: Any) -> dict[str, Any]:
    """Of a food licence, by the county's market regulation bureau."""
    number = next(_serial)
    return {
        "holder": holder,
        "certificate_name": FOOD,
        "document_name": "食品经营许可决定书",
        "document_number": f"西食许〔2026〕{number}号",
        "category": "普通",
        "content": "食品销售",
        "certificate_number": f"JY1420322{number:07d}",
        "decided_on": "2026-03-05",
        "valid_from": "2026-03-05",
        "valid_to": "2031-03-04",
        "authority_name": MARKET_REGULATION.name,
        "authority_code": MARKET_REGULATION.code,
        **changes,
    }
