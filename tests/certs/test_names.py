"""An approval with a wrong number waits for its authority, and is in nobody's space."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.certs.events import (
    CaseApproved,
    CertificateIssued,
    EntryDisputed,
    HolderErased,
    HolderRegistered,
    HolderRenamed,
    NameConfirmed,
)
from services.kernel.event import Event, decode
from services.kernel.holders import holder_id
from services.kernel.keys.sealing import Sealer
from services.kernel.keys.secrets import read_key, read_public_jwks
from services.kernel.names import hash_name
from tests.certs.office import BUREAU, FOOD, HOSPITAL, MARKET, Office, eventually
from tests.world.people import a_shop, an_approval

Json = dict[str, Any]
WHY = {"reason": "核对营业执照：系曾用名"}


def id_of(office: Office, holder: Json) -> str:
    key = read_key(office.secrets_dir / "certs" / "holder.key")
    return holder_id(key, holder["id_type"], holder["id_number"])


def hashed(office: Office, holder: Json, name: str) -> str:
    return hash_name(read_key(office.secrets_dir / "certs" / "name.key"), id_of(office, holder), name)


async def hear(office: Office, event: Event, *, version: int = 1) -> None:
    """Say it, and wait until certs has dealt with it."""
    await office.say(event, version=version)
    holder = event.holder_id  # type: ignore[attr-defined]

    async def heard() -> bool:
        kept = vars(office.documents)["_kept"]
        if isinstance(event, EntryDisputed):
            return event.entry_id in kept.get("pendings", {})
        return bool(kept.get("holder_names", {}).get(holder, {}).get("heard_version", 0) >= version)

    await eventually(heard)


async def known_as(office: Office, holder: Json, name: str, *former: str, version: int = 1) -> None:
    """Let identity say the name."""
    if version == 1:
        event: Event = HolderRegistered(
            holder_id=id_of(office, holder), version=1, name_hash=hashed(office, holder, name)
        )
    else:
        event = HolderRenamed(
            holder_id=id_of(office, holder),
            version=version,
            name_hash=hashed(office, holder, name),
            former_name_hashes=tuple(hashed(office, holder, one) for one in former),
        )
    await hear(office, event, version=version)


async def erased(office: Office, holder: Json, *, version: int = 2) -> None:
    """Let identity say it, and wait until certs has done all that it does then."""
    await hear(office, HolderErased(holder_id=id_of(office, holder), version=version), version=version)
    await known_as(office, a_shop(), "郧西县夹河镇第三商行")


async def pending(office: Office, sender: str = BUREAU, **query: Any) -> Json:
    answer = await office.client.get("/v1/approvals/pending", params=query, headers=office.headers(sender))
    assert answer.status_code == 200, answer.text
    page: Json = answer.json()
    return page


async def waiting(office: Office, sender: str = BUREAU) -> list[str]:
    return [one["pending_id"] for one in (await pending(office, sender))["pending"]]


async def decide(
    office: Office, pending_id: str, how: str, sender: str = BUREAU, said: Json | None = None
) -> httpx.Response:
    path = f"/v1/approvals/pending/{pending_id}/{how}"
    return await office.client.post(path, json=said or WHY, headers=office.headers(sender))


async def held(office: Office, **changes: Any) -> tuple[Json, str]:
    """An approval that waits, and under which id."""
    shop = a_shop()
    await known_as(office, shop, "郧西县上津镇另一商行")
    approval = an_approval(shop, **changes)
    answer = await office.post(approval)
    assert (answer.status_code, answer.json()["code"]) == (409, "holder_name_differs")
    return approval, answer.json()["pending_id"]


def certificates(office: Office) -> list[str]:
    return list(vars(office.documents)["_kept"].get("certificates", {}))


class TestAnApprovalUnderAnotherName:
    async def test_is_refused_and_waits_and_nothing_is_issued(self, office: Office) -> None:
        approval, pending_id = await held(office)
        assert certificates(office) == []
        assert office.bus.topics[CertificateIssued.topic()] == []
        (row,) = (await pending(office))["pending"]
        assert (row["pending_id"], row["code"], row["issued"]) == (pending_id, "holder_name_differs", False)
        assert row["document_number"] == approval["document_number"]
        assert row["holder_name"] == approval["holder"]["name"]
        assert row["next_step_zh"]
        number = approval["holder"]["id_number"]
        assert row["id_number_masked"] == f"{number[:3]}*************{number[-2:]}"

    async def test_says_nothing_of_who_the_number_is_and_keeps_nothing_in_the_clear(
        self, office: Office
    ) -> None:
        approval, pending_id = await held(office)
        answer = await office.post(approval)
        seen = json.dumps([answer.json(), await pending(office)], ensure_ascii=False)
        assert "另一商行" not in seen
        assert approval["holder"]["id_number"] not in seen
        assert id_of(office, approval["holder"]) not in seen
        for secret in (approval["holder"]["name"], approval["holder"]["id_number"], "曾用名"):
            assert secret not in office.everything()
        await decide(office, pending_id, "confirmations")
        assert "曾用名" not in office.everything()

    async def test_waits_once_however_often_it_is_sent(self, office: Office) -> None:
        approval, pending_id = await held(office)
        answers = await asyncio.gather(*(office.post(approval) for _ in range(5)))
        assert {(one.status_code, one.json()["pending_id"]) for one in answers} == {(409, pending_id)}
        assert await waiting(office) == [pending_id]

    async def test_however_the_same_name_is_written_is_issued(self, office: Office) -> None:
        shop = a_shop("郧西县（上津）七夕·食品 商行")
        await known_as(office, shop, "郧西县(上津)七夕•食品商行")
        assert (await office.post(an_approval(shop))).status_code == 201

    @pytest.mark.parametrize("name", ["郧西县城关镇七夕食品商行", None])
    async def test_that_counts_still_or_is_not_told_is_issued(self, office: Office, name: str | None) -> None:
        shop = a_shop()
        if name:
            await known_as(office, shop, "郧西县上津镇另一商行", name, version=2)
        else:
            await hear(office, HolderRegistered(holder_id=id_of(office, shop), version=1))
        assert (await office.post(an_approval(shop))).status_code == 201

    async def test_of_a_number_that_nobody_is_known_by_is_issued(self, office: Office) -> None:
        assert (await office.post(an_approval(a_shop()))).status_code == 201
        shop = a_shop()
        await known_as(office, shop, "郧西县上津镇另一商行")
        await hear(office, HolderErased(holder_id=id_of(office, shop), version=2), version=2)
        assert (await office.post(an_approval(shop))).status_code == 201

    async def test_that_renews_what_is_not_there_is_answered_as_under_the_right_one(
        self, office: Office
    ) -> None:
        """Else anybody who sends approvals could ask, without a trace, whose a number is."""
        shop = a_shop()
        await known_as(office, shop, shop["name"])
        said = an_approval(shop, renews="JY14203220999999")
        answers = [
            (await office.post(said | {"holder": shop | {"name": name}})).json()
            for name in (shop["name"], "郧西县上津镇另一商行")
        ]
        assert answers[0]["code"] == "renewed_unknown"
        first, second = [{**one, "instance": ""} for one in answers]
        assert first == second
        assert await waiting(office) == []

    async def test_whose_certificate_stands_is_answered_with_it(self, office: Office) -> None:
        """What was issued is not taken back by a name that is heard later: space hides and reports it."""
        shop = a_shop()
        first = await office.post(an := an_approval(shop))
        await known_as(office, shop, "郧西县上津镇另一商行")
        again = await office.post(an)
        assert (again.status_code, again.json()["certificate_id"]) == (200, first.json()["certificate_id"])
        assert await waiting(office) == []

    async def test_in_a_file_counts_as_pending_and_stands_in_the_report(self, office: Office) -> None:
        right, wrong = a_shop(), a_shop()
        await known_as(office, wrong, "郧西县上津镇另一商行")
        heading = (
            "行政相对人名称,行政相对人类别,行政相对人代码_1(统一社会信用代码),行政许可决定文书名称,行政许可决定文书号,"
            "许可类别,许可证书名称,许可内容,许可决定日期,有效期自,有效期至,许可机关,许可机关统一社会信用代码,当前状态"
        )
        rows = [
            f"{one['name']},个体工商户,{one['id_number']},食品经营许可决定书,西食许〔2026〕{place}号,普通,食品经营许可证,"
            f"食品销售,2026-03-05,2026-03-05,2031-03-04,郧西县市场监督管理局,{MARKET},1"
            for place, one in enumerate((right, wrong))
        ]
        done = await office.imported("\n".join([heading, *rows]).encode())
        assert (done["rows"], done["issued"], done["pending"], done["refused"]) == (2, 1, 1, 0)
        report = await office.client.get(done["report"], headers=office.headers())
        line = report.text.splitlines()[1]
        (pending_id,) = await waiting(office)
        assert line.startswith("3,行政相对人名称,holder_name_differs,")
        assert pending_id in line
        assert wrong["id_number"] not in report.text

    async def test_on_the_topic_is_dealt_with_and_is_no_dead_letter(self, office: Office) -> None:
        shop = a_shop()
        await known_as(office, shop, "郧西县上津镇另一商行")
        sealer = Sealer(read_public_jwks(office.secrets_dir / "sealing.jwks"))
        plain = json.dumps(an_approval(shop)).encode()
        place: Json = {"event_type": CaseApproved.type, "holder_id": "case-1", "version": 1}
        sealed = sealer.seal("certs", plain, **place)
        await office.say(CaseApproved(case_id="case-1", version=1, organisation=BUREAU, sealed=sealed))
        assert await eventually(lambda: waiting(office))
        assert office.bus.topics["certs-dead-letter"] == []


class TestTheList:
    async def test_shows_the_newest_first_page_by_page(self, office: Office) -> None:
        ids = [(await held(office))[1] for _ in range(5)]
        first = await pending(office, limit=3)
        last = await pending(office, limit=3, before=first["next"])
        found = [one["pending_id"] for one in (*first["pending"], *last["pending"])]
        assert (found, last["next"]) == (ids[::-1], None)

    async def test_is_for_the_authority_and_its_data_source_alone(self, office: Office) -> None:
        _, pending_id = await held(office)
        await office.register(HOSPITAL, own=[FOOD])
        assert await waiting(office, MARKET) == [pending_id]
        assert await waiting(office, HOSPITAL) == []
        for how in ("confirmations", "discard"):
            answer = await decide(office, pending_id, how, HOSPITAL)
            assert (answer.status_code, answer.json()["code"]) == (404, "pending_unknown")
        unknown = await decide(office, "0" * 32, "discard")
        assert unknown.json()["detail"] == answer.json()["detail"]

    async def test_is_for_a_person_whom_the_authority_sent_too(self, office: Office) -> None:
        _, pending_id = await held(office)
        path = f"/v1/approvals/pending/{pending_id}/confirmations"
        for roles, status in (([], 403), (["authority"], 200)):
            token = office.token(MARKET, kind="operator", roles=roles)
            answer = await office.client.post(path, json=WHY, headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == status, answer.text
        assert answer.json()["state"] == "confirmed"


class TestAConfirmation:
    async def test_issues_the_certificate_and_tells_the_space(self, office: Office) -> None:
        approval, pending_id = await held(office)
        answer = await decide(office, pending_id, "confirmations")
        assert (answer.status_code, answer.json()["state"], answer.json()["issued"]) == (
            200,
            "confirmed",
            True,
        )
        (issued,) = await office.issued()
        assert issued.certificate_id == pending_id

        async def told() -> list[NameConfirmed]:
            return [decode(NameConfirmed, one).event for one in office.bus.topics[NameConfirmed.topic()]]

        (said, *_) = await eventually(told)
        assert (said.holder_id, said.authority) == (issued.holder_id, MARKET)
        assert said.name_hash == hashed(office, approval["holder"], approval["holder"]["name"])
        assert await waiting(office) == []
        again = await office.post(approval)
        assert (again.status_code, again.json()["certificate_id"]) == (200, pending_id)

    async def test_holds_for_the_next_approvals_of_this_authority_and_for_what_waits(
        self, office: Office
    ) -> None:
        shop = a_shop()
        await known_as(office, shop, "郧西县上津镇另一商行")
        first, second = [(await office.post(an_approval(shop))).json()["pending_id"] for _ in range(2)]
        await decide(office, first, "confirmations")
        assert await waiting(office) == []
        assert set(certificates(office)) == {first, second}
        assert (await office.post(an_approval(shop))).status_code == 201
        other = an_approval(shop | {"name": "郧西县夹河镇第三商行"})
        assert (await office.post(other)).json()["code"] == "holder_name_differs"

    async def test_may_be_repeated_and_needs_a_reason(self, office: Office) -> None:
        _, pending_id = await held(office)
        for said in ({"reason": " "}, {"reason": ""}, {}):
            answer = await office.client.post(
                f"/v1/approvals/pending/{pending_id}/confirmations", json=said, headers=office.headers()
            )
            assert answer.status_code == 422
        answers = [await decide(office, pending_id, "confirmations") for _ in range(2)]
        assert [one.json()["state"] for one in answers] == ["confirmed", "confirmed"]
        assert len(certificates(office)) == 1

    async def test_of_what_is_refused_for_another_reason_says_which_and_waits(self, office: Office) -> None:
        _, pending_id = await held(office)
        await office.register(BUREAU, source_for={MARKET: []})
        answer = (await decide(office, pending_id, "confirmations", MARKET)).json()
        assert (answer["state"], answer["issued"]) == ("waiting", False)
        assert answer["code"] == "issuer_not_entitled"
        (row,) = (await pending(office, MARKET))["pending"]
        assert (row["code"], row["next_step_zh"]) == (answer["code"], answer["next_step_zh"])
        await office.register(BUREAU, source_for={MARKET: [FOOD]})
        again = (await decide(office, pending_id, "confirmations")).json()
        assert (again["state"], again["issued"], again["code"]) == ("confirmed", True, "holder_name_differs")

    async def test_of_what_was_sent_again_otherwise_issues_it_too(self, office: Office) -> None:
        """Both were right: one decision about two holders of one name, or number."""
        approval, pending_id = await held(office)
        assert (await office.post(approval | {"holder": a_shop()})).status_code == 201
        assert (await office.post(approval)).json()["pending_id"] == pending_id
        assert await waiting(office) == []
        assert (await decide(office, pending_id, "confirmations")).json()["state"] == "confirmed"
        assert pending_id in certificates(office)

    async def test_survives_a_crash_between_the_word_and_the_certificate(self, office: Office) -> None:
        _, pending_id = await held(office)
        office.wavering.silent_at = ("find", 1)
        assert (await decide(office, pending_id, "confirmations")).status_code == 503
        assert certificates(office) == []
        assert (await decide(office, pending_id, "confirmations")).json()["state"] == "confirmed"
        assert certificates(office) == [pending_id]


class TestAnotherWayOut:
    async def test_discarded_it_waits_no_more_also_when_it_is_sent_again(self, office: Office) -> None:
        approval, pending_id = await held(office)
        for _ in range(2):
            assert (await decide(office, pending_id, "discard")).json()["state"] == "discarded"
        answer = await office.post(approval)
        assert (answer.status_code, answer.json()["code"]) == (409, "holder_name_differs")
        assert await waiting(office) == []
        assert certificates(office) == []

    async def test_discarded_by_mistake_it_can_be_confirmed(self, office: Office) -> None:
        _, pending_id = await held(office)
        await decide(office, pending_id, "discard")
        assert (await decide(office, pending_id, "confirmations")).json()["state"] == "confirmed"
        assert certificates(office) == [pending_id]
        late = await decide(office, pending_id, "discard")
        assert (late.status_code, late.json()["code"]) == (409, "pending_settled")

    @pytest.mark.parametrize("right", ["number", "name"])
    async def test_sent_again_with_the_right_number_or_name_it_is_settled(
        self, office: Office, right: str
    ) -> None:
        approval, _ = await held(office)
        holder = approval["holder"]
        put_right = a_shop() if right == "number" else holder | {"name": "郧西县上津镇另一商行"}
        assert (await office.post(approval | {"holder": put_right})).status_code == 201
        assert await waiting(office) == []

    async def test_another_holder_of_the_same_decision_settles_nothing(self, office: Office) -> None:
        """One decision may be about many holders."""
        approval, pending_id = await held(office)
        other = approval | {"holder": a_shop("郧西县夹河镇第三商行")}
        assert (await office.post(other)).status_code == 201
        assert await waiting(office) == [pending_id]

    async def test_it_is_issued_when_the_name_at_identity_is_put_right(self, office: Office) -> None:
        approval, pending_id = await held(office)
        await known_as(office, approval["holder"], approval["holder"]["name"], version=2)
        (issued,) = await office.issued()
        assert issued.certificate_id == pending_id

        async def settled() -> bool:
            return not await waiting(office)

        assert await eventually(settled)

    async def test_a_name_put_right_in_the_same_moment_leaves_nothing_waiting(self, office: Office) -> None:
        shop = a_shop()
        await known_as(office, shop, "郧西县上津镇另一商行")
        kept = vars(office.documents)["_kept"]["holder_names"][id_of(office, shop)]

        def rename() -> None:
            kept["name_hashes"] = [hashed(office, shop, shop["name"])]

        office.wavering.before["insert_many"] = rename
        assert (await office.post(an_approval(shop))).status_code == 201
        assert await waiting(office) == []

    async def test_an_erasure_is_none_and_lets_nothing_go(self, office: Office) -> None:
        """Who is known by no name any more has not become the right holder."""
        approval, pending_id = await held(office)
        await erased(office, approval["holder"])
        assert certificates(office) == []
        assert await waiting(office) == [pending_id]
        nameless = HolderRegistered(holder_id=id_of(office, approval["holder"]), version=3)
        await hear(office, nameless, version=3)
        await known_as(office, a_shop(), "郧西县夹河镇第三商行")
        assert await waiting(office) == [pending_id]
        await known_as(office, approval["holder"], approval["holder"]["name"], version=4)
        (issued,) = await office.issued()
        assert issued.certificate_id == pending_id

    async def test_sent_again_to_a_holder_erased_since_it_waits_no_more(self, office: Office) -> None:
        approval, pending_id = await held(office)
        await erased(office, approval["holder"])
        assert (await office.post(approval)).status_code == 201
        assert (certificates(office), await waiting(office)) == ([pending_id], [])


class TestADispute:
    async def disputed(self, office: Office, **changes: Any) -> tuple[Json, str]:
        """A certificate that was issued before its holder was known, and lies hidden."""
        approval = an_approval(a_shop(), **changes)
        made = (await office.post(approval)).json()["certificate_id"]
        await known_as(office, approval["holder"], "郧西县上津镇另一商行")
        await hear(office, self.said(office, approval, made))
        return approval, made

    def said(self, office: Office, approval: Json, made: str, *, version: int = 1) -> EntryDisputed:
        return EntryDisputed(
            entry_id=made,
            version=version,
            holder_id=id_of(office, approval["holder"]),
            certificate_type=FOOD,
            authority=MARKET,
            name_hash=hashed(office, approval["holder"], approval["holder"]["name"]),
            disputed_at=datetime(2026, 3, 9, tzinfo=UTC),
        )

    async def test_is_on_the_same_list_and_says_that_the_certificate_stands(self, office: Office) -> None:
        approval, made = await self.disputed(office)
        (row,) = (await pending(office, MARKET))["pending"]
        assert (row["pending_id"], row["code"], row["issued"]) == (made, "entry_name_differs", True)
        assert row["holder_name"] == approval["holder"]["name"]
        assert approval["holder"]["id_number"] not in json.dumps(row)

    async def test_is_over_once_the_name_is_confirmed_and_comes_back_no_more(self, office: Office) -> None:
        approval, made = await self.disputed(office)
        assert (await decide(office, made, "confirmations")).json()["state"] == "confirmed"
        await office.say(self.said(office, approval, made, version=2), version=2)
        _, later = await self.disputed(office)
        assert await waiting(office) == [later]
        assert len(certificates(office)) == 2

    async def test_is_not_discarded_but_ends_with_the_certificate(self, office: Office) -> None:
        _, made = await self.disputed(office)
        answer = await decide(office, made, "discard")
        assert (answer.status_code, answer.json()["code"]) == (409, "pending_issued")
        order = {"change": "withdraw", "reason": "号码有误", "case_number": "1号", "decided_on": "2026-05-06"}
        path = f"/v1/certificates/{made}/changes"
        changed = await office.client.post(path, json=order, headers=office.headers())
        assert changed.status_code == 201
        assert await waiting(office) == []

    async def test_is_over_when_the_name_at_identity_is_put_right(self, office: Office) -> None:
        approval, _ = await self.disputed(office)
        await known_as(office, approval["holder"], approval["holder"]["name"], version=2)

        async def settled() -> bool:
            return not await waiting(office)

        assert await eventually(settled)

    async def test_is_not_over_when_its_holder_is_erased(self, office: Office) -> None:
        approval, made = await self.disputed(office)
        await erased(office, approval["holder"])
        assert await waiting(office) == [made]

    async def test_of_what_was_erased_is_over_and_hides_no_other(self, office: Office) -> None:
        approval, _ = await self.disputed(office)
        _, later = await self.disputed(office)
        vault = vars(office.parts.desk.standings)["_vault"]
        await vault.forget(id_of(office, approval["holder"]), "record")
        assert await waiting(office) == [later]

    async def corrected(self, office: Office, made: str, approval: Json, name: str) -> Json:
        right = approval | {"holder": approval["holder"] | {"name": name}}
        order = {"reason": "名称有误", "case_number": "1号", "decided_on": "2026-05-06"}
        path = f"/v1/certificates/{made}/corrections"
        body = order | {"approval": right}
        answer = await office.client.post(path, json=body, headers=office.headers(MARKET))
        assert answer.status_code == 201, answer.text
        return right

    async def test_is_over_with_a_correction_of_the_name_and_is_not_confirmed_any_more(
        self, office: Office
    ) -> None:
        approval, made = await self.disputed(office)
        await self.corrected(office, made, approval, "郧西县上津镇另一商行")
        kept = vars(office.documents)["_kept"]["pendings"][made]
        assert kept["state"] == "ended"
        answer = await decide(office, made, "confirmations")
        assert (answer.status_code, answer.json()["code"]) == (409, "pending_settled")
        assert office.bus.topics[NameConfirmed.topic()] == []

    async def test_of_an_edition_before_the_correction_is_none(self, office: Office) -> None:
        approval, made = await self.disputed(office)
        await self.corrected(office, made, approval, "郧西县上津镇另一商行")
        await office.say(self.said(office, approval, made, version=2), version=2)
        _, later = await self.disputed(office)
        assert vars(office.documents)["_kept"]["pendings"][made]["state"] == "ended"
        assert await waiting(office) == [later]

    async def test_of_the_corrected_name_is_a_question_of_its_own(self, office: Office) -> None:
        approval, made = await self.disputed(office)
        right = await self.corrected(office, made, approval, "郧西县夹河镇第三商行")
        await office.say(self.said(office, approval, made, version=2), version=2)
        await office.say(self.said(office, right, made, version=3), version=3)
        assert await eventually(lambda: waiting(office)) == [made]
        (row,) = (await pending(office))["pending"]
        assert row["holder_name"] == right["holder"]["name"]
        await decide(office, made, "confirmations")
        kept = vars(office.documents)["_kept"]["name_confirmations"]
        assert [one["name_hash"] for one in kept.values()] == [
            hashed(office, right["holder"], right["holder"]["name"])
        ]

    async def test_of_what_is_not_there_or_another_holders_changes_nothing(self, office: Office) -> None:
        approval = an_approval(a_shop())
        made = (await office.post(approval)).json()["certificate_id"]
        other = approval | {"holder": a_shop()}
        await office.say(self.said(office, other, made))
        await office.say(self.said(office, other, "0" * 32))
        _, later = await self.disputed(office)
        assert await waiting(office) == [later]
