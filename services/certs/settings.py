"""Every knob of certs with its default."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from services.kernel.settings import ServiceSettings

_MIB = 1024 * 1024


class CertsSettings(ServiceSettings):
    """Read from the environment."""

    port: int = Field(default=8102, validation_alias="YIMA_PORT")
    # The public address of certificates' keys and status lists. It stands inside every signature: choose it
    # once, and never change it.
    address: str = Field(default="https://yima.example", validation_alias="CERTS_ADDRESS")
    # Of authorities that have no keys yet: ES256, or SM2 by the national standards (docs/keys.md).
    suite: Literal["ES256", "SM2"] = Field(default="ES256", validation_alias="CERTS_SUITE")
    # Where an uploaded file lies, without a name, while it is worked through; None = the system's place.
    spool_dir: Path | None = Field(default=None, validation_alias="CERTS_SPOOL")
    # Bytes of an uploaded CSV. An XLSX is read from memory, and its reader has a limit of its own (10 MB).
    largest_upload: int = Field(default=64 * _MIB, validation_alias="CERTS_LARGEST_UPLOAD")
    # Files that one process works through at once; more are asked to come again.
    imports_at_once: int = Field(default=4, validation_alias="CERTS_IMPORTS_AT_ONCE")
    # Verifications that one caller (an address, of IPv6 a network) may ask one process for in a minute.
    # Behind a proxy on another machine uvicorn has to believe its X-Forwarded-For: FORWARDED_ALLOW_IPS.
    verifications_a_minute: int = Field(default=300, ge=1, validation_alias="CERTS_VERIFICATIONS_A_MINUTE")
    # Bytes of a file to be verified, and how many one process has in hand at once.
    largest_presented: int = Field(default=8 * _MIB, validation_alias="CERTS_LARGEST_PRESENTED")
    presented_at_once: int = Field(default=16, ge=1, validation_alias="CERTS_PRESENTED_AT_ONCE")
    # Days for which an annotated copy says that it is of use.
    copy_days: int = Field(default=30, ge=1, le=3660, validation_alias="CERTS_COPY_DAYS")
    # Who the root of the authorities' seals on PDF files says it is; chosen before the first one is made.
    seal_root: str = Field(default="一码电子证照平台", validation_alias="CERTS_SEAL_ROOT")
    # Name of the transparency log, a URL without its scheme: in every signed head, so chosen once for good.
    log_name: str = Field(
        default="yima.example/certs", validation_alias="CERTS_LOG_NAME", pattern=r"^[^\s+]{1,100}$"
    )
    # `python -m services.certs import` sends for this organisation unless told another.
    organisation: str = Field(default="", validation_alias="CERTS_ORGANISATION")
