"""The concession files: `rule`, `quota` and the public test vectors, which the rule has to keep."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from services.kernel.errors import Invalid
from services.space.domain import (
    Choice,
    Concession,
    ConcessionInvalid,
    Fact,
    Facts,
    Ground,
    Quota,
    Rule,
    Vector,
)
from services.space.registry.reading import check_kinds, predicate

_KINDS = {
    "version": int,
    "provisional": bool,
    "in_person": bool,
    "offline": list,
    "quota": dict,
    "rule": dict,
    "vectors": list,
}
_KINDS_OF_VECTOR = {"day": date, "certificates": list, "withheld": list}
# YAML takes the plain words for true and false.
_ANSWERS: Mapping[object, str] = {True: "yes", False: "no"}


def read_concessions(folder: Path) -> Mapping[str, Concession]:
    """Give every concession by its code, or raise `ConcessionInvalid` naming the file."""
    read = [_read(path) for path in sorted(folder.glob("*.yaml"))]
    for name in ("concession", "item"):
        codes = [getattr(one, name) for one in read]
        if twice := {code for code in codes if codes.count(code) > 1}:
            raise ConcessionInvalid(f"{folder}: {', '.join(sorted(twice))} stands in two files")
    return {one.concession: one for one in read}


def _read(path: Path) -> Concession:
    try:
        said: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        check_kinds(said, _KINDS)
        own = {
            "basis": said["basis"].strip(),
            "rule": _rule(said["rule"]),
            "quota": Quota(**said["quota"]) if "quota" in said else None,
            "offline": tuple(said.get("offline", ())),
            "vectors": tuple(_vector(one) for one in said["vectors"]),
        }
        return Concession(**{**said, **own})
    except (yaml.YAMLError, OSError, ValueError, KeyError, TypeError, AttributeError, Invalid) as error:
        raise ConcessionInvalid(f"{path.name}: {error}") from error


def _rule(said: dict[Any, Any]) -> Rule:
    """A ground, or one word with the rules that it holds together."""
    if "ground" not in said:
        ((kind, several),) = said.items()
        return Choice(kind=kind, of=tuple(_rule(one) for one in several))
    tests = {"tests": tuple(predicate(one) for one in said["tests"])} if "tests" in said else {}
    return Ground(**{**said, **tests})


def _vector(said: dict[str, Any]) -> Vector:
    named = dict(said)
    answer, certificates = named.pop("answer"), named.pop("certificates", [])
    withheld = named.pop("withheld", [])
    check_kinds(named, _KINDS_OF_VECTOR)
    known = Facts(facts=_facts(certificates), withheld=frozenset(withheld))
    return Vector(**named, known=known, answer=_ANSWERS.get(answer, answer))  # type: ignore[arg-type]


def _facts(certificates: Sequence[Mapping[str, Any]]) -> tuple[Fact, ...]:
    """Beside its type and state, each says fields by their names; a date or number as it is written."""
    return tuple(
        Fact(
            certificate_type=str(one["certificate_type"]),
            state=str(one.get("state", "valid")),
            values={name: str(value) for name, value in one.items() if name not in _NOT_FIELDS},
        )
        for one in certificates
    )


_NOT_FIELDS = frozenset({"certificate_type", "state"})
