"""Certificate types: from the YAML files of `types/`, one a type, to published documents."""

import hashlib
from pathlib import Path

import msgspec
import yaml

from services.certs.domain import Catalogue, CertificateType
from services.certs.events import PublishedField, TypePublished
from services.kernel.errors import Invalid
from services.kernel.outbox.aggregates import Aggregates, Birth
from services.kernel.store.documents import Collection, DuplicateKey


class CertificateTypeUnreadable(Invalid):
    """For the operator, at the start: which file is no certificate type, and why."""

    code = "certificate_type_unreadable"


CERTIFICATE_TYPES = Collection.of_aggregates("certificate_types")
FOLDER = Path(__file__).parents[1] / "types"


def read_types(folder: Path = FOLDER) -> Catalogue:
    """Every type of the folder; a file that is not one, or two that collide, end the start."""
    return Catalogue(_read(file) for file in sorted(folder.glob("*.yaml")))


def _read(file: Path) -> CertificateType:
    try:
        return msgspec.convert(yaml.safe_load(file.read_text(encoding="utf-8")), CertificateType)
    except (msgspec.ValidationError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise CertificateTypeUnreadable(f"{file.name}: {error}") from error


class TypeStore:
    """Each type as it was published last; its version grows with its content."""

    def __init__(self, aggregates: Aggregates) -> None:
        self._aggregates = aggregates

    async def publish(self, certificate_type: CertificateType) -> TypePublished | None:
        """Keep and say it if it is not what stands; several processes may do so at once."""
        state = msgspec.to_builtins(certificate_type)
        digest = hashlib.sha256(msgspec.json.encode(state)).hexdigest()
        code = certificate_type.certificate_type
        loaded = await self._aggregates.load(code)
        if loaded is None:
            said = _published(certificate_type, version=1)
            try:
                await self._aggregates.add(Birth(id=code, state={**state, "digest": digest}, emit=[said]))
            except DuplicateKey:
                return None  # another process was first; it reads the same files
            return said
        if loaded["digest"] == digest:
            return None
        said = _published(certificate_type, version=loaded["version"] + 1)
        await self._aggregates.change(loaded, {**state, "digest": digest}, emit=[said])
        return said


def _published(one: CertificateType, *, version: int) -> TypePublished:
    return TypePublished(
        certificate_type=one.certificate_type,
        version=version,
        name=one.name,
        name_en=one.name_en,
        holder_kind=one.holder_kinds[0],
        provisional=one.provisional,
        defining_authority=one.defining_authority,
        fields=tuple(
            PublishedField(name=line.name, term=line.term, sensitive=line.sensitive) for line in one.fields
        ),
        public=one.public,
    )
