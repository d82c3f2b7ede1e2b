"""Kafka in: which handler hears what."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from services.identity import handlers
from services.identity.events import (
    CaseApproved,
    CertificateIssued,
    ClientChanged,
    HolderErased,
    IssuerChanged,
    ItemPublished,
    MandateChanged,
    OperatorChanged,
    OrganisationRegistered,
    StandingChanged,
    StatusChanged,
    TypePublished,
)
from services.identity.handlers.certificates import mirror_certificates, mirror_types
from services.identity.handlers.standings import spread_standings
from services.identity.handlers.statutory import mirror_cases
from services.identity.handlers.withdrawals import (
    withdraw_of_erased,
    withdraw_of_mandates,
    withdraw_of_operators,
    withdraw_of_organisations,
    withdraw_of_standings,
)
from services.identity.ports import World
from services.kernel.event import Heard
from services.kernel.stream.hearing import Handler, Listener


def in_turn(*handlers_of_one: Handler) -> Handler:
    """One event, and all that follows from it: acknowledged after the last."""

    async def handle(batch: Sequence[Heard[Any]]) -> None:
        for handler in handlers_of_one:
            await handler(batch)

    return handle


def listeners(world: World) -> tuple[Listener, ...]:
    """What space publishes, and its own facts as orders for what follows from them in other documents."""
    audited = partial(handlers.record_changes, world)
    return (
        Listener(
            topic=OrganisationRegistered.topic(),
            hears={
                OrganisationRegistered: in_turn(audited, partial(withdraw_of_organisations, world)),
                OperatorChanged: in_turn(audited, partial(withdraw_of_operators, world)),
                ClientChanged: audited,
                IssuerChanged: audited,
            },
        ),
        Listener(
            topic=StandingChanged.topic(),
            hears={
                HolderErased: in_turn(
                    partial(handlers.finish_erasures, world), partial(withdraw_of_erased, world)
                ),
                StandingChanged: in_turn(
                    partial(spread_standings, world), partial(withdraw_of_standings, world)
                ),
            },
        ),
        Listener(topic=MandateChanged.topic(), hears={MandateChanged: partial(withdraw_of_mandates, world)}),
        Listener(topic=CaseApproved.topic(), hears={CaseApproved: partial(mirror_cases, world)}),
        Listener(topic=TypePublished.topic(), hears={TypePublished: partial(mirror_types, world)}),
        Listener(
            topic=CertificateIssued.topic(), hears={CertificateIssued: partial(mirror_certificates, world)}
        ),
        Listener(topic=StatusChanged.topic(), hears={StatusChanged: partial(mirror_certificates, world)}),
        Listener(topic=ItemPublished.topic(), hears={ItemPublished: partial(handlers.mirror_items, world)}),
    )
