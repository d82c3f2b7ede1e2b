"""The craft of showing a certificate in part: an SD-JWT VC with some of its disclosures (RFC 9901).

By hand, as certs issues them: the signed part stays as it is, and a disclosure that is left out is not shown.
What certs issues has two levels, its own claims and those of `fields`; docs/verify.md.
"""

import hashlib
from collections.abc import Collection

from jwt.utils import base64url_encode

from services.kernel.keys import jws
from services.space.domain import CredentialUnreadable

# What certs signs at most.
_LONGEST_SIGNED = 16 * 1024


class ShownInPart:
    """Keeps `ports.Credentials`."""

    def part(self, credential: str, names: Collection[str]) -> str:
        """Keep back everything but these; a name that it does not have is passed over."""
        try:
            signed, *disclosures, end = credential.split("~")
            fields = jws.read(signed, longest=_LONGEST_SIGNED).claims.get("fields", {})
            inner = frozenset(fields.get("_sd", ()))
            kept = [one for one in disclosures if _name(one, inner) in names]
        except (jws.NotHeld, AttributeError, TypeError, ValueError) as error:
            raise CredentialUnreadable("what is kept of the certificate cannot be shown in part") from error
        if end:
            raise CredentialUnreadable("the certificate is bound to a key: it cannot be shown in part")
        return "~".join((signed, *kept, ""))


def _name(disclosure: str, inner: Collection[str]) -> str:
    said = jws.value_of(disclosure)
    if not isinstance(said, list) or len(said) != 3 or not isinstance(said[1], str):  # noqa: PLR2004 - RFC 9901, 4.2.1
        raise jws.NotHeld("a disclosure is a salt, a name and a value")
    # Over the Base64url text, not over what it stands for (RFC 9901, 4.2.3).
    digest = base64url_encode(hashlib.sha256(disclosure.encode()).digest()).decode()
    return f"fields.{said[1]}" if digest in inner else said[1]
