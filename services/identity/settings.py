"""Every knob of identity, with its default."""

from pydantic import Field

from services.kernel.settings import ServiceSettings


class IdentitySettings(ServiceSettings):
    """Lifetimes are in seconds."""

    port: int = Field(default=8101, validation_alias="YIMA_PORT")
    code_seconds: int = Field(default=60, ge=10, le=300, validation_alias="YIMA_CODE_SECONDS")
    token_seconds: int = Field(default=600, ge=60, le=3600, validation_alias="YIMA_TOKEN_SECONDS")
    grant_seconds: int = Field(default=600, ge=60, le=3600, validation_alias="YIMA_GRANT_SECONDS")
    # How far ahead the `exp` of a client's assertion may lie.
    assertion_seconds: int = Field(default=300, ge=30, le=600, validation_alias="YIMA_ASSERTION_SECONDS")
