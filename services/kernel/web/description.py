"""What the OpenAPI document says of every operation: that it may refuse or fail, and how it then answers."""

from typing import Any

from fastapi import FastAPI

from services.kernel.errors import HTTP_STATUS, Failure, TooMany, Unavailable

_TEXTS = ("type", "title", "title_zh", "detail", "code", "next_step", "next_step_zh", "instance")
PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is one of proto/reasons.yaml and never changes its meaning.",
    "required": [*_TEXTS, "status"],
    "properties": {
        **{name: {"type": "string"} for name in _TEXTS},
        "status": {"type": "integer"},
        "faults": {
            "type": "array",
            "description": "Where the request is wrong, each with what was got and what is needed.",
            "items": {
                "type": "object",
                "required": ["path", "got", "needed"],
                "properties": {name: {"type": "string"} for name in ("path", "got", "needed", "code")},
            },
        },
        "error": {"type": "string", "description": "At the token endpoint alone (RFC 6749, 5.2)."},
    },
}
_RETRY_AFTER = {"description": "Seconds to wait.", "required": True, "schema": {"type": "integer"}}


def _answer(kind: type[Failure]) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    said = {
        "description": (kind.__doc__ or "").partition("\n")[0],
        "content": {"application/problem+json": {"schema": schema}},
    }
    return said | ({"headers": {"Retry-After": _RETRY_AFTER}} if kind in {TooMany, Unavailable} else {})


# One table says what each failure becomes (`kernel/errors.py`); any of them may meet any operation.
RESPONSES: dict[int | str, dict[str, Any]] = {status: _answer(kind) for kind, status in HTTP_STATUS.items()}


class DescribedApp(FastAPI):
    """Its document has the shape of a problem, to which every operation refers."""

    def openapi(self) -> dict[str, Any]:
        """Made once, at the first question."""
        document = super().openapi()
        document.setdefault("components", {}).setdefault("schemas", {}).setdefault("Problem", PROBLEM)
        return document
