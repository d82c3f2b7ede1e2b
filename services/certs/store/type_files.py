"""Certificate types as files: `types/`, one YAML file a type."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import yaml

from services.certs.domain import Catalogue, CertificateType, TypeUnusable, catalogue_of, read_definition
from services.kernel.errors import Invalid, Unavailable

log = logging.getLogger("yima.certs")


class CertificateTypeUnreadable(Invalid):
    """For the operator, at the start: which file is no certificate type, and why."""

    code = "certificate_type_unreadable"


_PAUSE_S = 1.0
FOLDER = Path(__file__).parents[1] / "types"


def read_types(folder: Path = FOLDER) -> Catalogue:
    """Every type of the folder; a file that is not one, or two that collide, end the start."""
    return catalogue_of(_read(file) for file in sorted(folder.glob("*.yaml")))


async def take_files_for_ever(take_files: Callable[[], Awaitable[None]]) -> None:
    """Once a start, as soon as the database answers; a loop of the service never returns."""
    while True:
        try:
            await take_files()
            log.info("the files of certificate types are published")
            await asyncio.Event().wait()
        except Unavailable as error:
            log.warning("publishing the types waits", extra={"reason": error.code})
            await asyncio.sleep(_PAUSE_S)


def _read(file: Path) -> CertificateType:
    try:
        return read_definition(yaml.safe_load(file.read_text(encoding="utf-8")))
    except TypeUnusable as error:
        raise CertificateTypeUnreadable(f"{file.name}: {error.detail}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CertificateTypeUnreadable(f"{file.name}: {error}") from error
