"""What is heard of organisations."""

from dataclasses import dataclass
from typing import ClassVar

from services.kernel.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRegistered(Event):
    """Heard from identity: an organisation by its name as it stands, whether or not it was taken off."""

    type: ClassVar[str] = "identity.organisation.registered.v1"
    subject_field: ClassVar[str] = "organisation"
    key_field: ClassVar[str] = "organisation"
    organisation: str
    version: int
    name: str
