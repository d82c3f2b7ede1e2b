"""Certificate types as files: `types/`, one YAML file a type."""

from pathlib import Path

import yaml

from services.certs.domain import Catalogue, CertificateType, TypeUnusable, catalogue_of, read_definition
from services.kernel.errors import Invalid


class CertificateTypeUnreadable(Invalid):
    """For the operator, at the start: which file is no certificate type, and why."""

    code = "certificate_type_unreadable"


FOLDER = Path(__file__).parents[1] / "types"


def read_types(folder: Path = FOLDER) -> Catalogue:
    """Every type of the folder; a file that is not one, or two that collide, end the start."""
    return catalogue_of(_read(file) for file in sorted(folder.glob("*.yaml")))


def _read(file: Path) -> CertificateType:
    try:
        return read_definition(yaml.safe_load(file.read_text(encoding="utf-8")))
    except TypeUnusable as error:
        raise CertificateTypeUnreadable(f"{file.name}: {error.detail}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CertificateTypeUnreadable(f"{file.name}: {error}") from error
