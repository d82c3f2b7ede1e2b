"""Rows of files that say 撤销: the certificate of that decision is withdrawn, where it stands."""

from datetime import date

from services.certs.domain import Approval, Order, RowWithdrawn, issue
from services.certs.handlers.approvals import Accepted, Outcome
from services.certs.handlers.desk import Desk, find_sender
from services.kernel.again import decide_again
from services.kernel.clock import civil_date
from services.kernel.errors import Refusal

_REASON = "报送数据中该许可的当前状态为撤销"


async def withdraw_listed(desk: Desk, approval: Approval, *, sender: str | None) -> Outcome:
    """Withdraw the certificate of this approval, once; put aside for a person what is not so plain.

    The row has the number of the decision that is withdrawn, and neither that of the withdrawal nor its day.
    """
    organisation = await find_sender(desk, sender)

    async def withdraw() -> Accepted:
        types, now = await desk.types.catalogue(), desk.clock.now()
        today = civil_date(now)
        meant = issue(approval, sender=organisation, types=types, keys=desk.keys, at=now, today=today)
        known = (await desk.certificates.known([meant.approval_id])).get(meant.approval_id)
        found = await desk.standings.find(known.certificate_id) if known else None
        if found is None:
            raise RowWithdrawn("got a withdrawn row; no certificate of its decision is here")
        if found.editions[-1].approval_id != meant.approval_id:
            raise RowWithdrawn("got a withdrawn row; the certificate stands by a later decision now")
        following = None
        if found.state != "withdrawn":
            order = _order(approval, today=today)
            following = found.changed(order, by=organisation.organisation, at=now, today=today)
        if following is not None:
            await desk.standings.keep(following)
        return Accepted(
            certificate_id=found.certificate_id,
            holder_id=found.holder_id,
            identifier=found.identifier,
            state="withdrawn",
            new=following is not None,
        )

    try:
        return await decide_again(withdraw)
    except Refusal as refusal:
        return refusal


def _order(approval: Approval, *, today: date) -> Order:
    remark = (approval.remark or "").strip()
    case = approval.document_number
    return Order(change="withdraw", reason=remark or _REASON, case_number=case, decided_on=today)
