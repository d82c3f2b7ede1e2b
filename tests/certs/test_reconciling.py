"""An authority's full list against what stands: never a silent end, and nothing done twice."""

import uuid
from typing import Any

import pytest

from services.certs.domain import SnapshotTooSmall
from services.certs.domain.snapshot import Snapshot
from services.certs.store import PENDINGS
from tests.certs.office import FOOD, HOSPITAL, MARKET, ROAD, STREET, Office, eventually
from tests.certs.sheets import sheet
from tests.certs.test_imports import HEALTH, NUMBER, report, shop_code
from tests.certs.test_names import decide, held, pending, waiting

Json = dict[str, Any]
LICENCE, DOCUMENT, END = "许可编号", "行政许可决定文书号", "有效期至"


def row(serial: int, **cells: str) -> dict[str, str]:
    """One licence, of its own holder."""
    return {
        NUMBER: shop_code(serial),
        DOCUMENT: f"西食〔2026〕{serial}号",
        LICENCE: f"JY1420322{serial:07d}",
        **cells,
    }


def rows(*serials: int) -> list[dict[str, str]]:
    return [row(one) for one in serials]


async def reconciled(office: Office, *lines: dict[str, str], **query: Any) -> Json:
    """Hand in a full list and wait until it is compared."""
    asked = {"filename": "全量.csv", "certificate_type": FOOD, "authority": MARKET} | query
    answer = await office.client.post(
        "/v1/approvals:reconcile",
        params=asked,
        content=sheet(*lines).encode(),
        headers=office.headers(key=uuid.uuid4().hex),
    )
    assert answer.status_code == 202, answer.text
    import_id = answer.json()["import_id"]
    return {"import_id": import_id, **await eventually(lambda: office.ended(import_id))}


async def codes(office: Office, done: Json) -> dict[str, list[str]]:
    """The lines of the report by code: details."""
    found: dict[str, list[str]] = {}
    for one in await report(office, done["import_id"], warnings="true"):
        found.setdefault(one["code"], []).append(one["detail"])
    return found


def certificates(office: Office) -> dict[str, Json]:
    """Without claims, which are none (`store/claims.py`)."""
    kept: dict[str, Json] = vars(office.documents)["_kept"].get("certificates", {})
    return {key: one for key, one in kept.items() if one["version"]}


def counted(done: Json) -> dict[str, int]:
    names = ("issued", "already", "refused", "pending", "new", "changed", "vanished")
    return {name: done[name] for name in names if done[name]}


