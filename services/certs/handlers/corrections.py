"""An authority puts right what it got wrong in a certificate, for whom it was issued too."""

from services.certs.domain import Approval, CorrectionTaken, Order, corrected, issue
from services.certs.handlers.changes import Changed, show_certificate
from services.certs.handlers.desk import Desk, find_sender
from services.certs.handlers.holding import settle_corrected
from services.certs.handlers.only_one import refuse_second
from services.kernel.again import decide_again
from services.kernel.clock import civil_date


async def correct_certificate(
    desk: Desk, certificate_id: str, approval: Approval, order: Order, *, sender: str | None
) -> Changed:
    """Make what is right the next edition, once; who had the certificate wrongly has it no more."""
    organisation = await find_sender(desk, sender)

    async def correct() -> Changed:
        found = await show_certificate(desk, certificate_id, sender=sender)
        types, now = await desk.types.catalogue(), desk.clock.now()
        today = civil_date(now)
        right = issue(approval, sender=organisation, types=types, keys=desk.keys, at=now, today=today)
        made = corrected(right, found, order, by=organisation.organisation, at=now, today=today)
        if made is None:
            return Changed(standing=found, new=False)
        edition, move = made
        known = (await desk.certificates.known([edition.approval_id])).get(edition.approval_id)
        if known and known.certificate_id != certificate_id:
            raise CorrectionTaken(f"{known.identifier} stands for this approval already, {known.state}")
        (proof,) = await desk.proving.prove([edition])
        if not await desk.editions.add(edition, proof, over=found, move=move):
            await refuse_second(desk, edition, sender=organisation)
        await settle_corrected(desk, certificate_id, found.holder_ids)
        return Changed(standing=await show_certificate(desk, certificate_id, sender=sender), new=True)

    with desk.turns.first():
        return await decide_again(correct)
