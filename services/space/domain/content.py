"""What is in an entry."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.kernel.event import EventMalformed


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a certificate says: personal, so it travels sealed and is encrypted where it is kept."""

    identifier: str
    name: str
    holder_name: str
    credential: str
    number: str | None = None
    authority_name: str | None = None
    id_type: str | None = None
    id_number_masked: str | None = None
    fields: Mapping[str, object] = field(default_factory=dict)
    order: Mapping[str, object] | None = None

    @classmethod
    def read(cls, plain: bytes) -> "Content":
        """From JSON; unknown fields pass. A refusal repeats nothing of it."""
        try:
            said = json.loads(plain)
            json.dumps(said, ensure_ascii=False).encode()  # half a character is no text that can be shown
            content = cls(**{name: said[name] for name in cls.__slots__ if name in said})
        except (ValueError, TypeError, RecursionError) as error:
            raise EventMalformed("the sealed content is not that of a certificate") from error
        texts = [getattr(content, name) for name in cls.__slots__ if name not in {"fields", "order"}]
        needed = [content.identifier, content.name, content.holder_name, content.credential]
        if not (
            all(isinstance(text, str) for text in needed)
            and all(isinstance(text, str | None) for text in texts)
            and isinstance(content.fields, dict)
            and isinstance(content.order, dict | None)
        ):
            raise EventMalformed("the sealed content has a field of another kind")
        return content
