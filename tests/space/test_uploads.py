"""What holders keep themselves: theirs alone, once, by its own bytes, and gone when they say so."""

import asyncio
from datetime import timedelta
from urllib.parse import quote

import httpx
import pytest

from services.kernel.store.documents import Collection, DatabaseUnavailable, Document
from tests.space.uploads import CANARY, FILE_NAME, JPEG, PDF, PNG, archive, bring, brought, file_of
from tests.space.world import HOLDER, MANDATE, OTHER_HOLDER, World

_OF_UPLOADS = ("file_headers", "file_pieces")


def left(world: World) -> int:
    return sum(len(world.documents.kept(name)) for name in _OF_UPLOADS)


class TestAnUpload:
    async def test_lies_in_its_card_and_is_given_back_as_it_came(self, world: World) -> None:
        entry_id = await brought(world)
        (entry,) = (await world.see("entries", card="household"))["entries"]
        assert (entry["origin"], entry["certificate_type"], entry["certificate_name"], entry["size"]) == (
            "upload",
            "residence_proof",
            "居住证明",
            len(PDF),
        )
        answer = await file_of(world, entry_id)
        assert (answer.content, answer.headers["content-type"]) == (PDF, "application/pdf")
        assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{quote(FILE_NAME)}"
        assert answer.headers["x-content-type-options"] == "nosniff"
        whole = await world.see(f"entries/{entry_id}")
        assert whole["fields"] == {"file_name": FILE_NAME}

    async def test_of_many_pieces_comes_back_whole(self, world: World) -> None:
        content = PDF + bytes(range(256)) * 8_000
        assert (await file_of(world, await brought(world, content))).content == content

    async def test_is_kept_where_nobody_can_read_it(self, world: World) -> None:
        await brought(world)
        everything = world.documents.everything()
        assert CANARY not in everything
        assert CANARY.encode() not in b"".join(one["bytes"] for one in world.documents.kept("file_pieces"))
        assert FILE_NAME not in everything

    async def test_is_told_to_nobody_and_served_to_no_counter(self, world: World) -> None:
        await brought(world)
        assert world.said("space.entry.added.v1") == []
        assert (await world.pull()).json()["code"] == "nothing_to_pull"

    async def test_is_its_holders_alone(self, world: World) -> None:
        entry_id = await brought(world)
        for method, path in (("GET", ""), ("GET", "/file"), ("GET", "/history"), ("DELETE", "")):
            answer = await world.http.request(
                method, f"/v1/entries/{entry_id}{path}", headers=world.resident(OTHER_HOLDER)
            )
            assert answer.json()["code"] == "entry_unknown"
        assert (await file_of(world, entry_id)).content == PDF

    async def test_under_a_mandate_lies_with_the_one_acted_for(self, world: World) -> None:
        acting = world.resident(OTHER_HOLDER, act={"sub": HOLDER}, mandate_id=MANDATE)
        await world.hear(world.mandate())
        await brought(world, headers=acting)
        assert len((await world.see("entries", OTHER_HOLDER))["entries"]) == 1
        assert (await world.see("entries"))["entries"] == []
        await world.hear(world.mandate(version=2, state="ended"))
        assert (await bring(world, PNG, headers=acting, key="another-1")).json()["code"] == "mandate_ended"

    async def test_of_nobody_known_any_more_is_not_taken(self, world: World) -> None:
        await world.hear(world.erased(version=2))
        assert (await bring(world)).json()["code"] == "holder_not_yet_known"
        assert left(world) == 0


class TestACounter:
    async def test_is_told_that_the_holder_has_a_copy_and_no_more(self, world: World) -> None:
        """A need of the item that must be brought; the space vouches for no copy of it."""

        def of_application(answer: httpx.Response) -> tuple[str, str, list[str]]:
            (need,) = [one for one in answer.json()["needs"] if one["material"] == "application"]
            return need["result"], need["reason"], need["entry_ids"]

        before = await world.match()
        assert of_application(before) == ("bring", "need_to_bring", [])
        entry_id = await brought(world, material="application")
        after = await world.match()
        assert of_application(after) == ("bring", "need_own_copy", [])
        assert after.json()["to_bring"] == before.json()["to_bring"]
        assert entry_id not in after.text
        await world.http.delete(f"/v1/entries/{entry_id}", headers=world.resident())
        assert of_application(await world.match()) == ("bring", "need_to_bring", [])


