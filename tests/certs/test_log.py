"""Every issue and every change is in the transparency log, once; and who may take evidence of it along."""

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.certs.events import CertificateIssued, MandateChanged, StatusChanged
from services.kernel.event import decode
from services.kernel.store.documents import Document
from tests.certs.office import BUREAU, HOSPITAL, ISSUER, MARKET, Office, eventually
from tests.certs.test_changes import change
from tests.certs.test_faces import registered
from tests.certs.test_renewals import renewing
from tests.world.evidence import checked
from tests.world.people import a_shop, an_approval

LOG = "yima.example/certs"
Json = dict[str, Any]


async def issue(office: Office) -> CertificateIssued:
    """One more certificate, as certs said it."""
    answer = await office.post(an_approval(a_shop()))
    assert answer.status_code == 201, answer.text
    certificate_id = answer.json()["certificate_id"]

    async def said() -> list[CertificateIssued]:
        records = office.bus.topics[CertificateIssued.topic()]
        events = [decode(CertificateIssued, one).event for one in records]
        return [one for one in events if one.certificate_id == certificate_id]

    return (await eventually(said))[0]


def kept(office: Office, collection: str) -> list[Document]:
    return list(vars(office.documents)["_kept"].get(collection, {}).values())


async def logged(office: Office, *, count: int) -> list[str]:
    """The ce_ids of the leaves under the signed head, once they are so many and nothing waits."""

    async def covered() -> list[str]:
        heads = kept(office, "log_heads")
        done = heads and heads[0]["size"] >= count and not kept(office, "log_waiting")
        return [one["ce_id"] for one in kept(office, "log_leaves")] if done else []

    return await eventually(covered)


def holder(office: Office, *holder_ids: str, **claims: Any) -> dict[str, str]:
    """The header of a resident who is signed in."""
    now = int(time.time())
    said = {"iss": ISSUER, "sub": holder_ids[0], "aud": "yima", "iat": now, "exp": now + 600}
    said |= {"jti": uuid.uuid4().hex, "client_id": "portal", "kind": "resident"}
    said |= {"holder_ids": list(holder_ids), **claims}
    return {"Authorization": f"Bearer {office.signer.sign(said, typ='at+jwt')}"}


async def ask(office: Office, certificate_id: str, headers: dict[str, str], **query: Any) -> httpx.Response:
    path = f"/v1/certificates/{certificate_id}/evidence"
    return await office.client.get(path, headers=headers, params=query)


async def evidence(office: Office, certificate_id: str, **query: Any) -> Json:
    """For the data source, once the log has taken it up."""

    async def there() -> Json:
        answer = await ask(office, certificate_id, office.headers(BUREAU), **query)
        found: Json = answer.json() if answer.status_code == 200 else {}
        return found

    return await eventually(there)


async def keys(office: Office) -> Json:
    found: Json = (await office.client.get("/v1/log/keys")).json()
    return found


class TestALeaf:
    async def test_is_made_of_an_issue_and_of_each_change(self, office: Office) -> None:
        event = await issue(office)
        for step, case in (("suspend", "1"), ("revoke", "2")):
            answer = await change(office, event.certificate_id, step, case_number=case)
            assert answer.status_code == 201, answer.text
        leaves = await logged(office, count=3)
        said = [*office.bus.topics[CertificateIssued.topic()], *office.bus.topics[StatusChanged.topic()]]
        assert sorted(leaves) == sorted({one.header("ce_id") for one in said})

    async def test_is_made_of_a_renewal_and_bound_to_the_token_of_the_new_edition(
        self, office: Office
    ) -> None:
        approval = an_approval(a_shop())
        await office.post(approval)
        renewed = (await office.post(renewing(approval))).json()
        await logged(office, count=2)
        made = await evidence(office, renewed["certificate_id"])
        (event,) = [one for one in await office.issued(count=2) if one.version == 2]
        signed = office.open(event)["credential"].partition("~")[0]
        said = json.loads(made["record"])
        assert (said["version"], said["change"]) == (2, "renew")
        assert said["token_digest"] == sha256(signed.encode()).hexdigest()

    async def test_is_one_however_often_the_event_is_heard(self, office: Office) -> None:
        await issue(office)
        await logged(office, count=1)
        await office.bus.publish(list(office.bus.topics[CertificateIssued.topic()]) * 3)
        await issue(office)
        assert len(await logged(office, count=2)) == 2
        assert len(kept(office, "log_records")) == 2

    @pytest.mark.parametrize("method", ["get_many", "insert_many", "insert", "insert_in_order", "update"])
    async def test_is_one_although_the_store_falls_silent_on_its_way(
        self, office: Office, method: str
    ) -> None:
        """And although what it was asked for was done without an answer."""
        event = await issue(office)
        await logged(office, count=1)
        office.wavering.lose_answers = True
        office.wavering.silent_at = (method, 1)
        await office.say(replace(event, certificate_id=uuid.uuid4().hex))
        assert len(set(await logged(office, count=2))) == 2
        assert office.wavering.silent_at == ("", 0)
        assert len(kept(office, "log_leaves")) == await office.parts.log.audit() == 2


