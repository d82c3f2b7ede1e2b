"""What is heard of certificate types."""

from dataclasses import dataclass
from typing import ClassVar

from services.kernel.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TypePublished(Event):
    """Heard from certs: a certificate type, and the codes by which it went before."""

    type: ClassVar[str] = "certs.type.published.v1"
    subject_field: ClassVar[str] = "certificate_type"
    key_field: ClassVar[str] = "certificate_type"
    certificate_type: str
    version: int
    formerly: tuple[str, ...] = ()
