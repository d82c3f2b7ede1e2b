"""The knobs of the space."""

from pathlib import Path

from pydantic import Field

from services.kernel.settings import ServiceSettings


class SpaceSettings(ServiceSettings):
    """Read from the environment by `__main__.py`."""

    port: int = Field(default=8103, validation_alias="YIMA_PORT")
    # Stands in every signed head: chosen before the first access, and never changed.
    log_name: str = Field(
        default="yima.example/space", validation_alias="SPACE_LOG_NAME", pattern=r"^[^\s+]{1,100}$"
    )
    # The registry of items, one YAML file each.
    items_dir: Path = Field(default=Path(__file__).parent / "items", validation_alias="YIMA_ITEMS")
    # The rules of concessions, one YAML file each.
    concessions_dir: Path = Field(
        default=Path(__file__).parent / "concessions", validation_alias="YIMA_CONCESSIONS"
    )
    # One operator's; a counter with a queue serves one person every few minutes.
    pulls_an_hour: int = Field(default=120, ge=1, validation_alias="YIMA_PULLS_AN_HOUR")
