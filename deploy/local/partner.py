"""A sample partner: takes webhooks, checks each signature and keeps what is genuine.

`python -m deploy.local.partner --port P --secret-file F --out FILE`. The secret is made when the partner
subscribes, so its file may appear later; until then, events are told to come again.
"""

import argparse
import json
from http import HTTPStatus
from pathlib import Path

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from deploy.local.places import LOOPBACK

_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


class Partner:
    """Keeps every genuine event as a line of a file, repeats included, and knows which ids it has seen."""

    def __init__(self, secret_file: Path, out: Path) -> None:
        self._secret_file = secret_file
        self._webhook: Webhook | None = None
        self._out = out
        lines = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
        self._ids = [str(json.loads(line)["id"]) for line in lines]

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/webhook", self._take)
        app.router.add_get("/received", self._received)
        app.router.add_get("/readyz", self._ready)
        return app

    async def _take(self, request: web.Request) -> web.Response:
        webhook = self._verifier()
        if webhook is None:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text="the secret is not here yet")
        body = await request.read()
        headers = {name: request.headers.get(name, "") for name in _HEADERS}
        try:
            event = webhook.verify(body, headers)
        except (WebhookVerificationError, ValueError):  # ValueError: a signature or body that is no text
            return web.Response(status=HTTPStatus.BAD_REQUEST, text="the signature does not hold")
        # First on file, then answered: what was answered is never sent again.
        with self._out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(event, ensure_ascii=False) + "\n")
        self._ids.append(str(event["id"]))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _received(self, request: web.Request) -> web.Response:
        distinct = sorted(set(self._ids))
        more = {"ids": distinct} if "ids" in request.query else {}
        return web.json_response({"count": len(self._ids), "distinct": len(distinct), **more})

    async def _ready(self, _request: web.Request) -> web.Response:
        return web.json_response({"partner": "ok"})

    def _verifier(self) -> Webhook | None:
        """Look for the secret at each event until it is there."""
        if self._webhook is None and self._secret_file.exists():
            secret = self._secret_file.read_text(encoding="utf-8").strip()
            self._webhook = Webhook(secret) if secret else None
        return self._webhook


def main() -> None:
    parser = argparse.ArgumentParser(description="A sample partner that takes webhooks.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--secret-file", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    partner = Partner(asked.secret_file, asked.out)
    web.run_app(partner.app(), host=LOOPBACK, port=asked.port, print=None, access_log=None)


if __name__ == "__main__":
    main()
