"""The status of every certificate as the lists say it, read from the certificates themselves."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from services.certs.domain import Status, status_of
from services.certs.ports import Counter, SignedList
from services.certs.store.certificates import CERTIFICATES
from services.kernel.again import decide_again
from services.kernel.errors import Stale
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey

STATUS_LISTS = Collection(name="status_lists")
_PAGE = 500
# Of two processes that write at once the later `changed_at` may stand first.
_OVERLAP = timedelta(seconds=30)
# What a writer wrote later than that, or with a clock that was behind, is found when everything is read anew.
_ANEW_AFTER = timedelta(minutes=5)


class StatusLists:
    """Holds what is not valid in memory, for the process that has the lease; a read costs what has changed.

    `places`: how many a list has.
    """

    def __init__(self, documents: Documents, counter: Counter, *, places: int) -> None:
        self._documents, self._counter, self._places = documents, counter, places
        self._known: dict[int, dict[int, Status]] = {}
        self._touched: set[int] = set()
        self._mark: datetime | None = None
        self._anew_at: datetime | None = None

    async def bring_up_to_date(self, *, at: datetime, anew: bool = False) -> Sequence[int]:
        """Along the index of those that were ever anything but valid."""
        if anew or self._anew_at is None or not timedelta(0) <= at - self._anew_at < _ANEW_AFTER:
            self._touched |= set(self._known)
            self._known, self._mark, self._anew_at = {}, None, at
        since = self._mark and self._mark - _OVERLAP
        while page := await self._page(since):
            for document in page:
                self._take(document)
            # A writer's clock that is ahead must not hide what others write until then.
            reached = min(page[-1]["changed_at"], at)
            self._mark = max(self._mark or reached, reached)
            if len(page) < _PAGE:
                break
            since = page[-1]["changed_at"]
        return range(-(-await self._counter.given() // self._places))

    def touched(self) -> frozenset[int]:
        return frozenset(self._touched)

    def settle(self, number: int) -> None:
        self._touched.discard(number)

    def not_valid(self, number: int) -> Mapping[int, Status]:
        return {index: status for index, status in self._known.get(number, {}).items() if status != "valid"}

    async def kept(self, number: int) -> SignedList | None:
        found = await self._documents.get(STATUS_LISTS, str(number))
        return _signed(found) if found else None

    async def keep(self, signed: SignedList) -> None:
        """One that was made later stays: a process that was held up may still have the lease of before."""
        await decide_again(lambda: self._keep(signed))

    async def _keep(self, signed: SignedList) -> None:
        key = str(signed.number)
        state = {"token": signed.token, "cwt": signed.cwt, "lst": signed.lst, "made_at": signed.made_at}
        found = await self._documents.get(STATUS_LISTS, key)
        if found is None:
            try:
                await self._documents.insert(STATUS_LISTS, {"_id": key, "version": 1, **state})
            except DuplicateKey as error:
                raise Stale(f"list {key} was kept a moment ago") from error
        elif found["made_at"] <= signed.made_at and not await self._documents.update(
            STATUS_LISTS, key, version=found["version"], changes=state
        ):
            raise Stale(f"list {key} was kept a moment ago")

    async def _page(self, since: datetime | None) -> Sequence[Document]:
        return await self._documents.find(
            CERTIFICATES,
            {"ever_off": True},
            since=("changed_at", since) if since else None,
            oldest_first="changed_at",
            limit=_PAGE,
        )

    def _take(self, document: Document) -> None:
        """Every edition but the last gave way to the next one."""
        *earlier, last = document["versions"]
        for edition in earlier:
            self._put(edition, "superseded")
        self._put(last, status_of(document["state"]))

    def _put(self, edition: Document, status: Status) -> None:
        number, index = edition["status_list"], edition["status_index"]
        known = self._known.setdefault(number, {})
        if known.get(index) != status:
            known[index] = status
            self._touched.add(number)


def _signed(document: Document) -> SignedList:
    return SignedList(
        number=int(document["_id"]),
        token=document["token"],
        cwt=document["cwt"],
        lst=document["lst"],
        made_at=document["made_at"],
    )
