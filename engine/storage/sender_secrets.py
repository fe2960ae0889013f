"""What the senders of a form's posts sign them with. Kept sealed, and shown to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.storage.arrivals import StoredForm
from engine.storage.models import Form
from engine.storage.secrets import Vault

MOST = 5
"""Secrets of one form: each is tried, and two are enough to exchange one for another."""
CONFIRMATION = "confirmation"


@dataclass(frozen=True, slots=True)
class SenderSecrets:
    """``by_time`` are the secrets by when they were added (ISO 8601), the latest first.

    ``confirmation`` is the text by which an address confirms itself to VK.
    """

    by_time: Mapping[str, str] = field(default_factory=dict)
    confirmation: str = ""

    @property
    def all(self) -> tuple[str, ...]:
        return tuple(self.by_time.values())


class TooMany(Exception):
    """The form has as many secrets as it may have."""


def sender_secrets(vault: Vault, form: StoredForm) -> SenderSecrets:
    """The secrets of ``form``; none when it has none. Raises SecretsUnreadable."""
    if form.sender_secret is None:
        return SenderSecrets()
    kept = vault.open(_owner(form), form.sender_secret)
    confirmation = kept.pop(CONFIRMATION, "")
    return SenderSecrets(dict(sorted(kept.items(), reverse=True)), confirmation)


def add_sender_secret(vault: Vault, form: Form, secret: str, at: datetime) -> None:
    """Let posts be signed with ``secret``, too. Raises TooMany, SecretsUnreadable."""
    there = sender_secrets(vault, form)
    if secret in there.all:
        return
    if len(there.all) >= MOST:
        raise TooMany
    _seal(vault, form, {at.isoformat(): secret, **there.by_time}, there.confirmation)


def keep_confirmation(vault: Vault, form: Form, confirmation: str) -> None:
    """Answer VK with ``confirmation`` from now on. Raises SecretsUnreadable."""
    _seal(vault, form, sender_secrets(vault, form).by_time, confirmation)


def drop_sender_secret(vault: Vault, form: Form, which: str) -> bool:
    """Forget one by when it was added, or the confirmation; whether it was there.

    Raises SecretsUnreadable.
    """
    there = sender_secrets(vault, form)
    if which == CONFIRMATION:
        _seal(vault, form, there.by_time, "")
        return bool(there.confirmation)
    left = {added: secret for added, secret in there.by_time.items() if added != which}
    _seal(vault, form, left, there.confirmation)
    return which in there.by_time


def drop_all_sender_secrets(form: Form) -> None:
    """Forget them all, readable or not."""
    form.sender_secret = None


def _seal(vault: Vault, form: Form, by_time: Mapping[str, str], confirmation: str) -> None:
    kept = {**by_time, **({CONFIRMATION: confirmation} if confirmation else {})}
    form.sender_secret = vault.seal(_owner(form), kept) if kept else None


def _owner(form: StoredForm) -> str:
    return f"form {form.key}"
