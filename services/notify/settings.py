"""Every knob of notify, with its default."""

from datetime import timedelta

from pydantic import Field

from services.kernel.settings import ServiceSettings
from services.notify.domain import Pace

_MINUTE, _HOUR = 60, 3600


def _seconds(text: str) -> tuple[timedelta, ...]:
    return tuple(timedelta(seconds=float(part)) for part in text.split(",") if part.strip())


class NotifySettings(ServiceSettings):
    """Times are in seconds."""

    port: int = Field(default=8104, validation_alias="YIMA_PORT")
    # Networks, beside public addresses, that webhooks may be sent to: `10.0.0.0/8,fd00::/8`.
    allowed_networks: str = Field(default="", validation_alias="NOTIFY_ALLOWED_NETWORKS")
    webhook_timeout: float = Field(default=15, gt=0, validation_alias="NOTIFY_WEBHOOK_TIMEOUT")
    # What waits between tries, 10 tries in all: the schedule that Standard Webhooks 1.0 recommends.
    retries: str = Field(
        default=",".join(
            str(wait)
            for wait in (5, 5 * _MINUTE, 30 * _MINUTE, *(hours * _HOUR for hours in (2, 5, 10, 14, 20, 24)))
        ),
        min_length=1,
        validation_alias="NOTIFY_RETRIES",
    )
    # A process keeps a delivery to itself for the timeout and this much; then another may take it up.
    claim_slack: float = Field(default=5, gt=0, validation_alias="NOTIFY_CLAIM_SLACK")
    at_once: int = Field(default=16, ge=1, validation_alias="NOTIFY_AT_ONCE")
    per_endpoint: int = Field(default=4, ge=1, validation_alias="NOTIFY_PER_ENDPOINT")

    @property
    def pace(self) -> Pace:
        """How deliveries are tried."""
        return Pace(
            waits=_seconds(self.retries),
            timeout=timedelta(seconds=self.webhook_timeout),
            claim=timedelta(seconds=self.webhook_timeout + self.claim_slack),
        )
