"""Knobs that every service has; each service adds its own in its `settings.py`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Read from the environment by `__main__.py`; every knob has a good default."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True)

    kafka_bootstrap: str = Field(default="127.0.0.1:9092", validation_alias="KAFKA_BOOTSTRAP")
    mongo_url: str = Field(default="mongodb://127.0.0.1:27017", validation_alias="MONGO_URL")
    secrets_dir: Path = Field(default=Path("secrets"), validation_alias="YIMA_SECRETS")
    host: str = Field(default="127.0.0.1", validation_alias="YIMA_HOST")
    port: int = Field(default=8100, validation_alias="YIMA_PORT")
    # identity's public address: `iss` of every token; its keys are at `/.well-known/jwks.json`.
    issuer: str = Field(default="http://127.0.0.1:8101", validation_alias="YIMA_ISSUER")
    log_level: str = Field(default="INFO", validation_alias="YIMA_LOG_LEVEL")