class TestEvidence:
    @pytest.mark.parametrize("sender", [BUREAU, MARKET])
    async def test_holds_for_a_stranger_without_us(self, office: Office, tmp_path: Path, sender: str) -> None:
        event = await issue(office)
        await logged(office, count=1)
        answer = await ask(office, event.certificate_id, office.headers(sender))
        assert answer.headers["cache-control"] == "no-store"
        done = checked(tmp_path, answer.json(), await keys(office), LOG)
        assert (done.returncode, done.stdout[:6]) == (0, "holds:"), done.stderr

    async def test_says_what_happened_and_whose_only_to_who_has_the_token(self, office: Office) -> None:
        event = await issue(office)
        await change(office, event.certificate_id, "suspend")
        await logged(office, count=2)
        record = json.loads((await evidence(office, event.certificate_id))["record"])
        assert record.pop("changed_at")[-1] == "Z"
        token = office.open(event)["credential"].partition("~")[0]
        assert record == {
            "type": "certs.status.changed.v1",
            "certificate_id": event.certificate_id,
            "version": 2,
            "certificate_type": event.certificate_type,
            "authority": MARKET,
            "state": "suspended",
            "change": "suspend",
            "issued_at": event.issued_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "valid_from": event.valid_from and event.valid_from.isoformat(),
            "valid_to": event.valid_to and event.valid_to.isoformat(),
            "token_digest": sha256(token.encode()).hexdigest(),
        }

    async def test_of_an_earlier_version_is_there_too(self, office: Office, tmp_path: Path) -> None:
        event = await issue(office)
        await change(office, event.certificate_id, "revoke")
        await logged(office, count=2)
        first = await evidence(office, event.certificate_id, version=1)
        assert json.loads(first["record"])["state"] == "valid"
        assert checked(tmp_path, first, await keys(office), LOG).returncode == 0
        later = await ask(office, event.certificate_id, office.headers(), version=3)
        assert (later.status_code, later.json()["code"]) == (404, "certificate_unknown")

    async def test_with_an_older_head_shows_that_the_log_only_grew(
        self, office: Office, tmp_path: Path
    ) -> None:
        event = await issue(office)
        await logged(office, count=1)
        older = (await office.client.get("/v1/log/checkpoint")).text
        await change(office, event.certificate_id, "revoke")
        await logged(office, count=2)
        made = await evidence(office, event.certificate_id, older=older)
        done = checked(tmp_path, made, await keys(office), LOG)
        assert "it has only grown since it had 1" in done.stdout, done.stderr

    @pytest.mark.parametrize("spoil", [lambda note: note.replace("\n1\n", "\n2\n"), lambda _: "no head"])
    async def test_from_a_head_that_the_log_did_not_sign_is_refused(
        self, office: Office, spoil: Callable[[str], str]
    ) -> None:
        event = await issue(office)
        await logged(office, count=1)
        older = spoil((await office.client.get("/v1/log/checkpoint")).text)
        answer = await ask(office, event.certificate_id, office.headers(), older=older)
        assert (answer.status_code, answer.json()["code"]) == (422, "log_head_foreign")

    async def test_does_not_hold_once_a_letter_was_changed(self, office: Office, tmp_path: Path) -> None:
        event = await issue(office)
        await logged(office, count=1)
        made = await evidence(office, event.certificate_id)
        made["record"] = made["record"].replace('"valid"', '"revoked"')
        done = checked(tmp_path, made, await keys(office), LOG)
        assert (done.returncode, done.stderr[:14]) == (1, "does not hold:")

    async def test_is_not_ready_while_the_event_is_on_its_way(self, office: Office) -> None:
        event = await issue(office)
        await logged(office, count=1)
        office.bus.down = True
        await change(office, event.certificate_id, "suspend")
        answer = await ask(office, event.certificate_id, office.headers())
        assert (answer.status_code, answer.json()["code"]) == (503, "evidence_not_ready")
        assert int(answer.headers["retry-after"]) > 0
        assert (await ask(office, event.certificate_id, office.headers(), version=1)).status_code == 200
        office.bus.down = False
        assert json.loads((await evidence(office, event.certificate_id))["record"])["version"] == 2


