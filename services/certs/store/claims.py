"""One approval, one certificate: a further edition claims the id that a first one would be kept under.

A claim is a document among the certificates at version 0 that no index finds and no event leaves: so the
first edition that another process makes of the same approval meets it, and pays nothing where there is none.
It does not bind: who meets one takes its place, under the approval (`taken_over`), so that of both the store
lets through whoever is first. One that a crash left behind is met in the same way.
"""

from collections.abc import Mapping
from typing import Any

from services.kernel.store.documents import Document

_NOT_YET = 0


def claim_of(approval_id: str) -> Document:
    """The document that holds its place."""
    return {"_id": approval_id, "version": _NOT_YET, "outbox": []}


def stands(document: Document) -> bool:
    """Whether there is a certificate in this document, not a claim."""
    return bool(document["version"] > _NOT_YET)


def taken_over(approval_id: str, state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a first edition that takes the place of a claim, found along the index of later ones' approvals.

    An edition whose claim this was is then refused by that index, or this one is.
    """
    return {**state, "renewed": True, "approvals": [approval_id]}
