"""Made-up holders and their approvals; the authority's check digits are valid, nobody is real."""

import csv
import io
from typing import Any

from deploy.local.sample.authorities import DATA_BUREAU, MARKET_REGULATION
from deploy.local.sample.holders import uscc

CERTIFICATE = "食品经营许可证"
# Rows of the file begin here, so that their holders are others than those of single approvals.
FILE_SERIAL = 1_000_000
_HEADINGS = (
    "行政相对人名称",
    "行政相对人类别",
    "行政相对人代码_1(统一社会信用代码)",
    "法定代表人",
    "行政许可决定文书名称",
    "行政许可决定书文号",
    "许可类别",
    "许可证书名称",
    "许可编号",
    "许可内容",
    "许可决定日期",
    "有效期自",
    "有效期至",
    "许可机关",
    "许可机关统一社会信用代码",
    "当前状态",
    "数据来源单位",
    "数据来源单位统一社会信用代码",
)


def holder(serial: int) -> dict[str, str]:
    """A sole trader."""
    return {"id_type": "001", "id_number": uscc("92", serial), "name": f"郧西县城关镇第{serial}食品商行"}


def approval(serial: int, of: dict[str, str]) -> dict[str, Any]:
    """A food licence, as POST /v1/approvals takes it."""
    return {
        "holder": of,
        "certificate_name": CERTIFICATE,
        "document_name": "食品经营许可决定书",
        "document_number": f"西食许〔2026〕{serial}号",
        "category": "普通",
        "content": "预包装食品销售；散装食品销售，热食类食品制售",
        "certificate_number": f"JY1420322{serial:07d}",
        "decided_on": "2026-03-05",
        "valid_from": "2026-03-05",
        "valid_to": "2031-03-04",
        "authority_name": MARKET_REGULATION.name,
        "authority_code": MARKET_REGULATION.code,
    }


def sheet(rows: int, *, holders: int) -> bytes:
    """A CSV file in the form of 2018: the first rows of all holders, then their second ones, and so on."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEADINGS)
    writer.writerows(_row(serial, holder(FILE_SERIAL + serial % holders)) for serial in range(rows))
    return out.getvalue().encode()


def _row(serial: int, of: dict[str, str]) -> list[str]:
    said = approval(FILE_SERIAL + serial, of)
    return [
        of["name"],
        "个体工商户",
        of["id_number"],
        "陈素琴",
        *(said[name] for name in ("document_name", "document_number", "category", "certificate_name")),
        *(said[name] for name in ("certificate_number", "content", "decided_on", "valid_from", "valid_to")),
        *(MARKET_REGULATION.name, MARKET_REGULATION.code, "1", DATA_BUREAU.name, DATA_BUREAU.code),
    ]
