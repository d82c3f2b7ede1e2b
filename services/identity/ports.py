"""What identity needs from the world. Every method of a store may raise `Unavailable`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from services.identity.domain import Assertion, Client, Holder, Item, Organisation, Scan, Shown
from services.identity.events import OrganisationRegistered
from services.kernel.clock import Clock
from services.kernel.holders import HolderId, HolderKind
from services.kernel.keys.tokens import Caller


class Organisations(Protocol):
    """By credit code."""

    async def find(self, organisation: str) -> Organisation | None:
        """As it stands."""
        ...

    async def keep(self, organisation: Organisation, *, emit: OrganisationRegistered) -> None:
        """Keep version n over n-1 together with its fact; `stale` if somebody else was first."""
        ...


class Clients(Protocol):
    """By client id."""

    async def find(self, client_id: str) -> Client | None:
        """As it was last registered."""
        ...

    async def keep(self, client: Client) -> None:
        """Register it, or change it if it differs."""
        ...

    async def introduce(self, client: Client) -> None:
        """Register it unless there is one of that name."""
        ...


class Holders(Protocol):
    """By holder id; what is personal is encrypted."""

    async def kind_of(self, holder_id: HolderId) -> HolderKind | None:
        """None where nobody is registered."""
        ...

    async def find(self, holder_id: HolderId) -> Holder | None:
        """With the profile in the clear; `content_erased` when its key is gone."""
        ...

    async def add(self, holder: Holder) -> bool:
        """Keep it with its fact; False if it is there already."""
        ...


class Items(Protocol):
    """The mirror of what space publishes."""

    @property
    def complete(self) -> bool:
        """Whether all that was published before this process began has been read."""
        ...

    async def find(self, item: str) -> Item | None:
        """As last heard."""
        ...

    async def advance(self, items: Sequence[Item]) -> None:
        """Take each that is newer than what is held."""
        ...


class Scans(Protocol):
    """By scan id, which is the code's."""

    async def find(self, scan_id: str) -> Scan | None:
        """The one use of a code, or None."""
        ...

    async def add(self, scan: Scan) -> bool:
        """Use the code up and keep scan, grant and their facts, in one write; False if it was used before."""
        ...


class UsedAssertions(Protocol):
    """Ids of assertions, kept until they would have expired."""

    async def use(self, client_id: str, assertion_id: str, *, until: datetime) -> bool:
        """Whether this is the first use."""
        ...


class Codes(Protocol):
    """The text that a QR code holds."""

    def write(self, holder_id: HolderId, *, expires_at: datetime) -> str:
        """Give a text that nobody else can link to another; `expires_at` in whole seconds."""
        ...

    def read(self, text: str) -> Shown:
        """Give what a genuine code says, in time or not; CodeForeign, CodeForged."""
        ...


class Signing(Protocol):
    """Everything that is signed with the token keys or by a client."""

    @property
    def published(self) -> Mapping[str, Any]:
        """The public token keys, as a JWK set."""
        ...

    def access_token(self, caller: Caller, *, token_id: str, at: datetime, life: timedelta) -> str:
        """Give an access token that says this of its bearer."""
        ...

    def grant(self, scan: Scan) -> str:
        """Give the grant of a scan: at each call the same claims."""
        ...

    def author(self, assertion: str) -> str:
        """Say who claims to have signed it; nothing is checked yet."""
        ...

    def check(self, assertion: str, client: Client, *, at: datetime) -> Assertion:
        """Give what the client signed for us, for now; ClientAssertionRejected."""
        ...

    def public_key(self, jwk: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give the key as we keep it; ClientKeyUnusable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long each thing is good."""

    code: timedelta
    token: timedelta
    grant: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All of it, as a handler is given it. `name_holder`: id type and canonical number to holder id."""

    organisations: Organisations
    clients: Clients
    holders: Holders
    items: Items
    scans: Scans
    used_assertions: UsedAssertions
    codes: Codes
    signing: Signing
    name_holder: Callable[[str, str], HolderId]
    lifetimes: Lifetimes
    clock: Clock
