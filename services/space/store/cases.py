"""Cases in documents; what holder and organisation wrote is encrypted under the holder's key, class `case`.

It dies when the holder is erased, and not with the uploads (`own`), which their holder may erase any day;
that there was a case, and how it ended, stays.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.kernel.keys.vault import CiphertextBroken, ContentErased, Keys, Vault
from services.kernel.outbox.aggregates import Aggregates, Birth, Stale
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey, Index
from services.space.domain import Case, State
from services.space.ports import Page
from services.space.store.documents import as_kept, as_stored, one_of

CASES = Collection.of_aggregates(
    "cases",
    Index(keys=("holder_id", "arrival")),
    Index(keys=("organisation", "state", "arrival")),
    Index(keys=("subject_id",)),
    Index(keys=("state", "escalated", "due_at")),
)
_WRITTEN = ("text", "fields", "answer")


class CaseStore:
    """Keeps `ports.Cases`."""

    def __init__(self, documents: Documents, aggregates: Aggregates, vault: Vault) -> None:
        self._documents = documents
        self._aggregates = aggregates
        self._vault = vault

    async def open(self, case: Case) -> Case:
        """One insert; an id that is taken is a request repeated."""
        state = await self._state(case)
        try:
            fact = case.changed(at=case.opened_at)
            await self._aggregates.add(Birth(id=case.case_id, state=state, emit=[fact]))
        except DuplicateKey:
            return await self.get(case.case_id) or case
        return case

    async def keep(self, case: Case, *, at: datetime) -> None:
        """Decided on the version before; anything else that happened since is `Stale`."""
        loaded = await self._aggregates.load(case.case_id)
        if loaded is None or loaded["version"] != case.version - 1:
            raise Stale(f"{case.case_id} is no longer at version {case.version - 1}")
        await self._aggregates.change(loaded, await self._state(case), emit=[case.changed(at=at)])

    async def get(self, case_id: str) -> Case | None:
        """By id."""
        found = await self._documents.get(CASES, case_id)
        return (await self._cases([found]))[0] if found else None

    async def open_about(self, holder_id: str, subject_id: str) -> Case | None:
        """Along the index of subjects: a handful each."""
        equal = {"subject_id": subject_id, "holder_id": holder_id, "state": "open"}
        found = await self._documents.find(CASES, equal, limit=1)
        return (await self._cases(found))[0] if found else None

    async def page(self, holder_ids: Sequence[str], *, before: str | None, limit: int) -> Page[Case]:
        """Along the index of holder and arrival."""
        return await self._page({"holder_id": one_of(holder_ids)}, before, limit)

    async def page_for(
        self, organisation: str, state: State, *, before: str | None, limit: int
    ) -> Page[Case]:
        """Along the index of organisation, state and arrival."""
        return await self._page({"organisation": organisation, "state": state}, before, limit)

    async def late(self, *, at: datetime, limit: int) -> Sequence[Case]:
        """Along the index of what is open and not told."""
        equal = {"state": "open", "escalated": False}
        return await self._cases(
            await self._documents.find(
                CASES, equal, before=("due_at", at), oldest_first="due_at", limit=limit
            )
        )

    async def _page(self, equal: dict[str, Any], before: str | None, limit: int) -> Page[Case]:
        found = await self._documents.find(
            CASES,
            equal,
            before=("arrival", before) if before else None,
            newest_first="arrival",
            limit=limit + 1,
        )
        following = found[limit - 1]["arrival"] if len(found) > limit else None
        return Page(rows=await self._cases(found[:limit]), next=following)

    async def _state(self, case: Case) -> dict[str, Any]:
        keys = await self._vault.keys([case.holder_id], "case")
        written = json.dumps({name: getattr(case, name) for name in _WRITTEN}).encode()
        sealed = keys.encrypt(case.holder_id, written, place=_place(case.case_id))
        return as_stored(case, without=("case_id", "version", *_WRITTEN)) | {"written": sealed}

    async def _cases(self, documents: Sequence[Document]) -> list[Case]:
        holders = {one["holder_id"] for one in documents}
        keys = await self._vault.keys(holders, "case", make=False)
        return [_case(one, keys) for one in documents]


def _case(document: Document, keys: Keys) -> Case:
    try:
        place = _place(document["_id"])
        written = json.loads(keys.decrypt(document["holder_id"], bytes(document["written"]), place=place))
    except (ContentErased, CiphertextBroken):  # the second: a key made anew after an erasure
        written = {"text": "", "fields": (), "answer": ""}
    own = {"case_id": document["_id"], **written, "fields": tuple(written["fields"])}
    return as_kept(Case, document, own)


def _place(case_id: str) -> str:
    return f"{CASES.name}/{case_id}"
