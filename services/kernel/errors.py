"""Two deliberate failures, and the one table that says what each becomes.

`Refusal` is final: the caller must change something. `Unavailable` passes: the
same call may succeed later. Anything else that is raised is a defect.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

# As many as a person repairs at one sitting; the number of the others is said.
_MOST_FAULTS_TOLD = 50


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of what was sent. `got` describes and repeats nothing personal.

    `code`: the rule, where several are broken.
    """

    path: str
    got: str
    needed: str
    code: str | None = None


class Failure(Exception):
    """What a caller is told: a stable code (`proto/reasons.yaml`) and words that may change.

    `cause`: what the log alone is told, where the caller is not to learn more. `told`: names and values for
    a program, beside the words.
    """

    code: ClassVar[str]
    told: Mapping[str, str] = {}
    faults: Sequence[Fault] = ()

    def __init__(self, detail: str, *, cause: str = "") -> None:
        super().__init__(cause or detail)
        self.detail = detail
        self.cause = cause or detail


class Refusal(Failure):
    """Final: over HTTP a 4xx, on a stream the dead-letter topic."""


class Malformed(Refusal):
    """Not readable as a request of this kind at all."""


class Unauthenticated(Refusal):
    """Nobody, or nobody we believe, is calling."""


class Forbidden(Refusal):
    """We know who calls, and this caller has no right to it."""


class NotFound(Refusal):
    """Not there, or not the caller's: the two look alike on purpose (design.md, Rights)."""


class Conflict(Refusal):
    """The state found is not the state needed."""


class Gone(Refusal):
    """It was there, and its time is over."""


class TooLarge(Refusal):
    """More than we take at once."""


class Unsupported(Refusal):
    """A kind of file or body that we do not read."""


class Invalid(Refusal):
    """Readable, and wrong."""


class Faulty(Invalid):
    """Wrong at one place or several, told all at once: whoever repairs it need not come back for each."""

    def __init__(self, faults: Sequence[Fault], *, cause: str = "") -> None:
        self.faults = tuple(faults)
        told = [f"{one.path}: got {one.got}, needed {one.needed}" for one in faults[:_MOST_FAULTS_TOLD]]
        more = len(faults) - len(told)
        super().__init__("; ".join([*told, f"and {more} more"] if more else told), cause=cause)


class TooMany(Refusal):
    """More often than we allow: in `retry_after` seconds there is room again."""

    def __init__(self, detail: str, *, retry_after: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(Failure):
    """Something we need does not answer: wait `retry_after` seconds and try again."""

    code = "unavailable"
    retry_after: ClassVar[int] = 2


class Stale(Unavailable):
    """Somebody else changed the document first: load again, decide again."""

    code = "stale"


class Unexpected(Unavailable):
    """A defect of ours; its trace is in our log under the request id, never in the answer."""

    code = "unexpected"


HTTP_STATUS: dict[type[Failure], int] = {
    Malformed: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Gone: 410,
    TooLarge: 413,
    Unsupported: 415,
    Invalid: 422,
    TooMany: 429,
    Unavailable: 503,
}


def with_article(noun: str) -> str:
    """`an operator`, `a resident`: for a word that comes from elsewhere; by its letter, not by its sound."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def http_status(failure: Failure | type[Failure]) -> int:
    """The status of the nearest class in the table."""
    kind = failure if isinstance(failure, type) else type(failure)
    return next(HTTP_STATUS[parent] for parent in kind.__mro__ if parent in HTTP_STATUS)
