"""Who is let in, and as whom."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends

from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard
from services.space.domain import CaseRoleMissing
from services.space.handlers import Space

ANSWERS = "supervisor"
Reading = Callable[..., Awaitable[Caller]]


def holders(space: Space, guard: Guard) -> Reading:
    """Let in a holder, or who acts for one as long as the mandate is open."""
    signed_in = guard.resident()

    async def reader(caller: Annotated[Caller, Depends(signed_in)]) -> Caller:
        await space.rights.check_acting(caller.mandate_id)
        return caller

    return reader


def who_answers(guard: Guard) -> Reading:
    """Let in a system that answers cases, or who reviews the use of certificates in an organisation."""
    either = guard.machine_or_operator("cases:answer")

    async def answering(caller: Annotated[Caller, Depends(either)]) -> Caller:
        if caller.kind == "operator" and ANSWERS not in caller.roles:
            raise CaseRoleMissing(f"the role {ANSWERS} is needed")
        return caller

    return answering
