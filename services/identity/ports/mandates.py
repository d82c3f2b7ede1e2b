"""Who acts for whom, and what certs says of types and certificates."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from services.identity.domain.certificates import Certificate, CertificateType
from services.identity.domain.mandates import Mandate
from services.kernel.holders import HolderId


class Mandates(Protocol):
    """By mandate id."""

    async def find(self, mandate_id: str) -> Mandate | None:
        """As it stands."""
        ...

    async def of(self, holder_id: HolderId) -> Sequence[Mandate]:
        """Those that the holder has given or holds, newest first."""
        ...

    async def of_certificates(self, certificate_ids: Sequence[str]) -> Sequence[Mandate]:
        """Those that rest on one of these certificates, open or not."""
        ...

    async def add(self, mandate: Mandate) -> bool:
        """Keep it with its facts; False if it is there."""
        ...

    async def change(self, mandate: Mandate) -> None:
        """Keep version n over n-1 with its facts; `stale` if somebody else was first."""
        ...


class Types(Protocol):
    """The mirror of the certificate types."""

    async def find_many(self, certificate_types: Sequence[str]) -> Mapping[str, CertificateType]:
        """Those that are known, by code; one that is not is to be taken for sensitive."""
        ...

    async def advance(self, types: Sequence[CertificateType]) -> None:
        """Take each that is newer than what is held; one of a type at a time."""
        ...


class Certificates(Protocol):
    """The mirror of the certificates: who represents whom, and what is public."""

    async def find_many(self, certificate_ids: Sequence[str]) -> Mapping[str, Certificate]:
        """As last heard, by id."""
        ...

    async def of(self, holder_id: HolderId) -> Sequence[Certificate]:
        """Those of one holder."""
        ...

    async def advance(self, certificates: Sequence[Certificate]) -> None:
        """Take each that is newer than what is held; one of a certificate at a time."""
        ...


class Faces(Protocol):
    """Which organisation a printed code is of; one for life."""

    async def keep(self, face_id: str, holder_id: HolderId) -> None:
        """Harmless when it is there."""
        ...

    async def holder_of(self, face_id: str) -> HolderId | None:
        """None for a text that is nobody's face."""
        ...
