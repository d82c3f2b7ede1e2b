"""Signatures as Standard Webhooks 1.0 has them; partners check them with any of its libraries."""

import base64
import hmac
from datetime import datetime


def secret_text(secret: bytes) -> str:
    """Write a secret as its owner is given it."""
    return f"whsec_{base64.b64encode(secret).decode()}"


def signed_headers(secret: bytes, *, event_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Give the three headers: id, the time of this try, and a signature over both and the body."""
    timestamp = str(int(at.timestamp()))
    signature = hmac.digest(secret, f"{event_id}.{timestamp}.".encode() + body, "sha256")
    return {
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }
