"""What all our documents share: their form, and paging through those of a holder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from services.kernel.store.documents import Collection, Document, Documents
from services.space.ports import Page

T = TypeVar("T")


def one_of(values: Sequence[str]) -> str | tuple[str, ...]:
    """Nearly everyone has one id, and an engine looks one up faster than a choice."""
    return values[0] if len(values) == 1 else tuple(values)


async def page_of(
    documents: Documents,
    collection: Collection,
    shape: Callable[[Document], T],
    holder_ids: Sequence[str],
    *,
    since: tuple[str, datetime] | None = None,
    before: str | None,
    limit: int,
) -> Page[T]:
    """A page of what these holders have, along the index of holder and arrival."""
    found = await documents.find(
        collection,
        {"holder_id": one_of(holder_ids)},
        since=since,
        before=("arrival", before) if before else None,
        newest_first="arrival",
        limit=limit + 1,
    )
    following = found[limit - 1]["arrival"] if len(found) > limit else None
    return Page(rows=[shape(document) for document in found[:limit]], next=following)


def as_stored(value: Any, *, without: Sequence[str]) -> dict[str, Any]:  # noqa: ANN401 - any of our dataclasses
    """Fields as a document has them: dates as ISO text, tuples as lists, parts as objects."""
    names = (each.name for each in fields(value) if each.name not in without)
    return {name: _stored(getattr(value, name)) for name in names}


def _stored(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value):
        return as_stored(value, without=())
    return [_stored(one) for one in value] if isinstance(value, tuple) else value


def as_kept(kind: type[T], document: Document, own: Mapping[str, Any]) -> T:
    """Back again; `own` are the fields that a document has in another form."""
    names = [each.name for each in fields(kind) if each.name not in own and each.name in document]  # type: ignore[arg-type]
    return kind(**{name: document[name] for name in names}, **own)
