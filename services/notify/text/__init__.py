"""The texts of messages, made when they are read: plain words, in Chinese and in English."""

from collections.abc import Callable, Mapping

from services.notify.domain import Kind, Message
from services.notify.text import codes, mandates, spaces
from services.notify.text.phrases import Names, Params, Texts, plain

__all__ = ["words"]

_TEXTS: Mapping[Kind, Callable[[Params, Names], Texts]] = {
    "entry_added": spaces.entry_added,
    "entry_changed": spaces.entry_changed,
    "access_pulled": spaces.access_pulled,
    "access_refused": spaces.access_refused,
    "concession_used": spaces.concession_used,
    "code_scanned": codes.code_scanned,
    "consent_asked": codes.consent_asked,
    "scanned_by_duty": codes.scanned_by_duty,
    "scanned_offline": codes.scanned_offline,
    "scan_disputed": codes.scan_disputed,
    "code_reused": codes.code_reused,
    "codes_frozen": codes.codes_frozen,
    "codes_thawed": codes.codes_thawed,
    "codes_ended": codes.codes_ended,
    "mandate_offered": mandates.mandate_offered,
    "mandate_opened": mandates.mandate_opened,
    "mandate_ended": mandates.mandate_ended,
    "case_answered": spaces.case_answered,
    "case_overdue": spaces.case_overdue,
}


def words(message: Message, names: Names) -> Texts:
    """Give the text in Chinese and in English; `names` are what the codes in it are called."""
    params = {name: plain(said) if isinstance(said, str) else said for name, said in message.params.items()}
    return _TEXTS[message.kind](params, {code: plain(name) for code, name in names.items()})