class TestTheKind:
    @pytest.mark.parametrize(
        ("content", "said"),
        [(PDF, "application/pdf"), (PNG, "image/png"), (JPEG, "image/jpeg"), (b"", "")],
    )
    async def test_is_that_of_the_bytes(self, world: World, content: bytes, said: str) -> None:
        if not content:
            content, said = archive("OFD.xml", "Doc_0/Document.xml"), "application/ofd"
        answer = await bring(world, content, said=said)
        assert answer.json()["media_type"] == said

    @pytest.mark.parametrize(
        "content", [b"", b"<html>", b"GIF89a", archive("word/document.xml"), b" %PDF-1.7", b"MZ\x90"]
    )
    async def test_of_any_other_file_is_refused(self, world: World, content: bytes) -> None:
        answer = await bring(world, content)
        assert (answer.status_code, answer.json()["code"]) == (415, "upload_type_unsupported")

    @pytest.mark.parametrize("said", ["image/png", "text/html", ""])
    async def test_that_it_says_to_be_and_is_not_is_refused(self, world: World, said: str) -> None:
        answer = await bring(world, PDF, said=said)
        assert (answer.status_code, answer.json()["code"]) == (415, "upload_type_differs")
        assert left(world) == 0

    async def test_of_material_is_one_of_the_cards(self, world: World) -> None:
        assert (await bring(world, material="grimoire")).json()["code"] == "upload_material_unknown"

    @pytest.mark.parametrize("name", ["a/b.pdf", "a\r\nX: y", "   ", "名" * 201])
    async def test_of_name_is_one_that_can_be_given_back(self, world: World, name: str) -> None:
        assert (await bring(world, name=name)).json()["code"] == "upload_name_invalid"


class TestTheSameFile:
    async def test_is_kept_once_by_whatever_request(self, world: World) -> None:
        answers = [await bring(world, key=f"upload-000{number}") for number in (1, 1, 2)]
        assert len({one.json()["entry_id"] for one in answers}) == 1
        assert left(world) == 2

    async def test_is_kept_once_however_many_bring_it_at_once(self, world: World) -> None:
        racers = [bring(world, key=f"upload-00{number}") for number in range(10, 18)]
        answers = await asyncio.gather(*racers)
        assert {one.status_code for one in answers} == {201}
        assert len({one.json()["entry_id"] for one in answers}) == 1
        assert left(world) == 2

    async def test_of_two_holders_is_two_files_and_no_digest_tells(self, world: World) -> None:
        first = await brought(world)
        second = await brought(world, headers=world.resident(OTHER_HOLDER))
        assert first != second
        kept = world.documents.kept("file_pieces")
        assert len({one["bytes"] for one in kept}) == 2

    async def test_under_a_key_that_stood_for_another_is_refused(self, world: World) -> None:
        await brought(world)
        assert (await bring(world, PDF + b"2")).json()["code"] == "idempotency_key_reused"


class TestTheQuota:
    async def test_counts_bytes_too(self, small_world: World) -> None:
        content = PDF + bytes(700_000)
        assert (await bring(small_world, content)).status_code == 201
        answer = await bring(small_world, content + b"2", key="upload-0002")
        assert (answer.status_code, answer.json()["code"]) == (409, "upload_quota_reached")

    async def test_is_not_passed_by_many_at_once(self, small_world: World) -> None:
        racers = [
            bring(small_world, PDF + bytes([number]), key=f"upload-00{number}") for number in range(10, 18)
        ]
        answers = await asyncio.gather(*racers)
        kept = [one for one in answers if one.status_code == 201]
        assert len(kept) <= 2
        assert {one.json()["code"] for one in answers if one.status_code != 201} == {"upload_quota_reached"}
        assert len((await small_world.see("entries"))["entries"]) == len(kept)
        assert left(small_world) == 2 * len(kept)

    async def test_has_room_again_for_what_was_taken_out(self, small_world: World) -> None:
        ids = [await brought(small_world, PDF + bytes([n]), key=f"upload-00{n}") for n in (1, 2)]
        assert (await bring(small_world, PNG, said="image/png", key="upload-3x")).status_code == 409
        await small_world.http.delete(f"/v1/entries/{ids[0]}", headers=small_world.resident())
        assert (await bring(small_world, PNG, said="image/png", key="upload-4x")).status_code == 201


class TestTheSize:
    async def test_is_ten_megabytes_at_most_by_what_it_says_and_by_counting(self, world: World) -> None:
        async def pieces(count: int):  # type: ignore[no-untyped-def] # noqa: ANN202 - httpx takes any
            yield PDF
            for _ in range(count):
                yield bytes(1024 * 1024)

        sent = {**world.resident(), "Idempotency-Key": "upload-9x", "Upload-Name": "a.pdf"}
        sent |= {"Content-Type": "application/pdf"}
        for content in (PDF + bytes(10 * 1024 * 1024), pieces(10)):
            answer = await world.http.post(
                "/v1/uploads", content=content, headers=sent, params={"material": "tenancy"}
            )
            assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
        assert left(world) == 0


