"""What of an item's needs a grant opens, and no more than was asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.kernel.errors import Forbidden
from services.space.domain.grants import Ask, Asked, TypeNotGranted
from services.space.domain.items import Item
from services.space.domain.needs import Form, Need, is_field
from services.space.domain.types import Families


class MoreThanNeeded(Forbidden):
    """A type, a field or a form that the item does not need."""

    code = "more_than_needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How one need is to be met: as it stands in the item, or with less."""

    need: Need
    form: Form
    fields: tuple[str, ...] = ()

    @classmethod
    def of(cls, need: Need) -> "Use":
        """As the item has it."""
        return cls(need=need, form=need.form, fields=need.fields)


def uses_of(item: Item, granted: Sequence[str], asked: Asked, families: Families) -> tuple[Use, ...]:
    """Give what may be looked for, in the order of the item or as asked; `granted`: what the grant allows."""
    for code in asked.certificate_types or ():
        if not any(_is(one, [code], families) for one in item.wanted):
            raise MoreThanNeeded(f"the item does not need {code}")
    opened = [one for one in item.wanted if _is(one, granted, families)]
    if asked.needs is None:
        return tuple(Use.of(one) for one in opened)
    return tuple({one.need: _narrowed(one, item, opened) for one in asked.needs}.values())


def _is(need: Need, codes: Sequence[str], families: Families) -> bool:
    return need.certificate_type is not None and not set(codes).isdisjoint(families.of(need.certificate_type))


def _narrowed(ask: Ask, item: Item, opened: Sequence[Need]) -> Use:
    need = next((one for one in item.wanted if one.need == ask.need), None)
    if need is None or need.certificate_type is None:
        raise MoreThanNeeded(f"the item needs no certificate that it calls {ask.need}")
    if need not in opened:
        raise TypeNotGranted(f"the grant does not cover {need.certificate_type}")
    form = ask.form or ("fields" if ask.fields else need.form)
    fields = tuple(dict.fromkeys(ask.fields)) or need.fields
    if form not in _LESS[need.form]:
        raise MoreThanNeeded(f"of {ask.need} the item needs: {need.form}")
    if more := [one for one in fields if not _is_part(one, need)]:
        raise MoreThanNeeded(f"of {ask.need} the item does not need {', '.join(more)}")
    return Use(need=need, form=form, fields=fields if form == "fields" else ())


def _is_part(name: str, need: Need) -> bool:
    """Of the whole each single field; `fields` or `credential` would be all of them under one name."""
    return name in need.fields if need.form == "fields" else is_field(name)


# What may be asked for in place of what is needed.
_LESS: dict[Form, frozenset[Form]] = {
    "whole": frozenset({"whole", "fields"}),
    "fields": frozenset({"fields"}),
    "predicate": frozenset({"predicate"}),
}
