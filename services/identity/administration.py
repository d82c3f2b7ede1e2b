"""The administrator's command: the registry over HTTP, with the key of a client that has the scope admin.

What it is given and what it shows is JSON, so that `get`, an editor and `put` are one round.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import aiohttp
import jwt

from services.kernel.keys.secrets import read_jwk

_KINDS = {"organisation": "CODE", "client": "ID", "operator": "STAFF_ID@LOG-IN", "issuer": "NAME"}
_METHODS = {"put": "PUT", "get": "GET", "remove": "DELETE"}
_PAGES = ("after", "limit")
_FILTERS = {"audit": ("subject", "since", "before", *_PAGES), "operator": ("organisation", *_PAGES)}
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIFE = timedelta(minutes=1)
_LIMIT = aiohttp.ClientTimeout(total=30)


class NotDone(Exception):
    """For the person at the terminal: what was refused, why, and the next step."""


async def administer(argv: Sequence[str], *, issuer: str, key_file: Path) -> int:
    """Do it and show the answer; what is refused goes to stderr, with the next step, and gives 1."""
    asked = _parser(issuer, key_file).parse_args(argv)
    try:
        method, path, body = _request(asked)
        key = read_jwk(asked.key)
        async with aiohttp.ClientSession(timeout=_LIMIT) as session:
            token = await _token(session, asked.url, _assertion(asked.client, key, issuer))
            answer = await _ask(
                session, method, asked.url + path, data=body, headers={"Authorization": f"Bearer {token}"}
            )
    except NotDone as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except (aiohttp.ClientError, TimeoutError) as error:
        sys.stderr.write(f"identity does not answer at {asked.url}: {type(error).__name__} {error}\n")
        return 1
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    return 0


def _parser(issuer: str, key_file: Path) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.identity admin", description=__doc__)
    parser.add_argument("--url", default=issuer, help="where identity is (%(default)s)")
    parser.add_argument("--key", type=Path, default=key_file, help="its private key (%(default)s)")
    parser.add_argument("--client", default="admin", help="the client's id (%(default)s)")
    nouns = parser.add_subparsers(dest="noun", required=True)
    for noun, name in _KINDS.items():
        verbs = nouns.add_parser(noun).add_subparsers(dest="verb", required=True)
        _add_filters(verbs.add_parser("list"), noun)
        for verb in _METHODS:
            one = verbs.add_parser(verb)
            one.add_argument("name", metavar=name)
            if verb == "put":
                one.add_argument("file", nargs="?", default="-", help="JSON; without it, or -: stdin")
    _add_filters(nouns.add_parser("audit"), "audit")
    return parser


def _add_filters(parser: argparse.ArgumentParser, noun: str) -> None:
    for each in _FILTERS.get(noun, _PAGES):
        parser.add_argument(f"--{each}")


def _request(asked: argparse.Namespace) -> tuple[str, str, bytes | None]:
    """Method, path and body."""
    if asked.noun == "audit" or asked.verb == "list":
        named = _FILTERS.get(asked.noun, _PAGES)
        filters = {name: getattr(asked, name) for name in named if getattr(asked, name)}
        path = "/v1/audit" if asked.noun == "audit" else f"/v1/{asked.noun}s"
        return "GET", f"{path}?{urlencode(filters)}", None
    body = _read(asked.file) if asked.verb == "put" else None
    return _METHODS[asked.verb], f"/v1/{asked.noun}s/{quote(asked.name, safe='')}", body


def _read(file: str) -> bytes:
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        json.loads(content)
    except OSError as error:
        raise NotDone(f"{file}: {error.strerror}") from error
    except ValueError as error:
        raise NotDone(f"{'stdin' if file == '-' else file} is not JSON: {error}") from error
    return content


def _assertion(client_id: str, key: Mapping[str, Any], audience: str) -> str:
    """RFC 7523, 3: for identity alone, for a minute, once."""
    now = datetime.now(UTC)
    said = {"iss": client_id, "sub": client_id, "aud": audience, "jti": uuid4().hex}
    if not {"d", "kid"} <= set(key):
        raise NotDone("the key file holds no private key with a kid")
    try:
        signer = jwt.PyJWK(dict(key), algorithm="ES256")
        return jwt.encode({**said, "iat": now, "exp": now + _LIFE}, signer, headers={"kid": key["kid"]})
    except (jwt.PyJWTError, TypeError) as error:
        raise NotDone("the key file holds no EC key on P-256") from error


async def _token(session: aiohttp.ClientSession, url: str, assertion: str) -> str:
    form = {"grant_type": "client_credentials", "client_assertion_type": _ASSERTION}
    answer = await _ask(session, "POST", f"{url}/v1/token", data=form | {"client_assertion": assertion})
    return str(answer["access_token"])


async def _ask(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    data: object = None,
    headers: Mapping[str, str] | None = None,
) -> Any:  # noqa: ANN401 - an answer is JSON
    said = dict(headers or {})
    if isinstance(data, bytes):
        said["Content-Type"] = "application/json"
    async with session.request(method, url, data=data, headers=said) as answer:
        try:
            shown = await answer.json(content_type=None)
        except ValueError as error:
            raise NotDone(f"{url} answers {answer.status}, and not as identity does") from error
        if not answer.ok:
            raise NotDone(_words(shown))
        return shown


def _words(problem: Mapping[str, Any]) -> str:
    """In both languages, the reason before the next step."""
    lines = (
        "{title_zh} / {title}",
        "  {detail}",
        "  下一步：{next_step_zh}",
        "  Next: {next_step}",
        "  ({code}, request {instance})",
    )
    try:
        return "\n".join(lines).format(**problem)
    except (KeyError, TypeError):
        return f"refused, without a reason that can be read: {problem}"