Reader = Callable[[Office, CertificateIssued], dict[str, str]]
MEMBERS: dict[str, Reader] = {
    "the holder": lambda office, event: holder(office, event.holder_id),
    "the holder by another document": lambda office, event: holder(office, "A" * 26, event.holder_id),
    "who acts for the holder": lambda office, event: holder(
        office, event.holder_id, act={"sub": "B" * 26}, mandate_id="m1"
    ),
}
STRANGERS: dict[str, Reader] = {
    "another holder": lambda office, _: holder(office, "A" * 26),
    "another authority": lambda office, _: office.headers(HOSPITAL),
}
NOT_READERS: dict[str, tuple[Reader, str]] = {
    "another scope": (
        lambda office, _: {"Authorization": f"Bearer {office.token(scope='admin')}"},
        "scope_missing",
    ),
    "an operator": (
        lambda office, _: {"Authorization": f"Bearer {office.token(kind='operator')}"},
        "caller_kind_wrong",
    ),
    "a helper in some items": (
        lambda office, event: holder(
            office, event.holder_id, kind="agent", act={"sub": "B" * 26}, mandate_id="m1"
        ),
        "caller_kind_wrong",
    ),
}


class TestWhoMayTakeEvidence:
    @pytest.mark.parametrize("reader", MEMBERS)
    async def test_the_holder_may(self, office: Office, reader: str) -> None:
        event = await issue(office)
        await registered(office, event.holder_id)
        await logged(office, count=1)
        answer = await ask(office, event.certificate_id, MEMBERS[reader](office, event))
        assert answer.status_code == 200, answer.text

    async def test_who_acts_for_the_holder_may_until_the_mandate_is_over(self, office: Office) -> None:
        event = await issue(office)
        await registered(office, event.holder_id)
        ended = MandateChanged(mandate_id="m1", version=2, holder_id=event.holder_id, state="withdrawn")
        await office.say(ended, version=2)
        headers = MEMBERS["who acts for the holder"](office, event)

        async def code() -> str:
            return str((await ask(office, event.certificate_id, headers)).json().get("code", ""))

        async def over() -> bool:
            return await code() == "mandate_ended"

        assert await eventually(over)

    async def test_a_holder_from_whom_it_is_hidden_may_not(self, office: Office) -> None:
        """A wrong number must not tell a stranger when somebody's certificate was issued."""
        event = await issue(office)
        await registered(office, event.holder_id, "另一家店")
        await logged(office, count=1)
        answer = await ask(office, event.certificate_id, holder(office, event.holder_id))
        assert (answer.status_code, answer.json()["code"]) == (404, "certificate_unknown")

    @pytest.mark.parametrize("reader", STRANGERS)
    async def test_others_cannot_tell_whether_there_is_such_a_certificate(
        self, office: Office, reader: str
    ) -> None:
        await office.register(HOSPITAL, own=["11100000MB9999900G902"])
        event = await issue(office)
        await logged(office, count=1)
        headers = STRANGERS[reader](office, event)
        answers = [await ask(office, one, headers) for one in (event.certificate_id, "0" * 32)]
        assert [one.status_code for one in answers] == [404, 404]
        (found, missing) = (one.json() | {"instance": ""} for one in answers)
        assert found == missing

    @pytest.mark.parametrize("reader", NOT_READERS)
    async def test_who_is_neither_is_refused(self, office: Office, reader: str) -> None:
        event = await issue(office)
        make, code = NOT_READERS[reader]
        answer = await ask(office, event.certificate_id, make(office, event))
        assert (answer.status_code, answer.json()["code"]) == (403, code)

    async def test_without_a_token_nobody_may(self, office: Office) -> None:
        assert (await ask(office, "0" * 32, {})).status_code == 401


class TestTheLog:
    @pytest.mark.parametrize("path", ["/v1/log/checkpoint", "/v1/log/keys", "/v1/log/leaves?start=0"])
    async def test_is_open_to_everybody_and_names_nobody(self, office: Office, path: str) -> None:
        event = await issue(office)
        await logged(office, count=1)
        answer = await office.client.get(path)
        assert answer.status_code == 200
        for secret in (event.holder_id, event.certificate_id, '"d"'):
            assert secret not in answer.text

    async def test_keeps_what_evidence_tells_from_who_reads_the_store(self, office: Office) -> None:
        event = await issue(office)
        await logged(office, count=1)
        made = await evidence(office, event.certificate_id)
        assert event.holder_id not in json.dumps(made)
        assert made["record"] not in office.everything()
        assert made["salt"] not in office.everything()


class TestErasure:
    async def test_takes_the_evidence_and_leaves_the_log_whole(self, office: Office) -> None:
        event = await issue(office)
        await logged(office, count=1)
        assert await office.parts.vault.forget(event.holder_id, "record")
        answer = await ask(office, event.certificate_id, office.headers())
        assert (answer.status_code, answer.json()["code"]) == (410, "content_erased")
        assert await office.parts.log.audit() == 1
