"""What notify does: tell holders, tell partners, and go on until each partner has it."""

from services.notify.handlers.deliverer import Deliverer
from services.notify.handlers.inbox import Inbox
from services.notify.handlers.partners import Partners
from services.notify.handlers.recipients import Recipients

__all__ = ["Deliverer", "Inbox", "Partners", "Recipients"]
