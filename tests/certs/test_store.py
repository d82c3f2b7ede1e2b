"""What stands in the store: published types, and certificates that only their keys open."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest

from services.certs.events import TypePublished
from services.certs.handlers import publish_types
from services.certs.store import CERTIFICATE_TYPES, TypeStore, read_types
from services.certs.store.types import CertificateTypeUnreadable
from services.kernel.clock import SystemClock
from services.kernel.event import decode
from services.kernel.keys.secrets import read_key
from services.kernel.keys.vault import Vault
from services.kernel.outbox.aggregates import Aggregates
from tests.certs.office import FOOD, Office, eventually
from tests.world.people import a_shop, an_approval


def type_store(office: Office) -> TypeStore:
    documents: Any = office.wavering
    return TypeStore(Aggregates(documents, CERTIFICATE_TYPES, office.parts.relay, SystemClock()))


async def said(office: Office, *, count: int) -> list[TypePublished]:
    async def heard() -> list[TypePublished]:
        records = office.bus.topics[TypePublished.topic()]
        return [decode(TypePublished, one).event for one in records] if len(records) >= count else []

    return await eventually(heard)


class TestTypes:
    async def test_are_each_said_once_at_the_start(self, office: Office) -> None:
        events = await said(office, count=len(office.parts.desk.types.types))
        assert {one.certificate_type for one in events} == set(office.parts.desk.types.types)
        assert {one.version for one in events} == {1}

    async def test_are_not_said_again_by_the_next_process(self, office: Office) -> None:
        await said(office, count=len(office.parts.desk.types.types))
        assert await publish_types(type_store(office), office.parts.desk.types) == 0

    async def test_grow_by_a_version_when_their_content_changes(self, office: Office) -> None:
        shipped = len(await said(office, count=len(office.parts.desk.types.types)))
        changed = replace(office.parts.desk.types.types[FOOD], aliases=("食品证",))
        event = await type_store(office).publish(changed)
        assert event is not None
        assert (event.version, event.certificate_type) == (2, FOOD)
        assert await type_store(office).publish(changed) is None
        assert (await said(office, count=shipped + 1))[-1] == event


class TestCertificates:
    async def test_keep_the_whole_approval_under_the_key_of_the_holder(self, office: Office) -> None:
        approval = an_approval(a_shop(), raw={"备注": "原样"})
        made = (await office.post(approval)).json()
        kept = vars(office.documents)["_kept"]["certificates"][made["certificate_id"]]
        (version,) = kept["versions"]
        assert (version["version"], version["identifier"]) == (1, made["identifier"])
        vault = Vault(office.documents, read_key(office.secrets_dir / "certs" / "master.key"))
        (holder_id,) = kept["holder_ids"]
        keys = await vault.keys([holder_id], "record", make=False)
        place = f"certificates/{made['certificate_id']}"
        content = json.loads(keys.decrypt(holder_id, version["content"], place=place))
        assert content["approval"]["holder"]["id_number"] == approval["holder"]["id_number"]
        assert content["approval"]["raw"] == {"备注": "原样"}
        assert (
            jwt.decode(content["jws"], options={"verify_signature": False})["identifier"]
            == made["identifier"]
        )


class TestAFileOfATypeThatCannotBeRead:
    @pytest.mark.parametrize("text", ["certificate_type: 7", "- a", "{", "", "name: only"])
    def test_is_named_and_says_what_is_wrong(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "broken.yaml").write_text(text)
        with pytest.raises(CertificateTypeUnreadable, match=r"broken\.yaml"):
            read_types(tmp_path)
