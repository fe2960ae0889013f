"""Holding what comes to a form against the secrets of its sender, and telling people of the rest."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from engine.deciding.reading import Reading
from engine.deciding.senders.signatures import (
    UNASKED,
    Signed,
    Signing,
    Verdict,
    carried,
    verify,
)
from engine.delivery.configs import form_config
from engine.instance import Instance
from engine.storage.arrivals import StoredForm
from engine.storage.base import now
from engine.storage.notices import give_notice
from engine.storage.secrets import SecretsUnreadable
from engine.storage.sender_secrets import SenderSecrets, sender_secrets

TEST = "It is a sample that its sender made up, not a person’s answers."
_UNREADABLE = (
    "Its signature could not be checked: the form’s secrets cannot be decrypted. Was "
    "FORMWIRE_SECRET_KEY changed?"
)


class HandshakeRefused(Exception):
    """A sender asks for what only somebody with the form's secrets can answer, or asks wrongly."""


def secrets_for_handshake(instance: Instance, form: StoredForm) -> SenderSecrets:
    """Raises HandshakeRefused when they cannot be read."""
    try:
        return sender_secrets(instance.vault, form)
    except SecretsUnreadable as error:
        raise HandshakeRefused from error


def verdict_on(
    instance: Instance, form: StoredForm, raw: bytes, headers: Mapping[str, str], reading: Reading
) -> Verdict:
    """Whether a post's sender knows a secret of ``form``, as far as the form has any."""
    try:
        secrets = sender_secrets(instance.vault, form).all
    except SecretsUnreadable:
        return Verdict(Signing.UNKNOWN, _UNREADABLE)
    if not secrets:
        return UNASKED
    return verify(Signed(raw, headers, now(), carried(reading)), secrets)


def is_refused(form: StoredForm, verdict: Verdict) -> bool:
    """Whether the form wants nothing of it kept. What we cannot judge is never lost."""
    refusable = verdict.signing in (Signing.BAD, Signing.ABSENT)
    return refusable and form_config(form).signature == "refuse"


def tell_held(session: Session, form: StoredForm, submission_id: int, verdict: Verdict) -> None:
    """Tell people that somebody without the form's secret posts to it; many are one notice."""
    _tell(session, form, f"A submission to “{form.name}” is held. {verdict.reason}", submission_id)


def tell_refused(session: Session, form: StoredForm, verdict: Verdict) -> None:
    """The same of what was refused: the notice's count is all that is kept of it."""
    _tell(session, form, f"A submission to “{form.name}” was refused. {verdict.reason}")


def _tell(
    session: Session, form: StoredForm, message: str, submission_id: int | None = None
) -> None:
    give_notice(
        session,
        f"unproven:{form.key}",
        message,
        remedy="Enter the secret that its sender signs with on the form’s page Signature. "
        "If the sender signs nothing, remove the secrets there.",
        form_id=form.id,
        submission_id=submission_id,
    )
