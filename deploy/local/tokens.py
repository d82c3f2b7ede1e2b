"""`python -m deploy.local.tokens`: new tokens of the demo's holder, operator and machine, to go on by hand.

The demo must be up. An access token lives ten minutes; each is in `secrets/clients/<who>.token` of the demo's
folder, for its owner's eyes alone.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import httpx

from deploy.local.actors import Answered, Platform
from deploy.local.county import County
from deploy.local.log_in import COUNTER_AUDIENCE, PORTAL_AUDIENCE, Browser, LogInFailed, LogIns
from deploy.local.places import ROOT
from deploy.local.visit import the_holder, the_operator

_WITHIN_S = 10.0


def note_addresses(folder: Path, urls: Mapping[str, str]) -> None:
    """Where this run's services and log-ins listen, by name."""
    _addresses(folder).write_text(json.dumps(urls, indent=1) + "\n", encoding="utf-8")


class Calling(Protocol):
    """A person or a system that has an access token."""

    async def token(self) -> str: ...


async def leave_tokens(folder: Path, **callers: Calling) -> dict[str, Path]:
    """The file of each one's access token, by the name given here."""
    left = {who: _clients(folder) / f"{who}.token" for who in callers}
    for who, path in left.items():
        path.touch(mode=0o600)
        path.chmod(0o600)  # also where somebody else made it
        path.write_text(await callers[who].token(), encoding="ascii")
    return left


async def renew(folder: Path) -> dict[str, Path]:
    """Sign all three in again at the demo that runs in this folder; FileNotFoundError if none ever did."""
    urls = json.loads(_addresses(folder).read_text(encoding="utf-8"))
    log_ins = LogIns(Browser(urls["province"], PORTAL_AUDIENCE), Browser(urls["staff"], COUNTER_AUDIENCE))
    async with httpx.AsyncClient(base_url=urls["identity"], timeout=_WITHIN_S) as http:
        platform = Platform({"identity": [http]}, issuer=urls["identity"], keys=_clients(folder))
        county = County.of(platform, log_ins)
        holder = await the_holder(county)
        return await leave_tokens(
            folder,
            resident=holder.session,
            operator=the_operator(county).session,
            machine=county.source,
        )


def _addresses(folder: Path) -> Path:
    return folder / "addresses.json"


def _clients(folder: Path) -> Path:
    return folder / "secrets" / "clients"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.local.tokens", description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / ".run", help="the demo's; default .run/")
    folder = parser.parse_args().folder
    try:
        left = asyncio.run(renew(folder))
    except KeyboardInterrupt:
        return 130
    except (FileNotFoundError, httpx.TransportError):
        print(f"no demo is up in {folder}: start it with `make demo`, and keep it up", file=sys.stderr)
        return 1
    except (Answered, LogInFailed) as failure:
        print(failure, file=sys.stderr)
        return 1
    for who, path in left.items():
        print(f"{who:<9} {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
