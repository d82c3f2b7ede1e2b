"""What somebody who can write to the database might do to the log, by chance."""

import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from services.kernel.log.checkpoint import Checkpoint, NoteSigner, note
from services.kernel.log.leaves import HEAD, HEADS, LEAVES, grown, leaf_id
from services.kernel.log.merkle import fold
from services.kernel.store.documents import Collection, Document
from tests.kernel.log.lab import ORIGIN, Lab

Mutation = Callable[[Lab, random.Random], Awaitable[str]]


async def put(lab: Lab, collection: Collection, document: Document) -> None:
    await lab.documents.delete(collection, document["_id"])
    await lab.documents.insert(collection, document)


async def every(lab: Lab) -> list[Document]:
    found = await lab.documents.find(LEAVES, {}, limit=100_000)
    return sorted(found, key=lambda one: str(one["_id"]))


def bent(value: Any, chance: random.Random) -> Any:  # noqa: ANN401 - any kind that is stored
    """Nearly the same, and not the same."""
    if isinstance(value, bytes):
        place = chance.randrange(len(value))
        return value[:place] + bytes([value[place] ^ 1 << chance.randrange(8)]) + value[place + 1 :]
    if isinstance(value, str):
        place = chance.randrange(len(value))
        return (
            value[:place]
            + chance.choice([one for one in "0a\n—=" if one != value[place]])
            + value[place + 1 :]
        )
    if isinstance(value, int):
        return value + chance.choice([-1, 1, 1 << chance.randrange(12)])
    if isinstance(value, list):
        place = chance.randrange(len(value))
        changed = [*value[:place], bent(value[place], chance), *value[place + 1 :]]
        return chance.choice([changed, value[:-1], [*value, value[-1]], [*value, b"\x00" * 32]])
    return value + timedelta(milliseconds=chance.choice([-1, 1, 86_400_000]))


async def bend_a_leaf(lab: Lab, chance: random.Random) -> str:
    leaf = chance.choice(await every(lab))
    name = chance.choice(["ce_id", "at", "commitment", "nodes"])
    await put(lab, LEAVES, {**leaf, name: bent(leaf[name], chance)})
    return f"{name} of leaf {leaf['_id']}"


async def misshape_a_leaf(lab: Lab, chance: random.Random) -> str:
    leaf = chance.choice(await every(lab))
    name = chance.choice(["ce_id", "at", "commitment", "nodes", "more"])
    changed = {key: value for key, value in leaf.items() if key != name}
    if name == "more" or chance.random() < 0.5:
        changed[name] = chance.choice([None, 7, "x", [], ["x"]])
    await put(lab, LEAVES, changed)
    return f"shape of {name} of leaf {leaf['_id']}"


async def lose_a_leaf(lab: Lab, chance: random.Random) -> str:
    leaf = chance.choice(await every(lab))
    await lab.documents.delete(LEAVES, leaf["_id"])
    return f"leaf {leaf['_id']} lost"


async def swap_two_leaves(lab: Lab, chance: random.Random) -> str:
    one, other = chance.sample(await every(lab), 2)
    for each in (one, other):
        await lab.documents.delete(LEAVES, each["_id"])
    await lab.documents.insert(LEAVES, {**one, "_id": other["_id"]})
    await lab.documents.insert(LEAVES, {**other, "_id": one["_id"]})
    return f"{one['_id']} and {other['_id']} swapped"


async def append_a_leaf(lab: Lab, chance: random.Random) -> str:
    leaves = await every(lab)
    beyond = leaf_id(len(leaves) + chance.choice([0, 1, 7]))
    await lab.documents.insert(LEAVES, {**chance.choice(leaves), "_id": beyond, "ce_id": "forged"})
    return f"{beyond} appended"


async def bend_the_head(lab: Lab, chance: random.Random) -> str:
    head = await lab.documents.get(HEADS, HEAD)
    assert head is not None
    name = chance.choice(["size", "root", "frontier", "note"])
    await put(lab, HEADS, {**head, name: bent(head[name], chance)})
    return f"{name} of the head"


async def lose_the_head(lab: Lab, chance: random.Random) -> str:
    await lab.documents.delete(HEADS, HEAD)
    return "the head lost"


async def rebuild(lab: Lab, chance: random.Random) -> str:
    """All of it made anew around one changed leaf: right in itself, and signed by nobody or another."""
    leaves = await every(lab)
    place = chance.randrange(len(leaves))
    leaves[place] = {**leaves[place], "commitment": bent(leaves[place]["commitment"], chance)}
    head = await lab.documents.get(HEADS, HEAD)
    assert head is not None
    frontier = await _plant(lab, leaves)
    changed = {**head, "root": fold(frontier), "frontier": list(frontier)}
    if chance.random() < 0.5:
        point = Checkpoint(origin=ORIGIN, size=len(leaves), root=fold(frontier))
        changed["note"] = note(point, NoteSigner(Lab(lab.documents).ring, ORIGIN).sign(point.text()))
    await put(lab, HEADS, changed)
    return f"rebuilt around leaf {place}"


async def _plant(lab: Lab, leaves: Sequence[Document]) -> tuple[bytes, ...]:
    frontier: tuple[bytes, ...] = ()
    for index, one in enumerate(leaves):
        leaf, frontier = grown(frontier, index, one["ce_id"], one["at"], one["commitment"])
        await put(lab, LEAVES, leaf.document())
    return frontier


MUTATIONS: Sequence[Mutation] = (
    bend_a_leaf,
    misshape_a_leaf,
    lose_a_leaf,
    swap_two_leaves,
    append_a_leaf,
    bend_the_head,
    lose_the_head,
    rebuild,
)


async def keep(lab: Lab) -> tuple[list[Document], Document]:
    head = await lab.documents.get(HEADS, HEAD)
    assert head is not None
    return await every(lab), head


async def put_back(lab: Lab, kept: tuple[list[Document], Document]) -> None:
    """As it was before; only what differs is written."""
    leaves, head = kept
    wanted, found = {one["_id"]: one for one in leaves}, {one["_id"]: one for one in await every(lab)}
    wrong = [key for key in {*wanted, *found} if wanted.get(key) != found.get(key)]
    for key in wrong:
        await lab.documents.delete(LEAVES, key)
    for key in wrong:
        if key in wanted:
            await lab.documents.insert(LEAVES, wanted[key])
    if await lab.documents.get(HEADS, HEAD) != head:
        await put(lab, HEADS, head)
