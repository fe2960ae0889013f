"""Posts as senders sign them, for tests of the intake and the studio."""

from __future__ import annotations

import hmac
from base64 import b64encode

from engine.instance import Instance
from engine.storage.base import now
from engine.storage.forms import form_by_key
from engine.storage.sender_secrets import add_sender_secret, keep_confirmation

SECRET = "what-ada-signs-with-2026"


def give_secret(instance: Instance, *secrets: str, confirmation: str = "") -> None:
    """Let the form ``callback`` have ``secrets``, the last one added last."""
    with instance.database.write() as session:
        form = form_by_key(session, "callback")
        assert form
        for secret in secrets:
            add_sender_secret(instance.vault, form, secret, now())
        if confirmation:
            keep_confirmation(instance.vault, form, confirmation)


def tally(raw: bytes, secret: str = SECRET) -> dict[str, str]:
    """The headers with which Tally sends ``raw``."""
    made = hmac.digest(secret.encode(), raw, "sha256")
    return {"Content-Type": "application/json", "Tally-Signature": b64encode(made).decode()}
