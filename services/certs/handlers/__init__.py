"""What certs does: one function per command or event heard."""

from services.certs.handlers.approvals import (
    Accepted,
    Outcome,
    accept_approval,
    accept_approvals,
    accept_from_case,
)
from services.certs.handlers.beside import broken_rules
from services.certs.handlers.changes import (
    Changed,
    change_certificate,
    expire_certificates,
    find_certificate,
    show_certificate,
)
from services.certs.handlers.copies import CopyRoom, copy_for_counter, copy_for_holder
from services.certs.handlers.corrections import correct_certificate
from services.certs.handlers.desk import Desk, find_sender, mirror_organisations
from services.certs.handlers.evidence import find_unlogged, log_facts, show_evidence
from services.certs.handlers.holding import Waiting
from services.certs.handlers.pendings import (
    Waits,
    confirm_name,
    discard_pending,
    hear_disputes,
    hear_names,
    list_pendings,
)
from services.certs.handlers.snapshots import (
    ask_authority,
    check_snapshot,
    compare_rows,
    settle_returned,
    standing_pages,
)
from services.certs.handlers.types import find_type, put_type
from services.certs.handlers.verifications import Verifier, verify_presented
from services.certs.handlers.withdrawals import withdraw_listed

__all__ = [
    "Accepted",
    "Changed",
    "CopyRoom",
    "Desk",
    "Outcome",
    "Verifier",
    "Waiting",
    "Waits",
    "accept_approval",
    "accept_approvals",
    "accept_from_case",
    "ask_authority",
    "broken_rules",
    "change_certificate",
    "check_snapshot",
    "compare_rows",
    "confirm_name",
    "copy_for_counter",
    "copy_for_holder",
    "correct_certificate",
    "discard_pending",
    "expire_certificates",
    "find_certificate",
    "find_sender",
    "find_type",
    "find_unlogged",
    "hear_disputes",
    "hear_names",
    "list_pendings",
    "log_facts",
    "mirror_organisations",
    "put_type",
    "settle_returned",
    "show_certificate",
    "show_evidence",
    "standing_pages",
    "verify_presented",
    "withdraw_listed",
]
