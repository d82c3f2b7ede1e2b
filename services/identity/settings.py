"""Every knob of identity, with its default."""

from collections.abc import Mapping

from pydantic import Field

from services.identity.domain.limits import Limit, LimitKind
from services.kernel.settings import ServiceSettings


class IdentitySettings(ServiceSettings):
    """Lifetimes are in seconds."""

    port: int = Field(default=8101, validation_alias="YIMA_PORT")
    code_seconds: int = Field(default=60, ge=10, le=300, validation_alias="YIMA_CODE_SECONDS")
    token_seconds: int = Field(default=600, ge=60, le=3600, validation_alias="YIMA_TOKEN_SECONDS")
    grant_seconds: int = Field(default=600, ge=60, le=3600, validation_alias="YIMA_GRANT_SECONDS")
    paper_days: int = Field(default=30, ge=1, le=366, validation_alias="YIMA_PAPER_DAYS")
    # How long a counter waits for the tap on the phone.
    consent_seconds: int = Field(default=120, ge=10, le=600, validation_alias="YIMA_CONSENT_SECONDS")
    # Where the addresses on printed codes lead; empty: to us.
    public_url: str = Field(default="", validation_alias="YIMA_PUBLIC_URL")
    # How far ahead the `exp` of a client's assertion may lie.
    assertion_seconds: int = Field(default=300, ge=30, le=600, validation_alias="YIMA_ASSERTION_SECONDS")
    # How often one operator (scans, statutory scans, what is answered about a number) or one client may ask.
    scans_a_minute: int = Field(default=120, ge=1, validation_alias="YIMA_SCANS_A_MINUTE")
    lookups_a_minute: int = Field(default=30, ge=1, validation_alias="YIMA_LOOKUPS_A_MINUTE")
    statutory_a_day: int = Field(default=50, ge=1, le=1000, validation_alias="YIMA_STATUTORY_A_DAY")
    tokens_a_minute: int = Field(default=600, ge=1, validation_alias="YIMA_TOKENS_A_MINUTE")
    registrations_a_minute: int = Field(default=600, ge=1, validation_alias="YIMA_REGISTRATIONS_A_MINUTE")

    @property
    def public(self) -> str:
        """Without a slash at its end."""
        return (self.public_url or self.issuer).rstrip("/")

    @property
    def limits(self) -> Mapping[LimitKind, Limit]:
        """By kind."""
        return {
            "scan": Limit.a_minute(self.scans_a_minute),
            "lookup": Limit.a_minute(self.lookups_a_minute),
            "statutory": Limit.a_day(self.statutory_a_day),
            "token": Limit.a_minute(self.tokens_a_minute),
            "register": Limit.a_minute(self.registrations_a_minute),
        }
