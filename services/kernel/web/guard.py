"""FastAPI dependencies that let the right kind of caller in and say who it is."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.kernel.errors import Forbidden, with_article
from services.kernel.keys.tokens import Caller, CallerKind, TokenChecker, TokenMissing

# Shown in the interface's description; the refusal is ours, so that it carries a reason code.
_BEARER = HTTPBearer(auto_error=False)

Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
CallerOf = Callable[[HTTPAuthorizationCredentials | None], Awaitable[Caller]]


class CallerKindWrong(Forbidden):
    code = "caller_kind_wrong"


class ScopeMissing(Forbidden):
    code = "scope_missing"


class Guard:
    """Make each dependency once and share it: FastAPI then checks the token once a request."""

    def __init__(
        self, checker: TokenChecker, *, still: Callable[[Caller], Awaitable[object]] | None = None
    ) -> None:
        """`still`: what the store says of the bearer at this moment, where a token lives too long."""
        self._checker, self._still = checker, still

    def machine(self, scope: str) -> CallerOf:
        """Let in a registered system with this scope."""
        return self._only(("machine",), scope)

    def resident(self) -> CallerOf:
        """Let in a holder, or who acts for one: `holder_ids` says whose data may be read."""
        return self._only(("resident",), None)

    def holder(self, *, still: bool = True) -> CallerOf:
        """Let in a holder, or who acts for one in some items alone; without `still` the handler asks."""
        return self._only(("resident", "agent"), None, still=still)

    def operator(self) -> CallerOf:
        """Let in counter staff: `organisation` and `counter` say where."""
        return self._only(("operator",), None)

    def machine_or_operator(self, scope: str) -> CallerOf:
        """Let in a registered system with this scope, or counter staff, whose roles are asked further in."""
        return self._only(("machine", "operator"), scope)

    def machine_or_resident(self, scope: str) -> CallerOf:
        """Let in a registered system with this scope, or a holder, who is asked further in what is theirs."""
        return self._only(("machine", "resident"), scope)

    async def check(self, token: str) -> Caller:
        """Say whose a second token is, which came in the body."""
        return await self._checker.check(token)

    def _only(self, kinds: tuple[CallerKind, ...], scope: str | None, *, still: bool = True) -> CallerOf:
        async def caller_of(credentials: Credentials) -> Caller:
            if credentials is None:
                raise TokenMissing("the header Authorization: Bearer <token> is needed")
            caller = await self._checker.check(credentials.credentials)
            if caller.kind not in kinds:
                needed = " or ".join(map(with_article, kinds))
                raise CallerKindWrong(f"the caller is {with_article(caller.kind)}; {needed} is needed")
            if scope is not None and caller.kind == "machine" and scope not in caller.scopes:
                raise ScopeMissing(f"the scope {scope} is needed")
            if still and self._still is not None:
                await self._still(caller)
            return caller

        return caller_of
