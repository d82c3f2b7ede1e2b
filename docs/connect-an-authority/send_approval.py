"""Send one approval: python send_approval.py APPROVAL.json --client ID --key KEY.jwk; --new-key makes one.

../connect-an-authority.md explains it. Needs Python 3.11 and PyJWT[crypto], and nothing of Yima's own.
`--token` prints an access token, for curl. Exit 0: done; 1: refused, the reason is printed; 2: nobody
could be reached, or a file could not be read.
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
_TRIES, _PAUSE_S, _CREATED = 5, 2.0, 201


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
                return answered | ({"new": "yes"} if answer.status == _CREATED else {})
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
    parser.add_argument("--token", action="store_true", help="print an access token and send nothing")
    given = parser.parse_args()
    try:
        print(_done(given, parser))
    except urllib.error.HTTPError as error:
        print(_why(error), file=sys.stderr)
        return 1
    except urllib.error.URLError as error:
        print(f"nobody answers at {given.identity} or {given.certs}: {error.reason}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def _done(given: argparse.Namespace, parser: argparse.ArgumentParser) -> str:
    if given.new_key:
        return new_key(given.key)
    if not given.client or not (given.approval or given.token):
        parser.error("needed: --client, and the approval's file or --token")
    access = token(given.identity, given.client, json.loads(given.key.read_text()))
    if given.token:
        return access
    return json.dumps(send(given.certs, given.approval.read_bytes(), access), ensure_ascii=False)


def _why(error: urllib.error.HTTPError) -> str:
    """The problem document (RFC 9457) in lines: what, where, and what to do."""
    body = error.read().decode(errors="replace")
    try:
        said = json.loads(body)
        faults = [
            f"  {one['path']}: got {one['got']}, needed {one['needed']}" for one in said.get("faults", [])
        ]
        first = f"{said['title']} ({error.code} {said['code']}): {said['detail']}"
        return "\n".join([first, *faults, said["next_step"], said["next_step_zh"]])
    except (ValueError, KeyError, TypeError):
        return f"{error.code} {body}"


if __name__ == "__main__":
    sys.exit(main())
