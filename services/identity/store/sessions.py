"""Sessions and what their last refresh token must be: hashed, so that the database opens nothing."""

from dataclasses import asdict, fields

from services.identity.domain.sessions import Session
from services.kernel.errors import Stale
from services.kernel.holders import HolderId
from services.kernel.store.documents import Collection, Document, Documents, Index

SESSIONS = Collection(
    name="sessions", indexes=(Index(keys=("until",), expire_after=0), Index(keys=("subject",)))
)


class KeptSessions:
    """`_id` = session id; a session says nothing on a topic."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def find(self, session_id: str) -> Session | None:
        """As it stands."""
        document = await self._documents.get(SESSIONS, session_id)
        return _session(document) if document else None

    async def of(self, subject: HolderId) -> list[Session]:
        """Those that the engine has not deleted yet."""
        found = await self._documents.find(SESSIONS, {"subject": subject})
        return [_session(document) for document in found]

    async def add(self, session: Session) -> None:
        """Keep a new one."""
        await self._documents.insert(SESSIONS, {"_id": session.session_id, **asdict(session)})

    async def change(self, session: Session) -> None:
        """Keep version n over n-1, or raise `Stale`."""
        changes = asdict(session)
        del changes["version"], changes["session_id"]
        before = session.version - 1
        if not await self._documents.update(SESSIONS, session.session_id, version=before, changes=changes):
            raise Stale("the session was changed a moment ago")


def _session(document: Document) -> Session:
    return Session(**{one.name: document[one.name] for one in fields(Session) if one.name in document})