class TestTakingOut:
    async def test_leaves_that_there_was_something_and_no_more(self, world: World) -> None:
        entry_id = await brought(world)
        for _ in range(2):
            answer = await world.http.delete(f"/v1/entries/{entry_id}", headers=world.resident())
            assert answer.status_code == 204
        assert (await world.see("entries"))["entries"] == []
        for path in ("", "/file", "/history"):
            answer = await world.http.get(f"/v1/entries/{entry_id}{path}", headers=world.resident())
            assert answer.json()["code"] == "entry_unknown"
        (tombstone,) = world.documents.kept("entries")
        assert (tombstone["content"], tombstone["certificate_type"], tombstone["size"]) == (b"", "", None)
        assert left(world) == 0

    async def test_is_not_undone_by_a_repeat_and_is_by_bringing_it_anew(self, world: World) -> None:
        entry_id = await brought(world)
        await world.http.delete(f"/v1/entries/{entry_id}", headers=world.resident())
        assert (await bring(world)).json()["code"] == "upload_removed"
        again = await brought(world, key="upload-anew")
        assert (await file_of(world, again)).content == PDF

    async def test_of_what_an_authority_issued_is_refused(self, world: World) -> None:
        await world.hear(world.certificate(1), world.certificate(2, content={"holder_name": "别人"}))
        answers = [
            await world.http.delete(f"/v1/entries/{number:032x}", headers=world.resident())
            for number in (1, 2, 3)
        ]
        assert [one.json()["code"] for one in answers] == ["entry_not_own", "entry_unknown", "entry_unknown"]
        answer = await world.http.get(f"/v1/entries/{1:032x}/file", headers=world.resident())
        assert answer.json()["code"] == "file_missing"


class TestErasure:
    @pytest.mark.parametrize("how", ["identity says so", "the holder says so"])
    async def test_leaves_nothing_to_read_of_what_was_brought_and_all_that_was_issued(
        self, world: World, how: str
    ) -> None:
        await world.hear(world.certificate(1))
        ids = [await brought(world, PDF + bytes([n]), key=f"upload-00{n}") for n in (1, 2)]
        await brought(world, headers=world.resident(OTHER_HOLDER))
        if how == "identity says so":
            await world.hear(world.erased(version=2))
            await world.hear(world.registered(version=3))
        else:
            answer = await world.http.delete("/v1/uploads", headers=world.resident())
            assert answer.json() == {"files": 2}
        (kept,) = (await world.see("entries"))["entries"]
        assert kept["origin"] == "certificate"
        for entry_id in ids:
            assert (await file_of(world, entry_id)).json()["code"] == "entry_unknown"
        everything = world.documents.everything()
        assert f"{HOLDER}:own" not in everything
        assert f"{HOLDER}:record" in everything
        assert not any(entry_id in everything for entry_id in ids)
        (theirs,) = world.documents.kept("file_headers")
        assert theirs["holder_id"] == OTHER_HOLDER

    async def test_heard_again_erases_nothing_that_came_later(self, world: World) -> None:
        erased = world.erased(version=2)
        await world.hear(erased, world.registered(version=3))
        entry_id = await brought(world)
        await world.hear(erased, world.registered(version=3), erased)
        assert (await file_of(world, entry_id)).content == PDF

    async def test_that_was_cut_off_goes_on(self, world: World) -> None:
        await brought(world)
        store, delete, cut = world.documents, world.documents.delete, [True]

        async def failing(collection: Collection, document_id: str) -> bool:
            if collection.name == "entries" and cut:
                cut.pop()
                raise DatabaseUnavailable("away")
            return await delete(collection, document_id)

        store.delete = failing  # type: ignore[method-assign]
        await world.hear(world.erased(version=2))
        assert left(world) == 0
        assert world.documents.kept("entries") == []


class TestWhatMeetsAnErasure:
    async def test_on_its_way_takes_itself_back(self, world: World) -> None:
        insert = world.documents.insert

        async def erasing(collection: Collection, document: Document) -> None:
            if collection.name == "file_pieces":
                await world.space.keeping.take_out_all([HOLDER])
            await insert(collection, document)

        world.documents.insert = erasing  # type: ignore[method-assign]
        answer = await bring(world)
        assert (answer.status_code, answer.json()["code"]) == (503, "stale")
        assert left(world) == 0
        assert world.documents.kept("entries") == []


class TestWhatWasCutOff:
    async def test_is_taken_away_and_can_be_brought_again(self, world: World) -> None:
        world.documents.failing["file_pieces"] = DatabaseUnavailable("away")
        assert (await bring(world)).status_code == 503
        world.documents.failing.clear()
        assert (await world.see("entries"))["entries"] == []
        await brought(world)
        world.clock.at += timedelta(minutes=11)
        assert await world.space.keeping.tidy() == 1
        assert left(world) == 2
        assert await world.space.keeping.tidy() == 0

    async def test_while_it_was_taken_out_is_taken_away_later(self, world: World) -> None:
        entry_id = await brought(world)
        delete = world.documents.delete

        async def failing(_collection: Collection, _document_id: str) -> bool:
            raise DatabaseUnavailable("away")

        world.documents.delete = failing  # type: ignore[method-assign, assignment]
        answer = await world.http.delete(f"/v1/entries/{entry_id}", headers=world.resident())
        assert answer.status_code == 503
        world.documents.delete = delete  # type: ignore[method-assign]
        assert (await world.see("entries"))["entries"] == []
        world.clock.at += timedelta(minutes=11)
        assert await world.space.keeping.tidy() == 1
        assert left(world) == 0
