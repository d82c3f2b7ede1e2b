"""Check offline that a record is in the log: python verify_evidence.py EVIDENCE.json KEYS.json LOG-NAME.

evidence.md has the format. Needs Python 3.11 and `cryptography`, and nothing of Yima's own program.
"""

import json
import sys
from base64 import b64decode, b64encode, urlsafe_b64decode
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def verify(evidence_file: Path, keys_file: Path, log: str) -> str:
    evidence, keys = json.loads(evidence_file.read_text("utf-8")), read_keys(keys_file)
    size, root = read_head(evidence["head"], log, keys)
    leaf, salt = evidence["leaf"], b64decode(evidence["salt"])
    known = evidence["format"] == "yima-evidence-v1" and len(salt) == 32  # noqa: PLR2004 - the form says so
    require(known, "not the form of evidence that is read here")
    commitment = b64encode(sha256(salt + evidence["record"].encode()).digest()).decode()
    text = f"yima-leaf-v1\n{leaf['ce_id']}\n{leaf['time']}\n{commitment}\n".encode()
    start, path = sha256(b"\x00" + text).digest(), list(map(b64decode, evidence["inclusion"]))
    found, _ = climb(leaf["index"], size - 1, start, path)
    require(0 <= leaf["index"] < size and found == root, "the record is not in the log")
    said = f"the record is leaf {leaf['index']} of the {size} of {log}, taken up at {leaf['time']}"
    if older := evidence.get("older"):
        old, path = read_head(older["head"], log, keys), list(map(b64decode, older["consistency"]))
        require(continues(*old, size, root, path), "the log does not continue the older head")
        said += f"; it has only grown since it had {old[0]}"
    return said


def read_keys(file: Path) -> dict[bytes, ec.EllipticCurvePublicKey]:
    """From a JWK set as the service publishes it, by the four bytes that name a key in a signature line."""
    keys = {}
    for jwk in [one for one in json.loads(file.read_text("utf-8"))["keys"] if one["kty"] == "EC"]:
        x, y = (int.from_bytes(urlsafe_b64decode(jwk[name] + "==")) for name in ("x", "y"))
        key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        keys[sha256(der).digest()[:4]] = key
    return keys


def read_head(note: str, log: str, keys: dict[bytes, ec.EllipticCurvePublicKey]) -> tuple[int, bytes]:
    """Size and root of a signed head; signatures of anybody else are passed over."""
    text, _, signatures = note.partition("\n\n")
    origin, size, root = text.split("\n")
    require(origin == log, f"the head is of another log: {origin}")
    signed = [b64decode(one.split(" ")[2]) for one in signatures.splitlines() if one.startswith(f"— {log} ")]
    require(any(one[:4] in keys for one in signed), "no key of the log has signed the head")
    for key, one in [(keys[one[:4]], one[4:]) for one in signed if one[:4] in keys]:
        key.verify(one, f"{text}\n".encode(), ec.ECDSA(hashes.SHA256()))
    return int(size), b64decode(root, validate=True)


def climb(place: int, last: int, start: bytes, path: list[bytes]) -> tuple[bytes, bytes]:
    """Up to the root, RFC 9162, 2.1.3.2 and 2.1.4.2: the whole tree's, and that of what lies left of it."""
    whole = left = start
    for one in path:
        require(last > 0, "the path is too long")
        if place & 1 or place == last:
            whole, left = parent(one, whole), parent(one, left)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            whole = parent(whole, one)
        place, last = place >> 1, last >> 1
    require(last == 0, "the path is too short")
    return whole, left


def continues(old_size: int, old_root: bytes, size: int, root: bytes, path: list[bytes]) -> bool:
    if not 0 < old_size < size:
        return old_size == size > 0 and not path and old_root == root
    path = path if old_size & (old_size - 1) else [old_root, *path]  # the root of a complete tree begins it
    lone = (old_size & -old_size).bit_length() - 1  # what is complete on the right needs no path
    return climb((old_size - 1) >> lone, (size - 1) >> lone, path[0], path[1:]) == (root, old_root)


def parent(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def require(held: object, otherwise: str) -> None:
    if not held:
        raise ValueError(otherwise)


if __name__ == "__main__":
    if len(sys.argv) != 4 or not all(Path(one).is_file() for one in sys.argv[1:3]):  # noqa: PLR2004
        sys.stderr.write(f"could not look: needed two files and a name\n{__doc__}")
        sys.exit(2)
    try:
        sys.stdout.write(f"holds: {verify(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])}\n")
    except (ValueError, KeyError, TypeError, IndexError, InvalidSignature) as error:
        sys.exit(f"does not hold: {error}" if str(error) else "does not hold: a signature does not fit")
