"""Columns for further holders: the published table has none, so that these are ours (README.md).

共有人1姓名, 共有人1证件类型, 共有人1证件号码, 共有人2姓名, ...; without a number they are those of the first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.certs.sheets.cells import normalised

Part = Literal["name", "id_type", "id_number"]
_PARTS: dict[str, Part] = {
    "姓名": "name",
    "名称": "name",
    "证件类型": "id_type",
    "证件号码": "id_number",
    "证件号": "id_number",
    "身份证号": "id_number",
    "身份证号码": "id_number",
    "居民身份证号": "id_number",
    "居民身份证号码": "id_number",
}
_HOLDER, _WHICH = r"(?:共有人|共同持证人|共同持有人)", r"\(?(\d{0,2})\)?"
_HEADING = re.compile(f"{_HOLDER}{_WHICH}({'|'.join(_PARTS)}){_WHICH}")
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class JointColumns:
    """Where one further holder stands: the index of each part's column, and how the file calls it."""

    number: int
    columns: dict[Part, int]
    names: dict[Part, str]

    def name(self, part: Part) -> str:
        """The heading, else the one that is missing in our form."""
        ours = {"name": "姓名", "id_type": "证件类型", "id_number": "证件号码"}
        return self.names.get(part) or f"共有人{self.number}{ours[part]}"


def part_of(heading: str) -> tuple[int, Part] | None:
    """Of which further holder it is what; None: of none."""
    found = _HEADING.fullmatch(normalised(heading)) if len(heading) <= _LONGEST else None
    return (int(found[1] or found[3] or 1), _PARTS[found[2]]) if found else None


def joint_columns(names: Sequence[str]) -> tuple[JointColumns, ...]:
    """Those of a file, in the order of their numbers; of two columns of one heading the first counts."""
    found: dict[int, JointColumns] = {}
    for index, name in enumerate(names):
        if part := part_of(name):
            one = found.setdefault(part[0], JointColumns(part[0], {}, {}))
            one.columns.setdefault(part[1], index)
            one.names.setdefault(part[1], name)
    return tuple(found[number] for number in sorted(found))
