"""Made-up people by the hundred: signed in, each with an access token."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import chain

from bench.driver import Driver, Json
from bench.holders import FILE_SERIAL, holder
from bench.size import Size
from deploy.local.actors import Session
from deploy.local.actors.sessions import EXCHANGE, ID_TOKEN
from deploy.local.county import County

_AT_ONCE = 8


async def make_known(county: County, size: Size, singles: Sequence[tuple[int, int]]) -> None:
    """Who is not known yet is told at the first sign-in, and not when the certificate comes.

    `singles`: first serial and how many, of approvals that are sent one by one.
    """
    serials = [range(first, first + count) for first, count in singles]
    file = range(FILE_SERIAL, FILE_SERIAL + size.holders)
    await county.register(holder(serial) for serial in chain(*serials, file))


async def sign_in(driver: Driver, county: County, serials: Sequence[int]) -> list[str]:
    """A token of each, in their order; the first sign-in registers."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(serial: int) -> str:
        async with gate:
            return str((await _exchanged(driver, county.resident_session(holder(serial))))["access_token"])

    return list(await asyncio.gather(*map(one, serials)))


async def staff(driver: Driver, county: County, names: Sequence[str], *roles: str) -> list[str]:
    """Operators of the market regulation bureau, each with a counter of their own."""
    sessions = [county.operator(name, f"{name} 号窗口", *roles).session for name in names]
    made = [await _exchanged(driver, one) for one in sessions if isinstance(one, Session)]
    return [str(one["access_token"]) for one in made]


async def _exchanged(driver: Driver, session: Session) -> Json:
    said = await session.log_in.id_token(session.claims)
    form: Mapping[str, str] = {"grant_type": EXCHANGE, "subject_token": said, "subject_token_type": ID_TOKEN}
    return await driver.post("identity", "/v1/token", "", data=session.through.proven(dict(form)))
