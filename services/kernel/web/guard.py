"""FastAPI dependencies that let the right kind of caller in and say who it is."""

from collections.abc import Awaitable, Callable

from fastapi import Request
from fastapi.security import HTTPBearer
from fastapi.security.base import SecurityBase

from services.kernel.errors import Forbidden, with_article
from services.kernel.keys.tokens import Caller, CallerKind, TokenChecker, TokenMissing

# Shown in the interface's description; the refusal is ours, so that it carries a reason code.
_BEARER = HTTPBearer(auto_error=False)

CallerOf = Callable[[Request], Awaitable[Caller]]


class _Door(SecurityBase):
    """Finds the token itself: asked of a dependency, FastAPI would solve one level more a request."""

    def __init__(self, let_in: Callable[[str], Awaitable[Caller]]) -> None:
        self.model, self.scheme_name, self._let_in = _BEARER.model, _BEARER.scheme_name, let_in

    async def __call__(self, request: Request) -> Caller:
        credentials = await _BEARER(request)
        if credentials is None:
            raise TokenMissing("the header Authorization: Bearer <token> is needed")
        return await self._let_in(credentials.credentials)


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

    def resident_or_operator(self) -> CallerOf:
        """Let in a holder, or counter staff, each of whom has a right of another kind to the same."""
        return self._only(("resident", "operator"), None)

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
        async def let_in(token: str) -> Caller:
            caller = await self._checker.check(token)
            if caller.kind not in kinds:
                needed = " or ".join(map(with_article, kinds))
                raise CallerKindWrong(f"the caller is {with_article(caller.kind)}; {needed} is needed")
            if scope is not None and caller.kind == "machine" and scope not in caller.scopes:
                raise ScopeMissing(f"the scope {scope} is needed")
            if still and self._still is not None:
                await self._still(caller)
            return caller

        return _Door(let_in)
