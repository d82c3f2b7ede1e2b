"""HTTP in: parse, call one handler, show."""

from services.notify.api.outdated import outdated
from services.notify.api.telling import partners, residents

__all__ = ["outdated", "partners", "residents"]
