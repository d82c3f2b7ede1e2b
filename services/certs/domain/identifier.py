"""The identifier of an electronic certificate (电子证照标识, GB/T 36904)."""

import re

from services.kernel.check_digits import ALPHANUMERIC, mod_37_36

ROOT = "1.2.156.3005.2"
SERIAL_LENGTH = 16
_PARTS = (r"[0-9A-Z]{18}[0-9]{3}", r"[0-9A-Z]{18}", r"[0-9A-Z]{1,32}", r"[0-9]{3}")


def check_character(*parts: str) -> str:
    """MOD 37,36 over type, issuer, serial and version, joined without dots and without the root."""
    return mod_37_36("".join(parts))


def make_identifier(certificate_type: str, issuer: str, serial: str, version: int) -> str:
    """Strict on what we issue: a part that is not as the standard has it is a defect of ours."""
    parts = (certificate_type, issuer, serial, f"{version:03}")
    if not all(re.fullmatch(pattern, part) for pattern, part in zip(_PARTS, parts, strict=True)):
        raise ValueError(f"type {certificate_type}, version {version}: not the parts of an identifier")
    return ".".join((ROOT, *parts, check_character(*parts)))


def identifier_holds(identifier: str) -> bool:
    """Whether the check character holds; the shape of issuer and serial is not looked at."""
    if not identifier.startswith(f"{ROOT}."):
        return False
    *parts, check = identifier.removeprefix(f"{ROOT}.").split(".")
    written = all(part and set(part) <= set(ALPHANUMERIC) for part in parts)
    return written and len(parts) == len(_PARTS) and check_character(*parts) == check


def serial_of(identifier: str) -> str:
    """Give the serial of an identifier of ours, which all editions of one certificate share."""
    return identifier.split(".")[-3]


def make_serial(digest: bytes) -> str:
    """82 bits of a keyed hash in base 36.

    No counter is asked, so that any number of processes issue at once and an approval that comes
    again gets the identifier it had. Blocks from a counter can come later: a serial is only ever
    compared, never counted.
    """
    number, characters = int.from_bytes(digest), ""
    for _ in range(SERIAL_LENGTH):
        number, place = divmod(number, 36)
        characters += ALPHANUMERIC[place]
    return characters
