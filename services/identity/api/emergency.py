"""Emergency codes for phones, the list for counters, and what counters did while they were alone."""

import unicodedata
from base64 import b64encode
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services.identity.domain.emergency import EmergencyState, OfflineUse, UseOutcome
from services.identity.domain.orders import Order
from services.identity.handlers import emergency, offline_uses
from services.identity.ports import World
from services.kernel.keys.tokens import Caller
from services.kernel.reasons import reasons
from services.kernel.web.guard import Guard

# Short enough for a freeze to be listed soon, long enough to spare the service a stampede.
_CACHED = "public, max-age=60"


class EmergencyWanted(BaseModel):
    """The concession classes (优待) that the codes shall say: the holder chooses."""

    concessions: list[Annotated[str, StringConstraints(max_length=32)]] = Field(
        default_factory=list, max_length=16
    )


class CodeListed(BaseModel):
    code_id: str
    state: EmergencyState
    concessions: list[str]
    issued_at: datetime
    expires_at: datetime


class CodeFetched(BaseModel):
    """Given once: the phone keeps it. `image`: a PNG as data URI."""

    code_id: str
    code: str
    expires_at: datetime
    image: str


class Fetched(BaseModel):
    codes: list[CodeFetched]


class Listed(BaseModel):
    codes: list[CodeListed]


class BundleShown(BaseModel):
    """`keys`: a JWK set."""

    made_at: datetime
    keys: dict[str, Any]
    dead_keys: list[str]
    revoked: list[str]


class UseSaid(BaseModel):
    """One use; `counter` where the sign-in names none."""

    code: Annotated[str, StringConstraints(max_length=8000)]
    item: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{0,64}$")] = ""
    purpose: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    counter: Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] = ""
    used_at: Annotated[
        AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))
    ]

    def use(self, caller: Caller) -> OfflineUse:
        """In whole milliseconds, as it is kept: told again it is the same use."""
        order = Order(
            operator=caller.subject,
            organisation=caller.organisation or "",
            counter=caller.counter or self.counter,
            code=self.code,
            item=self.item,
            purpose=unicodedata.normalize("NFC", self.purpose),
            mode="presented",
        )
        moment = self.used_at.astimezone(UTC)
        return OfflineUse(order=order, used_at=moment.replace(microsecond=moment.microsecond // 1000 * 1000))


class UsesSaid(BaseModel):
    uses: list[UseSaid] = Field(min_length=1, max_length=100)


class UseShown(BaseModel):
    """`reused`: the code was used twice, and its holder is told; `reason`: why a use does not count.

    `grant`: under the item of a concession (优待), for ten minutes, to settle the use in the space.
    """

    outcome: UseOutcome
    scan_id: str | None
    first_used_at: datetime | None
    grant: str | None
    reason: str | None
    title_zh: str | None
    next_step_zh: str | None


class UsesShown(BaseModel):
    uses: list[UseShown]


def _use_shown(told: offline_uses.UseTold) -> UseShown:
    reason = reasons()[told.refusal.code] if told.refusal else None
    return UseShown(
        outcome=told.outcome,
        scan_id=told.scan_id,
        first_used_at=told.first_used_at,
        grant=told.grant,
        reason=told.refusal.code if told.refusal else None,
        title_zh=reason.zh if reason else None,
        next_step_zh=reason.next_zh if reason else None,
    )


def router(world: World, guard: Guard) -> APIRouter:
    """Residents fetch, anybody reads the list, operators tell of uses."""
    routes = APIRouter(tags=["emergency codes"])
    _for_residents(routes, world, guard)
    _for_counters(routes, world, guard)
    return routes


def _for_residents(routes: APIRouter, world: World, guard: Guard) -> None:
    resident = guard.resident()

    @routes.post("/v1/me/emergency-codes")
    async def fetch_codes(caller: Annotated[Caller, Depends(resident)], wanted: EmergencyWanted) -> Fetched:
        """Give new ones for those that are used, over or revoked, so that five are good."""
        fetched = await emergency.fetch_codes(world, caller, wanted.concessions)
        return Fetched(
            codes=[
                CodeFetched(
                    code_id=one.kept.code_id,
                    code=one.code,
                    expires_at=one.kept.expires_at,
                    image=f"data:image/png;base64,{b64encode(one.image).decode()}",
                )
                for one in fetched
            ]
        )

    @routes.get("/v1/me/emergency-codes")
    async def list_codes(caller: Annotated[Caller, Depends(resident)]) -> Listed:
        """What became of each; a code itself is on the phone alone."""
        return Listed(
            codes=[
                CodeListed(
                    code_id=one.kept.code_id,
                    state=one.state,
                    concessions=list(one.kept.concessions),
                    issued_at=one.kept.issued_at,
                    expires_at=one.kept.expires_at,
                )
                for one in await emergency.list_codes(world, caller)
            ]
        )

    @routes.delete("/v1/me/emergency-codes", status_code=204)
    async def revoke_codes(caller: Annotated[Caller, Depends(resident)]) -> None:
        """Take back all that are good, because the phone has lost them."""
        await emergency.revoke_codes(world, caller)


def _for_counters(routes: APIRouter, world: World, guard: Guard) -> None:
    operator = guard.operator()

    @routes.get("/v1/offline-bundle")
    async def show_bundle(response: Response) -> BundleShown:
        """For counters to keep: public keys, dead keys, revoked codes, and how old all that is."""
        response.headers["Cache-Control"] = _CACHED
        made = await emergency.bundle(world)
        return BundleShown(
            made_at=made.made_at,
            keys=dict(made.keys),
            dead_keys=list(made.dead_keys),
            revoked=list(made.revoked),
        )

    @routes.post("/v1/offline-uses")
    async def record_uses(said: UsesSaid, caller: Annotated[Caller, Depends(operator)]) -> UsesShown:
        """Tell what was done while identity was away; the same told twice changes nothing."""
        told = await offline_uses.record_uses(world, caller, [one.use(caller) for one in said.uses])
        return UsesShown(uses=[_use_shown(one) for one in told])
