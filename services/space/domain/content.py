"""What a certificate says, as it arrives."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.kernel.event import EventMalformed

_NO_TEXTS = frozenset({"fields", "order", "joint_holders"})


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
    joint_holders: Sequence[Mapping[str, object]] | None = None

    @classmethod
    def read(cls, plain: bytes) -> "Content":
        """From JSON; unknown fields pass. A refusal repeats nothing of it."""
        try:
            said = json.loads(plain)
            json.dumps(said, ensure_ascii=False).encode()  # half a character is no text that can be shown
            content = cls(**{name: said[name] for name in cls.__slots__ if name in said})
        except (ValueError, TypeError, RecursionError) as error:
            raise EventMalformed("the sealed content is not that of a certificate") from error
        texts = [getattr(content, name) for name in cls.__slots__ if name not in _NO_TEXTS]
        needed = [content.identifier, content.name, content.holder_name, content.credential]
        if not (
            all(isinstance(text, str) for text in needed)
            and all(isinstance(text, str | None) for text in texts)
            and isinstance(content.fields, dict)
            and isinstance(content.order, dict | None)
            and isinstance(content.joint_holders, list | None)
        ):
            raise EventMalformed("the sealed content has a field of another kind")
        return content

    def bare(self) -> bytes:
        """What is kept of a certificate that never was this holder's: its name, and why it is gone."""
        kept = {"name": self.name, "authority_name": self.authority_name, "order": self.order}
        return json.dumps(kept | dict.fromkeys(("identifier", "holder_name", "credential"), "")).encode()
