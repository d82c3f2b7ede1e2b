"""Certificates of the office as people hold them: as text, as files, and as the code on a page."""

from dataclasses import dataclass
from typing import Any

import httpx

from services.certs.copies import CopyDesk
from services.certs.domain.copy import Copy, Form
from services.certs.domain.face import Face, Marking
from services.certs.domain.lifecycle import State
from services.certs.faces import Faces
from services.certs.proof import Addresses, Seals, shown_in
from services.certs.store import RecordStore
from services.kernel.clock import SystemClock
from services.kernel.keys.secrets import read_key
from services.kernel.keys.vault import Vault
from tests.certs.office import Office, eventually
from tests.world.people import a_shop, an_approval

BASE = "https://yima.example"
_FACES: list[Faces] = []


def faces() -> Faces:
    """Loaded once for all tests."""
    _FACES[:] = _FACES or [Faces()]
    return _FACES[0]


@dataclass
class Paper:
    """One certificate that was issued."""

    office: Office
    certificate_id: str
    credential: str

    @property
    def code(self) -> str:
        return str(shown_in(self.credential)["printed_code"])

    def seals(self) -> Seals:
        folder = self.office.secrets_dir / "certs" / "seals"
        return Seals(folder, name="一码电子证照平台", clock=SystemClock())

    async def file(
        self,
        form: Form = "pdf",
        *,
        credential: str | None = None,
        state: State = "valid",
        marking: Marking | None = None,
        seals: Seals | None = None,
    ) -> bytes:
        """As certs draws it."""
        copy = await self.copy(form, credential=credential, state=state, marking=marking)
        return await self.desk(seals).draw(copy)

    async def face(self) -> Face:
        """What stands on it."""
        return self.desk().face(await self.copy("pdf"))

    def desk(self, seals: Seals | None = None) -> CopyDesk:
        addresses, clock = Addresses(BASE), SystemClock()
        return CopyDesk(faces=faces, seals=seals or self.seals(), addresses=addresses, clock=clock)

    async def copy(
        self,
        form: Form,
        *,
        credential: str | None = None,
        state: State = "valid",
        marking: Marking | None = None,
    ) -> Copy:
        record = await records_of(self.office).find(self.certificate_id)
        assert record
        types = self.office.parts.desk.types
        return Copy(
            record=record,
            credential=credential or self.credential,
            kind=await types.find(record.certificate_type, version=record.last.type_version),
            state=state,
            form=form,
            marking=marking,
        )


async def a_paper(
    office: Office,
    *,
    holder: dict[str, str] | None = None,
    approval: dict[str, Any] | None = None,
    edition: int = 1,
    **changes: Any,
) -> Paper:
    """Issued now, and read as space gets it."""
    answer = await office.post(approval or an_approval(holder or a_shop("郧西县金銮餐馆"), **changes))
    assert answer.status_code == 201, answer.text
    certificate_id = answer.json()["certificate_id"]

    async def told() -> str:
        events = {(one.certificate_id, one.version): one for one in await office.issued()}
        event = events.get((certificate_id, edition))
        return str(office.open(event)["credential"]) if event else ""

    paper = Paper(office, certificate_id, await eventually(told))
    await printed(office, certificate_id)
    return paper


def records_of(office: Office) -> RecordStore:
    vault = Vault(office.documents, read_key(office.secrets_dir / "certs" / "master.key"))
    return RecordStore(office.documents, vault)


async def printed(office: Office, certificate_id: str) -> None:
    """As if a face of it had been drawn, which is when its code begins to lead to it."""
    record = await records_of(office).find(certificate_id)
    assert record
    await records_of(office).print(record)


async def shown(office: Office, content: bytes | str, **headers: str) -> httpx.Response:
    """Handed in to be verified, by nobody in particular."""
    body = content.encode() if isinstance(content, str) else content
    return await office.client.post("/v1/verifications", content=body, headers=headers)


def told(answer: httpx.Response) -> tuple[str, str, str]:
    """The codes of the three answers."""
    assert answer.status_code == 200, answer.text
    said = answer.json()
    return said["integrity"]["code"], said["status"]["code"], said["issuer"]["code"]
