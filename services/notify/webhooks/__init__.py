"""Webhooks as Standard Webhooks 1.0 has them: where to, signed how, sent by whom."""

from services.notify.webhooks.addresses import NetworkGuard, networks
from services.notify.webhooks.courier import LaneCourier
from services.notify.webhooks.sending import HttpSender
from services.notify.webhooks.signing import secret_text

__all__ = ["HttpSender", "LaneCourier", "NetworkGuard", "networks", "secret_text"]
