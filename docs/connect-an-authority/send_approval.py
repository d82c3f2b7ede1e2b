"""Send one approval: python send_approval.py APPROVAL.json --client ID --key KEY.jwk; --new-key makes one.

../connect-an-authority.md explains it. Needs Python 3.11 and PyJWT[crypto], and nothing of Yima's program.
Exit 0: a certificate stands (`new` or not); 1: refused, the reason is printed; 2: nobody could be reached.
"""

import argparse
import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TRIES, _PAUSE_S = 5, 2.0


def new_key(path: Path) -> str:
    """Keep a private key that nobody else may read; give the public half for the administrator."""
    private = ec.generate_private_key(ec.SECP256R1())
    jwk = json.loads(ECAlgorithm.to_jwk(private)) | {"kid": uuid.uuid4().hex}
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(jwk, file)
    return json.dumps({name: value for name, value in jwk.items() if name != "d"}, indent=1)


def token(identity: str, client: str, key: dict[str, str]) -> str:
    """Prove who we are (RFC 7523) and get an access token; it lives for ten minutes: keep it so long."""
    now = int(time.time())
    said = {
        "iss": client,
        "sub": client,
        "aud": identity,
        "jti": uuid.uuid4().hex,
        "iat": now,
        "exp": now + 60,
    }
    assertion = jwt.encode(said, jwt.PyJWK(key, "ES256"), headers={"kid": key["kid"]})
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": _ASSERTION,
        "client_assertion": assertion,
    }
    return str(_ask(f"{identity}/v1/token", urllib.parse.urlencode(form).encode(), {})["access_token"])


def send(certs: str, approval: bytes, access: str) -> dict[str, str]:
    """However often it is sent, one certificate: the same file has the same key."""
    headers = {
        "Authorization": f"Bearer {access}",
        "Content-Type": "application/json",
        "Idempotency-Key": hashlib.sha256(approval).hexdigest(),
    }
    return _ask(f"{certs}/v1/approvals", approval, headers)


def _ask(url: str, body: bytes, headers: dict[str, str]) -> dict[str, str]:
    """Try again what passes (no answer, 429, 503); anything else is an answer."""
    for left in reversed(range(_TRIES)):
        try:
            request = urllib.request.Request(url, body, headers)  # noqa: S310 - the operator's own address
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
                answered: dict[str, str] = json.load(answer)
                return answered
        except urllib.error.HTTPError as error:
            if error.code not in {429, 503} or not left:
                raise
            time.sleep(float(error.headers.get("Retry-After", _PAUSE_S)))
        except OSError:
            if not left:
                raise
            time.sleep(_PAUSE_S)
    raise AssertionError("the last try returns or raises")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("approval", type=Path, nargs="?")
    parser.add_argument("--client", default="")
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--new-key", action="store_true", help="make the key, and print its public half")
    parser.add_argument("--identity", default="http://127.0.0.1:8101")
    parser.add_argument("--certs", default="http://127.0.0.1:8102")
    given = parser.parse_args()
    if given.new_key:
        print(new_key(given.key))
        return 0
    if not given.approval or not given.client:
        parser.error("needed: the approval's file, and --client")
    try:
        access = token(given.identity, given.client, json.loads(given.key.read_text()))
        print(json.dumps(send(given.certs, given.approval.read_bytes(), access), ensure_ascii=False))
    except urllib.error.HTTPError as error:
        print(error.read().decode(), file=sys.stderr)
        return 1
    except OSError as error:
        print(f"nobody answers: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