class TestAComparison:
    async def test_tells_what_is_new_changed_and_missing_and_changes_nothing(self, office: Office) -> None:
        await office.imported(sheet(*rows(1, 2, 3, 4)).encode())
        before = repr(certificates(office))
        done = await reconciled(office, row(1), row(2, **{END: "2030-03-04"}), row(3), row(9))
        assert (done["state"], counted(done)) == (
            "done",
            {"already": 2, "new": 1, "changed": 1, "vanished": 1},
        )
        assert repr(certificates(office)) == before
        assert await waiting(office) == []
        found = await codes(office, done)
        assert set(found) == {"certificate_new", "certificate_differs", "certificate_vanished"}
        assert found["certificate_differs"][0].endswith("; valid_to")

    async def test_names_fields_and_identifiers_and_no_value_of_a_holder(self, office: Office) -> None:
        await office.imported(sheet(*rows(1, 2)).encode())
        changed = row(1, **{END: "2030-03-04", "许可内容": "热食类食品制售"})
        done = await reconciled(office, changed, row(9))
        (detail,) = (await codes(office, done))["certificate_differs"]
        (standing,) = [
            one["identifier"] for one in certificates(office).values() if one["identifier"] in detail
        ]
        assert detail == f"{standing}; content, valid_to"
        whole = repr(await codes(office, done))
        for secret in (shop_code(1), shop_code(2), shop_code(9), "热食", "2030", "天河口"):
            assert secret not in whole

    async def test_of_a_second_decision_under_the_same_number_is_a_change(self, office: Office) -> None:
        await office.imported(sheet(*rows(1)).encode())
        done = await reconciled(
            office, row(1, **{DOCUMENT: "西食〔2026〕88号", "许可决定日期": "2026-04-05"})
        )
        assert counted(done) == {"changed": 1}
        (detail,) = (await codes(office, done))["certificate_differs"]
        assert detail.endswith("; decided_on, document_number")

    async def test_tells_rows_that_are_not_of_this_list_or_have_ended_here(self, office: Office) -> None:
        await office.register(MARKET, own=[FOOD, ROAD])
        await office.imported(sheet(*rows(1, 2)).encode())
        (made, *_) = certificates(office)
        order = {"change": "revoke", "reason": "检查", "case_number": "1号", "decided_on": "2026-05-06"}
        await office.client.post(f"/v1/certificates/{made}/changes", json=order, headers=office.headers())
        foreign = row(7, 许可机关统一社会信用代码=STREET, 许可证书名称="道路运输经营许可证")
        done = await reconciled(office, *rows(1, 2), foreign)
        found = await codes(office, done)
        assert ("certificate_ended" in found, "snapshot_row_foreign" in found) == (True, True)
        assert counted(done) == {"already": 1, "refused": 2}

    async def test_is_for_who_may_send_these_approvals(self, office: Office) -> None:
        asked = {"filename": "a.csv", "certificate_type": FOOD, "authority": HEALTH}
        answer = await office.client.post(
            "/v1/approvals:reconcile",
            params=asked,
            content=sheet().encode(),
            headers=office.headers(key="reconcile-1"),
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "issuer_not_entitled")

    async def test_looks_at_every_page_of_what_stands(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.certs.handlers.snapshots._PAGE", 3)
        await office.imported(sheet(*rows(*range(1, 11))).encode())
        done = await reconciled(office, *rows(*range(1, 9)))
        assert counted(done) == {"already": 8, "vanished": 2}


class TestApplied:
    async def test_issues_what_is_new_and_asks_about_what_is_missing(self, office: Office) -> None:
        await office.imported(sheet(*rows(1, 2, 3)).encode())
        done = await reconciled(office, *rows(1, 2, 9), apply=True)
        assert counted(done) == {"issued": 1, "already": 2, "vanished": 1}
        assert {one["state"] for one in certificates(office).values()} == {"valid"}
        (asked,) = (await pending(office))["pending"]
        assert (asked["code"], asked["issued"]) == ("certificate_vanished", True)
        assert asked["document_number"] == "西食〔2026〕3号"

    async def test_a_second_time_does_nothing_more(self, office: Office) -> None:
        await office.imported(sheet(*rows(1, 2, 3)).encode())
        await reconciled(office, *rows(1, 2, 9), apply=True)
        before, asked = repr(certificates(office)), await waiting(office)
        done = await reconciled(office, *rows(1, 2, 9), apply=True)
        assert counted(done) == {"already": 3, "vanished": 1}
        assert (repr(certificates(office)), await waiting(office)) == (before, asked)

    async def test_makes_another_decision_under_the_number_the_next_edition(self, office: Office) -> None:
        await office.imported(sheet(*rows(1)).encode())
        later = row(1, **{DOCUMENT: "西食〔2026〕88号", "许可决定日期": "2026-04-05"})
        for expected in ({"issued": 1}, {"already": 1}):
            assert counted(await reconciled(office, later, apply=True)) == expected
        (one,) = certificates(office).values()
        assert len(one["versions"]) == 2
        assert await waiting(office) == []

    async def test_leaves_other_details_of_the_same_decision_to_the_authority(self, office: Office) -> None:
        await office.imported(sheet(*rows(1)).encode())
        before = repr(certificates(office))
        done = await reconciled(office, row(1, **{END: "2030-03-04"}), apply=True)
        assert counted(done) == {"changed": 1}
        assert repr(certificates(office)) == before

    async def test_asks_once_and_no_more_after_the_answer_or_when_it_is_back(self, office: Office) -> None:
        await office.imported(sheet(*rows(1, 2, 3, 4, 5)).encode())
        await reconciled(office, *rows(1, 2, 3), apply=True)
        first, second = await waiting(office)
        assert (await decide(office, first, "discard")).json()["code"] == "pending_issued"
        assert (await decide(office, first, "confirmations")).json()["state"] == "confirmed"
        await reconciled(office, *rows(1, 2, 3), apply=True)
        assert await waiting(office) == [second]
        await reconciled(office, *rows(1, 2, 3, 4, 5), apply=True)
        assert await waiting(office) == []
        found = await office.documents.get(PENDINGS, second)
        assert found is not None
        assert found["state"] == "returned"

    async def test_asks_again_when_what_was_back_is_missing_again(self, office: Office) -> None:
        await office.imported(sheet(*rows(1, 2, 3)).encode())
        await reconciled(office, *rows(1, 2), apply=True)
        asked = await waiting(office)
        await reconciled(office, *rows(1, 2, 3), apply=True)
        assert await waiting(office) == []
        await reconciled(office, *rows(1, 2), apply=True)
        assert await waiting(office) == asked
        assert (await decide(office, asked[0], "confirmations")).json()["state"] == "confirmed"

    async def test_asks_about_what_waited_for_a_name_before(self, office: Office) -> None:
        """One question of a certificate is none of the others."""
        await office.imported(sheet(*rows(1)).encode())
        approval, held_id = await held(office)
        await decide(office, held_id, "confirmations")
        await reconciled(office, row(1), apply=True)
        (asked,) = (await pending(office))["pending"]
        assert (asked["certificate_id"], asked["code"]) == (held_id, "certificate_vanished")
        assert asked["document_number"] == approval["document_number"]

    async def test_settles_no_other_question_of_the_authority(self, office: Office) -> None:
        """What waits because of a name waits for its own answer."""
        _, held_id = await held(office)
        await office.imported(sheet(*rows(900_001, 900_002)).encode())
        await reconciled(office, *rows(900_001, 900_002), apply=True)
        assert await waiting(office) == [held_id]

    async def test_ends_the_question_with_the_certificate(self, office: Office) -> None:
        await office.imported(sheet(*rows(1, 2, 3)).encode())
        await reconciled(office, *rows(1, 2), apply=True)
        (asked,) = [one["certificate_id"] for one in (await pending(office))["pending"]]
        order = {"change": "cancel", "reason": "已注销", "case_number": "1号", "decided_on": "2026-05-06"}
        path = f"/v1/certificates/{asked}/changes"
        assert (await office.client.post(path, json=order, headers=office.headers())).status_code == 201
        assert await waiting(office) == []


class TestAFileThatIsCutOff:
    async def test_is_refused_and_nothing_is_done(self, office: Office) -> None:
        await office.imported(sheet(*rows(1, 2, 3, 4, 5)).encode())
        done = await reconciled(office, *rows(1, 2, 9), apply=True)
        assert (done["state"], done["problem"]["code"]) == ("failed", "snapshot_too_small")
        assert "expect_vanished=3" in done["problem"]["detail"]
        assert (len(certificates(office)), await waiting(office)) == (5, [])

    async def test_is_acted_on_when_so_much_is_expected_to_be_missing(self, office: Office) -> None:
        await office.imported(sheet(*rows(1, 2, 3, 4, 5)).encode())
        done = await reconciled(office, *rows(1, 2), apply=True, expect_vanished=3)
        assert done["state"] == "done"
        assert len(await waiting(office)) == 3

    async def test_with_a_row_that_cannot_be_read_asks_about_nothing(self, office: Office) -> None:
        """The row may be the one that seems to be missing."""
        await office.imported(sheet(*rows(1, 2, 3, 4, 5)).encode())
        done = await reconciled(
            office, *rows(1, 2, 3, 4), row(5, **{NUMBER: "92420322YM00000013"}), apply=True
        )
        assert (done["state"], done["problem"]["code"]) == ("failed", "snapshot_too_small")

    @pytest.mark.parametrize(
        ("standing", "vanished", "refused", "expected", "passes"),
        [
            (0, 0, 0, None, True),
            (1, 1, 0, None, False),
            (4, 2, 0, None, True),
            (5, 3, 0, None, False),
            (5, 3, 0, 3, True),
            (5, 3, 0, 2, False),
            (100, 1, 1, None, False),
            (100, 1, 1, 1, True),
            (100, 0, 7, None, True),
        ],
    )
    def test_is_one_in_which_more_than_half_is_missing_or_anything_unread(
        self, standing: int, vanished: int, refused: int, expected: int | None, *, passes: bool
    ) -> None:
        snapshot = Snapshot(authority=MARKET, certificate_type=FOOD, apply=True, expect_vanished=expected)
        if passes:
            snapshot.check(standing=standing, vanished=vanished, refused=refused)
        else:
            with pytest.raises(SnapshotTooSmall):
                snapshot.check(standing=standing, vanished=vanished, refused=refused)


class TestOthers:
    async def test_see_neither_the_list_nor_its_report(self, office: Office) -> None:
        await office.register(HOSPITAL, own=[FOOD])
        done = await reconciled(office, *rows(1))
        answer = await office.client.get(f"/v1/imports/{done['import_id']}", headers=office.headers(HOSPITAL))
        assert (answer.status_code, answer.json()["code"]) == (404, "import_unknown")
