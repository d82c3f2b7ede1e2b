"""Codes as text and as pictures."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from services.identity.domain.codes import Emergency, Shown
from services.kernel.holders import HolderId


class Codes(Protocol):
    """The text that a QR code holds."""

    @property
    def published(self) -> Mapping[str, Any]:
        """The public keys that codes are checked with, as a JWK set."""
        ...

    @property
    def dead_keys(self) -> tuple[str, ...]:
        """Ids of keys that were taken out: a code signed with one of them is worth nothing."""
        ...

    def write(
        self,
        *,
        holder_id: HolderId | None = None,
        mandate_id: str | None = None,
        expires_at: datetime,
        begun_at: datetime | None = None,
        emergency: Emergency | None = None,
    ) -> str:
        """Give a text that nobody else can link to another; `expires_at` in whole seconds.

        Of one holder, or of who acts under one mandate (both ids have 26 characters of Base32).
        `begun_at`: when the session began that shows it.
        """
        ...

    def read(self, text: str) -> Shown:
        """Give what a genuine code says, in time or not.

        CodeUnreadable, CodeForeign, CodeIncomplete, CodeForged, CodeKeyUnknown.
        """
        ...


class Drawing(Protocol):
    """Pictures of codes."""

    def svg(self, text: str) -> bytes:
        """For a screen."""
        ...

    def png(self, text: str) -> bytes:
        """For a screen."""
        ...

    def poster(self, url: str, *, name: str, form: str) -> bytes:
        """The printed enterprise code (企业码): `form` png or pdf, emblem inside, name below."""
        ...

    def sheet(self, url: str, *, lines: tuple[str, ...], form: str) -> bytes:
        """A paper code for the pocket: `form` png or pdf, these lines of text below it."""
        ...
